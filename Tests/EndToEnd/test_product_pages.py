"""Two sellers offer the same good: shoppers find both offers on one page, and staff take a wrong one off it."""

import uuid

import grpc
import pytest
from fastshop.catalog.v1 import catalog_service_pb2 as catalog
from fastshop.catalog.v1 import catalog_service_pb2_grpc as catalog_grpc
from fastshop.catalog.v1 import product_page_service_pb2 as pages
from fastshop.catalog.v1 import product_page_service_pb2_grpc as pages_grpc
from accounts import bearer
from stubs import CALL_SECONDS, products_of, with_id
from test_products import Seller

GTIN = "4012345678901"


def euros(amount_minor: int) -> dict:
    return {"amount_minor": amount_minor, "currency": "EUR"}


def page_of(shop, **key):
    stub = catalog_grpc.CatalogServiceStub(shop.channel)
    return stub.GetProductPage(catalog.GetProductPageRequest(**key), timeout=CALL_SECONDS)


def offers_of(shop, page_id: str) -> list[tuple[str, int]]:
    """The products and the prices of the offers, by pages of one."""
    stub, found, token = catalog_grpc.CatalogServiceStub(shop.channel), [], ""
    while True:
        request = catalog.ListOffersRequest(product_page_id=page_id, page_size=1, page_token=token)
        page = stub.ListOffers(request, timeout=CALL_SECONDS)
        found += [(one.product_id, one.price.amount_minor) for one in page.offers]
        token = page.next_page_token
        if not token:
            return found


def offered(shop, cluster, seller_id: str, price: int):
    """A product on sale with the GTIN."""
    seller, sku = Seller(shop, cluster, seller_id), uuid.uuid4().hex
    category = products_of(shop)[0].category_id
    row = {
        "external_id": sku, "title": "Pen", "category_id": category,
        "variants": [{"sku": sku, "price": euros(price), "gtin": GTIN}],
    }
    product = seller.call("UpsertProducts", products=[row]).outcomes[0].created.product_id
    seller.upload_image(product)
    return seller, seller.call("PublishProduct", product_id=product).product


def test_the_offers_of_two_sellers_are_on_one_page(shop, cluster):
    ids = sorted({one.seller_id for one in products_of(shop, 250)})
    _, dear = offered(shop, cluster, ids[0], 300)
    seller, cheap = offered(shop, cluster, ids[1], 200)
    found = page_of(shop, gtin=GTIN)
    assert found.product.id == dear.id and found.page.product_id == dear.id
    assert (found.page.offer_count, found.page.offer.product_id) == (2, cheap.id)
    assert offers_of(shop, found.page.id) == [(cheap.id, 200), (dear.id, 300)]
    assert page_of(shop, product_id=cheap.id).page == found.page

    staff = pages_grpc.ProductPageServiceStub(shop.channel)
    request = with_id(pages.LeaveProductPageRequest(
        page_id=found.page.id, variant_ids=[cheap.variants[0].id], etag=found.page.etag))
    left = staff.LeaveProductPage(request, metadata=bearer(shop.staff_token), timeout=CALL_SECONDS).page
    assert list(left.removed_variant_ids) == [cheap.variants[0].id]
    seller.call("UpdateProduct", product={"id": cheap.id, "title": "Pencil"})
    assert offers_of(shop, found.page.id) == [(dear.id, 300)]
    with pytest.raises(grpc.RpcError) as refused:
        page_of(shop, product_id=cheap.id)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
