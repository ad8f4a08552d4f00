"""A seller sets prices, schedules a sale and keeps lists, and shoppers are told what a variant costs and why."""

import time
import uuid

import grpc
import pytest
from fastshop.catalog.v1 import channel_service_pb2 as channels
from fastshop.catalog.v1 import channel_service_pb2_grpc as channels_grpc
from fastshop.catalog.v1 import price_service_pb2 as prices
from fastshop.catalog.v1 import price_service_pb2_grpc as prices_grpc
from google.protobuf import timestamp_pb2
from accounts import bearer, new_account
from stubs import CALL_SECONDS, catalog, catalog_of, filled, products_of
from waiting import wait_until

REGULAR, SALE = 10_000, 100
SALE_SECONDS = 5


class Seller:
    """Somebody who runs a shop."""

    def __init__(self, shop, cluster, seller_id: str) -> None:
        account = new_account(shop, cluster, "seller", role="seller")
        cluster.sql(
            shop.database,
            f"UPDATE identity.user SET seller_id = '{seller_id}' WHERE email_key = '{account.email}'")
        self._metadata = bearer(account.tokens(shop).access_token)
        self._stub = prices_grpc.PriceServiceStub(shop.channel)
        self._channels = channels_grpc.ChannelServiceStub(shop.channel)

    def call(self, method: str, **fields):
        return getattr(self._stub, method)(
            filled(prices, method, fields), metadata=self._metadata, timeout=CALL_SECONDS)

    def list_in(self, channel: str, product_id: str, is_listed: bool) -> None:
        listing = {"channel": channel, "product_id": product_id, "is_listed": is_listed}
        request = filled(channels, "SetChannelListing", {"channel_listing": listing})
        self._channels.SetChannelListing(request, metadata=self._metadata, timeout=CALL_SECONDS)


def euros(amount_minor: int) -> dict:
    return {"amount_minor": amount_minor, "currency": "EUR"}


def quote(shop, variant: str, quantity: int = 1, **fields):
    """What everybody is told."""
    request = prices.QuotePricesRequest(lines=[{"variant_id": variant, "quantity": quantity}], **fields)
    return prices_grpc.PriceServiceStub(shop.channel).QuotePrices(request, timeout=CALL_SECONDS).outcomes[0]


def shown(shop, product_id: str, variant: str) -> int:
    """The price of a variant on the product's page."""
    request = catalog.GetProductRequest(id=product_id)
    product = catalog_of(shop).GetProduct(request, timeout=CALL_SECONDS).product
    return next(one.price.amount_minor for one in product.variants if one.id == variant)


@pytest.fixture(scope="module")
def product(shop):
    return products_of(shop)[0]


@pytest.fixture(scope="module")
def seller(shop, cluster, product) -> Seller:
    return Seller(shop, cluster, product.seller_id)


def test_a_sale_begins_and_ends_on_time_and_its_announcement_has_the_prior_price(shop, seller, product):
    variant, before = product.variants[0].id, product.variants[0].price.amount_minor
    seller.call("SetPrices", rows=[{"variant_id": variant, "price": euros(REGULAR)}])
    assert shown(shop, product.id, variant) == quote(shop, variant).quote.unit_price.amount_minor == REGULAR

    row, now = {"variant_id": variant, "price": euros(SALE)}, int(time.time())
    scheduled, = seller.call(
        "SchedulePrices", rows=[row], start_time={"seconds": now + 2}, end_time={"seconds": now + 86_400}).outcomes
    assert quote(shop, variant).quote.reason.price_id != scheduled.price.id
    wait_until(lambda: quote(shop, variant).quote.unit_price.amount_minor == SALE, "the sale does not begin")
    wait_until(lambda: shown(shop, product.id, variant) == SALE, "the product does not show the sale")
    told = quote(shop, variant).quote
    assert (told.reason.price_id, told.reason.end_time) == (scheduled.price.id, scheduled.price.end_time)
    assert told.prior_price.amount_minor == min(before, REGULAR)
    seller.call("CancelScheduledPrices", price_ids=[scheduled.price.id])
    assert shown(shop, product.id, variant) == quote(shop, variant).quote.unit_price.amount_minor == REGULAR

    end = timestamp_pb2.Timestamp(seconds=int(time.time()) + SALE_SECONDS)
    seller.call("SchedulePrices", rows=[row | {"price": euros(SALE - 1)}], end_time=end)
    assert shown(shop, product.id, variant) == SALE - 1
    wait_until(lambda: quote(shop, variant).quote.unit_price.amount_minor == REGULAR, "the sale does not end")
    wait_until(lambda: shown(shop, product.id, variant) == REGULAR, "the product still shows the sale")
    history = seller.call("ListPriceHistory", variant_id=variant)
    amounts = [price.price.amount_minor for price in history.prices]
    assert amounts == [SALE - 1, SALE, REGULAR, before][:len(amounts)] and len(amounts) >= 3
    prior = history.prior_price
    assert (prior.price.amount_minor, prior.lowest_price.amount_minor) == (REGULAR, SALE - 1)


def test_lists_for_channels_and_quantities(shop, seller, product):
    variant, channel = product.variants[0].id, "wholesale"
    seller.call("SetPrices", rows=[{"variant_id": variant, "price": euros(REGULAR)}])
    fields = {"title": "Web", "channel": channel, "currency": "EUR"}
    with pytest.raises(grpc.RpcError) as refusal:
        seller.call("CreatePriceList", price_list=fields | {"channel": "nowhere"})
    assert refusal.value.code() == grpc.StatusCode.NOT_FOUND
    made = seller.call("CreatePriceList", price_list=fields).price_list
    rows = [
        {"variant_id": variant, "price_list_id": made.id, "quantity_min": quantity, "price": euros(amount)}
        for quantity, amount in [(1, 9_500), (10, 9_000)]
    ]
    assert all(outcome.HasField("price") for outcome in seller.call("SetPrices", rows=rows).outcomes)
    assert made.id in {one.id for one in seller.call("ListPriceLists").price_lists}
    assert len(seller.call("ListPrices", price_list_id=made.id).prices) == 2

    seller.list_in(channel, product.id, False)
    assert quote(shop, variant, channel=channel).refusal.reason == "RESOURCE_NOT_FOUND"
    seller.list_in(channel, product.id, True)
    for quantity, amount in [(1, 9_500), (9, 9_500), (10, 9_000)]:
        told = quote(shop, variant, quantity, channel=channel).quote
        assert (told.unit_price.amount_minor, told.reason.price_list_title) == (amount, "Web")
    assert quote(shop, variant).quote.unit_price.amount_minor == REGULAR
    assert quote(shop, variant, currency="JPY").refusal.reason == "PRICE_NOT_SET"
    seller.call("DeletePriceList", price_list_id=made.id, etag=made.etag)
    assert quote(shop, variant, 10, channel=channel).quote.reason.price_list_id != made.id


def test_another_shop_has_no_such_price(shop, cluster, seller, product):
    other = next(one for one in products_of(shop, 50) if one.seller_id != product.seller_id)
    foreign, absent = other.variants[0].id, str(uuid.uuid4())
    rows = [{"variant_id": variant, "price": euros(1)} for variant in (foreign, absent)]
    told = [outcome.refusal for outcome in seller.call("SetPrices", rows=rows).outcomes]
    assert told[0] == told[1] and told[0].reason == "RESOURCE_NOT_FOUND"
    with pytest.raises(grpc.RpcError) as refusal:
        seller.call("CreatePriceList", price_list={"title": "A", "currency": "EUR", "seller_id": other.seller_id})
    assert refusal.value.code() == grpc.StatusCode.NOT_FOUND
    assert not seller.call("ListPriceHistory", variant_id=foreign).prices
