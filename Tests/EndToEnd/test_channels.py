"""A marketplace has several storefronts, and a seller says which of them show a product, and from when."""

import time
import uuid

import grpc
import pytest
from fastshop.catalog.v1 import channel_pb2
from fastshop.catalog.v1 import channel_service_pb2 as channels
from fastshop.catalog.v1 import channel_service_pb2_grpc as channels_grpc
from google.rpc import error_details_pb2
from accounts import bearer, new_account
from stubs import CALL_SECONDS, catalog, catalog_of, details_of, filled, products_of, wrong_fields

LISTED = channel_pb2.CHANNEL_ASSORTMENT_LISTED


def call(shop, metadata, method: str, **fields):
    stub = channels_grpc.ChannelServiceStub(shop.channel)
    return getattr(stub, method)(filled(channels, method, fields), metadata=metadata, timeout=CALL_SECONDS)


def shown(shop, channel: str, **fields) -> list[str]:
    """The UUIDs of the products that a channel shows first."""
    request = catalog.ListProductsRequest(channel=channel, page_size=50, **fields)
    return [product.id for product in catalog_of(shop).ListProducts(request, timeout=CALL_SECONDS).products]


def product_in(shop, channel: str, product: str):
    request = catalog.GetProductRequest(id=product, channel=channel)
    return catalog_of(shop).GetProduct(request, timeout=CALL_SECONDS).product


@pytest.fixture(scope="module")
def product(shop):
    return products_of(shop)[0]


@pytest.fixture(scope="module")
def seller(shop, cluster, product):
    """The credentials of the product's seller."""
    account = new_account(shop, cluster, "seller", role="seller")
    cluster.sql(
        shop.database,
        f"UPDATE identity.user SET seller_id = '{product.seller_id}' WHERE email_key = '{account.email}'")
    return bearer(account.tokens(shop).access_token)


def test_a_storefront_with_a_small_assortment(shop, seller, product):
    staff, code = bearer(shop.staff_token), f"outlet-{uuid.uuid4()}"
    fields = {
        "code": code, "title": "Outlet", "storefront_url": "https://outlet.example/", "currency": "EUR",
        "is_active": True, "assortment": LISTED,
    }
    made = call(shop, staff, "CreateChannel", channel=fields).channel
    assert shown(shop, code) == []
    buyable = {"seconds": int(time.time()) + 86_400}
    listing = {"channel": code, "product_id": product.id, "is_listed": True, "buyable_from_time": buyable}
    told = call(shop, seller, "SetChannelListing", channel_listing=listing).channel_listing
    assert (told.seller_id, told.is_listed) == (product.seller_id, True)
    assert shown(shop, code) == shown(shop, code, category_id=product.category_id) == [product.id]
    assert product_in(shop, code, product.id).buyable_from_time.seconds == buyable["seconds"]
    assert not product_in(shop, "", product.id).HasField("buyable_from_time")
    assert told in call(shop, seller, "ListChannelListings", product_id=product.id).channel_listings
    assert [told] == list(call(shop, staff, "ListChannelListings", channel=code).channel_listings)

    public = catalog_of(shop).GetChannel(channel_pb2.GetChannelRequest(channel=code), timeout=CALL_SECONDS).channel
    assert (public.id, public.currency) == (made.id, "EUR")
    call(shop, seller, "DeleteChannelListing", channel=code, product_id=product.id)
    assert shown(shop, code) == []

    other = next(one for one in products_of(shop, 50) if one.seller_id != product.seller_id)
    with pytest.raises(grpc.RpcError) as refusal:
        call(shop, seller, "SetChannelListing", channel_listing=listing | {"product_id": other.id})
    assert refusal.value.code() == grpc.StatusCode.NOT_FOUND
    with pytest.raises(grpc.RpcError) as refusal:
        call(shop, seller, "UpdateChannel", channel={"id": made.id, "title": "Mine"})
    assert refusal.value.code() == grpc.StatusCode.PERMISSION_DENIED

    call(shop, staff, "UpdateChannel", channel={"id": made.id}, update_mask={"paths": ["is_active"]})
    with pytest.raises(grpc.RpcError) as refusal:
        shown(shop, code)
    assert refusal.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert details_of(refusal.value, error_details_pb2.ErrorInfo).reason == "CHANNEL_NOT_ACTIVE"
    assert set(wrong_fields(refusal.value)) == {"channel"}


def test_the_demo_shop_has_a_channel_for_some_products(shop):
    wholesale, whole = shown(shop, "wholesale"), shown(shop, "")
    assert wholesale and wholesale != whole
