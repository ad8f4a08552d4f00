"""A seller puts a product in, and shoppers see each step at once."""

import uuid

import grpc
import pytest
from fastshop.catalog.v1 import product_service_pb2 as products
from fastshop.catalog.v1 import product_service_pb2_grpc as products_grpc
from fastshop.catalog.v1 import variant_service_pb2 as variants
from fastshop.catalog.v1 import variant_service_pb2_grpc as variants_grpc
from google.rpc import error_details_pb2
from accounts import bearer, new_account
from stubs import CALL_SECONDS, catalog, catalog_of, details_of, products_of, with_id


class Seller:
    """Somebody who runs a shop."""

    def __init__(self, shop, cluster, seller_id: str) -> None:
        account = new_account(shop, cluster, "seller", role="seller")
        cluster.sql(
            shop.database,
            f"UPDATE identity.user SET seller_id = '{seller_id}' WHERE email_key = '{account.email}'")
        self._metadata = bearer(account.tokens(shop).access_token)
        self._products = products_grpc.ProductServiceStub(shop.channel)
        self._variants = variants_grpc.VariantServiceStub(shop.channel)

    def call(self, method: str, **fields):
        request = getattr(products, f"{method}Request")(**fields)
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            with_id(request)
        return getattr(self._products, method)(request, metadata=self._metadata, timeout=CALL_SECONDS)

    def create_variants(self, **fields):
        request = with_id(variants.CreateVariantsRequest(**fields))
        return self._variants.CreateVariants(request, metadata=self._metadata, timeout=CALL_SECONDS).product


def reason_of(refusal) -> str:
    return details_of(refusal.value, error_details_pb2.ErrorInfo).reason


def seen(shop, product_id: str):
    """The product as shoppers see it; None when they do not."""
    try:
        return catalog_of(shop).GetProduct(catalog.GetProductRequest(id=product_id), timeout=CALL_SECONDS).product
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND
        return None


def count_of(shop, category_id: str) -> int:
    request = catalog.GetCategoryRequest(id=category_id)
    return catalog_of(shop).GetCategory(request, timeout=CALL_SECONDS).category.product_count


def test_a_product_from_draft_to_sale_and_away(shop, cluster):
    example = products_of(shop)[0]
    seller, category = Seller(shop, cluster, example.seller_id), example.category_id
    before = count_of(shop, category)
    draft = seller.call(
        "CreateProduct", product={"title": "Schreibtisch Größe L", "category_id": category, "metadata": {"erp": "7"}}
    ).product
    assert draft.slug.startswith("schreibtisch-grosse-l")
    with pytest.raises(grpc.RpcError) as refusal:
        seller.call("PublishProduct", product_id=draft.id)
    assert reason_of(refusal) == "PRODUCT_INCOMPLETE"
    lacks = details_of(refusal.value, error_details_pb2.PreconditionFailure).violations
    assert [violation.subject for violation in lacks] == ["images", "variants"]
    axes = [{"name": "Colour", "values": ["Oak", "Ash"]}, {"name": "Size", "values": ["S", "L"]}]
    filled = seller.create_variants(
        product_id=draft.id, axes=axes, sku_pattern=f"{uuid.uuid4().hex[:8]}-{{options}}",
        price={"amount_minor": 19_900, "currency": "EUR"})
    assert [variant.title for variant in filled.variants] == ["Oak / S", "Oak / L", "Ash / S", "Ash / L"]
    cluster.sql(
        shop.database,
        "INSERT INTO catalog.image (product_id, seller_id, position, url, width, height)"
        f" VALUES ('{draft.id}', '{example.seller_id}', 1, 'desk.webp', 1, 1);"
        f" SELECT catalog.refresh_product_documents(ARRAY['{draft.id}'::uuid])")
    assert seen(shop, draft.id) is None
    published = seller.call("PublishProduct", product_id=draft.id, etag=filled.etag).product
    shown = seen(shop, draft.id)
    assert (shown.title, shown.price.amount_minor, shown.etag) == (draft.title, 19_900, published.etag)
    assert not shown.metadata and published.metadata["erp"] == "7"
    assert draft.id in {product.id for product in products_of(shop, 250, category_id=category)}
    assert count_of(shop, category) == before + 1
    renamed = seller.call("UpdateProduct", product={"id": draft.id, "slug": f"desk-{uuid.uuid4()}"}).product
    resolved = catalog_of(shop).ResolvePath(catalog.ResolvePathRequest(product=draft.slug), timeout=CALL_SECONDS)
    assert (resolved.resource_id, resolved.path, resolved.is_former) == (draft.id, renamed.slug, True)
    with pytest.raises(grpc.RpcError) as refusal:
        seller.call("DeleteProduct", product_id=draft.id)
    assert reason_of(refusal) == "ILLEGAL_MOVE"
    seller.call("ArchiveProduct", product_id=draft.id)
    assert seen(shop, draft.id) is None and count_of(shop, category) == before
    seller.call("DeleteProduct", product_id=draft.id)
    with pytest.raises(grpc.RpcError) as refusal:
        seller.call("GetProductDraft", product_id=draft.id)
    assert refusal.value.code() == grpc.StatusCode.NOT_FOUND
