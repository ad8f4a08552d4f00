"""A seller is told by mail that a variant is nearly sold out; a guest is told when it is back."""

import grpc
import pytest
from fastshop.inventory.v1 import back_in_stock_service_pb2 as subscriptions
from fastshop.inventory.v1 import back_in_stock_service_pb2_grpc as subscriptions_grpc
from fastshop.inventory.v1 import inventory_service_pb2_grpc as inventory_grpc
from accounts import bearer, new_account, new_email, reason_of, token_in
from stubs import CALL_SECONDS, inventory, products_of, with_id
from test_inventory import adjust, stock_of
from waiting import wait_until


@pytest.fixture(scope="module")
def product(shop):
    return products_of(shop)[0]


def mails(shop, email: str, text: str) -> list[str]:
    """The mails to an address with this text, the oldest first."""
    paths = sorted((shop.folder / "data" / "mail").glob("*.eml"), key=lambda path: path.name)
    contents = (path.read_text().replace("=\n", "") for path in paths)
    return [mail for mail in contents if email in mail and text in mail]


def mails_once(shop, count: int, email: str, text: str) -> list[str]:
    """The same, once there are so many."""
    return wait_until(
        lambda: len(found := mails(shop, email, text)) >= count and found, f"fewer than {count} mails: {text}")


def sell_down_to(shop, variant: str, available: int) -> None:
    delta = available - stock_of(shop, variant).available
    if delta:
        adjust(shop, variant, delta)


def stub_of(shop) -> subscriptions_grpc.BackInStockServiceStub:
    return subscriptions_grpc.BackInStockServiceStub(shop.channel)


def subscribe(shop, variant: str, email: str = "", metadata=()):
    request = subscriptions.SubscribeBackInStockRequest(variant_id=variant, email=email)
    return stub_of(shop).SubscribeBackInStock(request, metadata=metadata, timeout=CALL_SECONDS)


def test_a_seller_gets_one_mail_each_time_that_a_variant_is_nearly_sold_out(shop, cluster, product):
    variant = product.variants[0].id
    seller = new_account(shop, cluster, "seller", role="seller")
    cluster.sql(
        shop.database,
        f"UPDATE identity.user SET seller_id = '{product.seller_id}' WHERE email_key = '{seller.email}'")
    metadata = bearer(seller.tokens(shop).access_token)
    sell_down_to(shop, variant, 20)
    rules = with_id(inventory.SetStockRulesRequest(variant_id=variant, low_stock_threshold=10))
    inventory_grpc.InventoryServiceStub(shop.channel).SetStockRules(rules, metadata=metadata, timeout=CALL_SECONDS)
    for available in (10, 9, 8):
        sell_down_to(shop, variant, available)
    first, = mails_once(shop, 1, seller.email, "nearly sold out")
    assert product.variants[0].sku in first
    # The next mail is about the next time: there was one about this time.
    sell_down_to(shop, variant, 30)
    sell_down_to(shop, variant, 2)
    told = mails_once(shop, 2, seller.email, "nearly sold out")
    assert len(told) == 2 and "2 left" in told[-1]


def test_a_guest_confirms_an_address_and_is_told_once_when_it_is_back(shop, product):
    variant, email = product.variants[0].id, new_email("guest")
    sell_down_to(shop, variant, 0)
    assert subscribe(shop, variant, email).needs_confirmation
    asked, = mails_once(shop, 1, email, "back-in-stock#")
    token = token_in(asked)
    stub_of(shop).ConfirmBackInStock(subscriptions.ConfirmBackInStockRequest(token=token), timeout=CALL_SECONDS)
    adjust(shop, variant, 5)
    told, = mails_once(shop, 1, email, "It is back in stock")
    assert f"/products/{product.slug}" in told
    with pytest.raises(grpc.RpcError) as over:
        stub_of(shop).ConfirmBackInStock(subscriptions.ConfirmBackInStockRequest(token=token), timeout=CALL_SECONDS)
    assert (over.value.code(), reason_of(over.value)) == (grpc.StatusCode.NOT_FOUND, "LINK_NOT_VALID")
    with pytest.raises(grpc.RpcError) as early:
        subscribe(shop, variant, email)
    assert reason_of(early.value) == "IN_STOCK"


def test_somebody_who_is_signed_in_needs_no_confirmation_and_may_unsubscribe(shop, cluster, product):
    variant = product.variants[0].id
    sell_down_to(shop, variant, 0)
    people = [new_account(shop, cluster, name) for name in ("ann", "bob")]
    signed_in = [bearer(person.tokens(shop).access_token) for person in people]
    for metadata in signed_in:
        assert not subscribe(shop, variant, metadata=metadata).needs_confirmation
    stub_of(shop).UnsubscribeBackInStock(
        subscriptions.UnsubscribeBackInStockRequest(variant_id=variant), metadata=signed_in[1], timeout=CALL_SECONDS)
    adjust(shop, variant, 5)
    mails_once(shop, 1, people[0].email, "It is back in stock")
    # Both would have been told by one unit of work.
    assert not mails(shop, people[1].email, "It is back in stock")
