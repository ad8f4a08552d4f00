"""The stock of products that are not on sale does not exist for callers that may not see the product.

`AccessTests` tests in process what each caller reads; these tests are about the changes that they receive.
"""

import grpc
import pytest
from fastshop.catalog.v1 import product_service_pb2 as products_pb2
from fastshop.catalog.v1 import product_service_pb2_grpc as products_grpc
from fastshop.inventory.v1 import inventory_service_pb2_grpc as inventory_grpc
from accounts import bearer, new_account
from stubs import CALL_SECONDS, inventory, products_of, with_id
from test_inventory import Watcher, adjust, stock_of

STATUSES = ["draft", "archived"]


@pytest.fixture(scope="module")
def products(shop):
    """The first is on sale; the others are not."""
    return products_of(shop, 3)


@pytest.fixture(scope="module", autouse=True)
def hidden(shop, cluster, products):
    for product, status in zip(products[1:], STATUSES):
        cluster.sql(
            shop.database,
            f"UPDATE catalog.product SET status = '{status}', published_at = NULL WHERE id = '{product.id}';"
            f" SELECT catalog.shelve_products('{{{product.id}}}')")


@pytest.fixture(scope="module")
def callers(shop, cluster, products) -> dict[str, list]:
    """The metadata of each caller."""
    def person(role: str, seller: str = "") -> list:
        someone = new_account(shop, cluster, role, role=role)
        if seller:
            cluster.sql(
                shop.database,
                f"UPDATE identity.user SET seller_id = '{seller}' WHERE email_key = '{someone.email}'")
        return bearer(someone.tokens(shop).access_token)

    # All hidden products get one seller: the row's own.
    owner = products[1].seller_id
    for table, column in (("catalog.product", "id"), ("inventory.stock", "product_id")):
        cluster.sql(shop.database, f"UPDATE {table} SET seller_id = '{owner}' WHERE {column} = '{products[2].id}'")
    other = cluster.sql(shop.database, f"SELECT id FROM catalog.seller WHERE id <> '{owner}' LIMIT 1")
    return {
        "guest": [], "seller": person("seller", owner), "seller of another shop": person("seller", other),
        "support": person("support"),
    }


def stub_of(shop) -> inventory_grpc.InventoryServiceStub:
    """Not in the staff's name."""
    return inventory_grpc.InventoryServiceStub(shop.channel)


def get_stock(shop, metadata, **fields):
    """The error and the variants of an answer."""
    try:
        answer = stub_of(shop).GetStock(
            inventory.GetStockRequest(**fields), metadata=metadata, timeout=CALL_SECONDS)
        return None, [stock.variant_id for stock in answer.stocks]
    except grpc.RpcError as error:
        return error, []


def variants(product) -> list[str]:
    return [variant.id for variant in product.variants]


class Onlooker(Watcher):
    """A watcher with a caller's metadata."""

    def __init__(self, shop, metadata, **selection) -> None:
        shop_like = type("Channel", (), {"staff": _Signed(shop.channel, metadata)})()
        super().__init__(shop_like, **selection)


class _Signed:
    """A channel whose streams carry metadata."""

    def __init__(self, channel, metadata) -> None:
        self._channel, self._metadata = channel, metadata

    def unary_unary(self, *arguments, **named):
        return self._channel.unary_unary(*arguments, **named)

    def unary_stream(self, *arguments, **named):
        multi = self._channel.unary_stream(*arguments, **named)
        return lambda request, **more: multi(request, metadata=self._metadata, **more)


@pytest.mark.parametrize("caller", ["guest", "seller of another shop", "seller", "support"])
def test_changes_of_hidden_stock_reach_those_alone_who_may_see_it(shop, callers, products, caller):
    seller, hidden = products[1].seller_id, variants(products[1])[0]
    shown = variants(products[0])[0]
    choice = inventory.VariantSelection(variant_ids=[hidden, shown])
    watchers = [Onlooker(shop, callers[caller], variants=choice)]
    if caller != "seller of another shop":
        watchers.append(Onlooker(shop, callers[caller], seller_id=seller))
    for watcher in watchers:
        watcher.state()
    cursors = [watcher.cursor for watcher in watchers]
    adjust(shop, hidden, 3)
    adjust(shop, shown, 4)
    expected = [hidden, shown] if caller in ("seller", "support") else [shown]
    assert [watchers[0].change().stock.variant_id for _ in expected] == expected
    # A watcher with a cursor reads the log, and receives nothing about the product.
    again = Onlooker(shop, callers[caller], cursor=cursors[0], variants=choice)
    assert [again.change().stock.variant_id for _ in expected] == expected
    if len(watchers) > 1 and caller != "guest":
        assert watchers[1].change().stock.variant_id == hidden
    for watcher in [*watchers, again]:
        watcher.stop()


@pytest.mark.parametrize("caller", ["guest", "seller of another shop", "seller", "support"])
def test_the_quantities_behind_a_shop_window_are_for_the_shop(shop, callers, products, caller):
    """In answers, in the first state, in changes as they come, and in those that are read from the log."""
    variant = variants(products[1])[0]
    owner = products[1].seller_id
    shown = next(p for p in products_of(shop, 250) if p.seller_id == owner).variants[0].id
    assert shown != variant
    choice = inventory.VariantSelection(variant_ids=[shown])
    adjust(shop, shown, 50)
    watcher = Onlooker(shop, callers[caller], variants=choice)
    state = watcher.state()[shown]
    cursor = watcher.cursor
    made = adjust(shop, shown, -3)
    request = inventory.GetStockRequest(variant_ids=[shown])
    answered = stub_of(shop).GetStock(request, metadata=callers[caller], timeout=CALL_SECONDS).stocks[0]
    again = Onlooker(shop, callers[caller], cursor=cursor, variants=choice)
    changes = [watcher.change(), again.change()]
    for stock in [state, answered, *(change.stock for change in changes)]:
        assert stock.available > 0 and stock.seller_id == owner and stock.etag
        assert (stock.on_hand > 0) == bool(stock.warehouses) == (caller in ("seller", "support"))
    for change in changes:
        assert (change.stock.version, change.stock.available) == (made.stock.version, made.stock.available)
        told = (change.movement_id, change.delta, change.warehouse_id)
        assert told == ((made.movement_id, -3, owner) if caller in ("seller", "support") else ("", 0, ""))
    watcher.stop()
    again.stop()


def test_a_product_that_goes_on_sale_is_seen_at_once(shop, callers, products, cluster):
    product = products[2]
    watcher = Onlooker(shop, callers["guest"], variants=inventory.VariantSelection(variant_ids=variants(product)))
    assert watcher.state() == {}
    cluster.sql(
        shop.database,
        f"UPDATE catalog.product SET status = 'active', published_at = now() WHERE id = '{product.id}'")
    assert get_stock(shop, callers["guest"], product_id=product.id)[1] == sorted(variants(product))
    adjust(shop, variants(product)[0], 1)
    assert watcher.change().stock.variant_id == variants(product)[0]
    watcher.stop()
    cluster.sql(
        shop.database, f"UPDATE catalog.product SET status = 'draft', published_at = NULL WHERE id = '{product.id}'")
    assert get_stock(shop, callers["guest"], product_id=product.id)[0].code() == grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("caller", ["guest", "support"])
def test_watchers_hear_that_a_product_is_not_on_sale_any_more_and_that_it_is_again(shop, callers, products, caller):
    product, variant = products[0], variants(products[0])[0]
    adjust(shop, variant, 9)
    watcher = Onlooker(shop, callers[caller], variants=inventory.VariantSelection(variant_ids=[variant]))
    watcher.state()
    service = products_grpc.ProductServiceStub(shop.staff)
    request = with_id(products_pb2.UnpublishProductRequest(product_id=product.id))
    service.UnpublishProduct(request, timeout=CALL_SECONDS)
    ended = watcher.change()
    assert ended.is_sale_ended and (ended.stock.available == 0) == (caller == "guest")
    request = with_id(products_pb2.PublishProductRequest(product_id=product.id))
    service.PublishProduct(request, timeout=CALL_SECONDS)
    begun = watcher.change()
    assert not begun.is_sale_ended and begun.stock.available == stock_of(shop, variant).available > 0
    assert begun.stock.version > ended.stock.version
    watcher.stop()
