"""Stock of products that are not on sale: for whoever may not see the product, it is not there (T15)."""

import uuid

import grpc
import pytest
from fastshop.inventory.v1 import inventory_service_pb2_grpc as inventory_grpc
from google.rpc import error_details_pb2
from accounts import bearer, new_account
from stubs import CALL_SECONDS, details_of, inventory, products_of
from test_inventory import Watcher, adjust
from test_api_keys import call as program_call
from test_api_keys import wait_until

BLIND = ["guest", "customer", "seller of another shop", "seller without a shop", "key for nothing of it"]
SEEING = ["admin", "support", "manager", "seller", "key", "key that writes"]
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
    """What each caller sends beside its requests."""
    def person(role: str, seller: str = "") -> list:
        someone = new_account(shop, cluster, role, role=role)
        if seller:
            cluster.sql(
                shop.database,
                f"UPDATE identity.user SET seller_id = '{seller}' WHERE email_key = '{someone.email}'")
        return bearer(someone.tokens(shop).access_token)

    def key(*scopes: str) -> list:
        secret = program_call(shop, "CreateApiKey", name="a till", scopes=list(scopes)).secret
        wait_until(lambda: get_stock(shop, bearer(secret), product_id=products[0].id)[0] is None)
        return bearer(secret)

    # All hidden products get one seller: the row's own.
    owner = products[1].seller_id
    for table, column in (("catalog.product", "id"), ("inventory.stock", "product_id")):
        cluster.sql(shop.database, f"UPDATE {table} SET seller_id = '{owner}' WHERE {column} = '{products[2].id}'")
    other = cluster.sql(shop.database, f"SELECT id FROM catalog.seller WHERE id <> '{owner}' LIMIT 1")
    return {
        "guest": [], "customer": person("customer"), "seller": person("seller", owner),
        "seller of another shop": person("seller", other), "seller without a shop": person("seller"),
        "support": person("support"), "manager": person("manager"), "admin": bearer(shop.staff_token),
        "key": key("inventory.read", "sellers.any"), "key that writes": key("inventory.write", "sellers.any"),
        "key for nothing of it": key("users.read"),
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


def watched(shop, metadata, **selection):
    """The error and the variants of a stream's first state."""
    call = stub_of(shop).WatchInventory(
        inventory.WatchInventoryRequest(**selection), metadata=metadata, timeout=CALL_SECONDS)
    seen: list[str] = []
    try:
        for event in call:
            if event.WhichOneof("event") == "state_complete":
                call.cancel()
                return None, seen
            seen.extend(stock.variant_id for stock in event.state.stocks)
        raise AssertionError("the stream ended")
    except grpc.RpcError as error:
        return error, []


def told(error, id: str) -> tuple:
    """All that a caller learns, but for the id that it has sent itself."""
    resource = details_of(error, error_details_pb2.ResourceInfo)
    words = [error.details(), resource.resource_type, resource.resource_name, resource.description]
    return error.code(), *(word.replace(id, "it") for word in words)


def variants(product) -> list[str]:
    return [variant.id for variant in product.variants]


@pytest.mark.parametrize("caller", BLIND)
@pytest.mark.parametrize("look", [get_stock, watched])
def test_what_one_may_not_see_is_answered_as_what_is_not_there(shop, callers, products, look, caller):
    for product in products[1:]:
        absent = str(uuid.uuid4())
        answers = [look(shop, callers[caller], product_id=id)[0] for id in (product.id, absent)]
        assert answers[0].code() == grpc.StatusCode.NOT_FOUND
        assert told(answers[0], product.id) == told(answers[1], absent)


@pytest.mark.parametrize("caller", BLIND)
def test_hidden_variants_are_missing_as_absent_ones_are(shop, callers, products, caller):
    own = callers[caller]
    for product in products[1:]:
        hidden, absent = product.variants[0].id, str(uuid.uuid4())
        answers = [get_stock(shop, own, variant_ids=[id])[0] for id in (hidden, absent)]
        assert told(answers[0], hidden) == told(answers[1], absent)
        for more in (hidden, absent):
            error, seen = get_stock(shop, own, variant_ids=[more, *variants(products[0])])
            assert error is None and seen == sorted(variants(products[0]))
            choice = inventory.VariantSelection(variant_ids=[more, *variants(products[0])])
            assert set(watched(shop, own, variants=choice)[1]) == set(variants(products[0]))


@pytest.mark.parametrize("caller", SEEING)
def test_whoever_looks_after_a_product_sees_its_stock(shop, callers, products, caller):
    own = callers[caller]
    for product in products[1:]:
        for look in (get_stock, watched):
            error, seen = look(shop, own, product_id=product.id)
            assert error is None and sorted(seen) == sorted(variants(product)), (caller, look)
        assert get_stock(shop, own, variant_ids=variants(product))[1] == sorted(variants(product))


@pytest.mark.parametrize("caller", [*BLIND, *SEEING])
def test_everybody_sees_what_is_on_sale(shop, callers, products, caller):
    for look in (get_stock, watched):
        error, seen = look(shop, callers[caller], product_id=products[0].id)
        assert error is None and sorted(seen) == sorted(variants(products[0]))


@pytest.mark.parametrize("caller", BLIND)
def test_a_sellers_stock_is_shown_without_the_hidden(shop, callers, products, caller):
    seller = products[1].seller_id
    hidden = {id for product in products[1:] for id in variants(product)}
    assert not hidden & set(watched(shop, callers[caller], seller_id=seller)[1])
    assert hidden <= set(watched(shop, callers["seller"], seller_id=seller)[1])


class Onlooker(Watcher):
    """A watcher in somebody's name."""

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
    # Whoever comes back with a cursor reads the log, and hears no more of it.
    again = Onlooker(shop, callers[caller], cursor=cursors[0], variants=choice)
    assert [again.change().stock.variant_id for _ in expected] == expected
    if len(watchers) > 1 and caller != "guest":
        assert watchers[1].change().stock.variant_id == hidden
    for watcher in [*watchers, again]:
        watcher.stop()


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
