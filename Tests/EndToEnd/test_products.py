"""A seller puts a product in, and shoppers see each step at once."""

import time
import uuid

import grpc
import pytest
from fastshop.catalog.v1 import media_service_pb2_grpc as media_grpc
from fastshop.catalog.v1 import product_pb2
from fastshop.catalog.v1 import product_service_pb2 as products
from fastshop.catalog.v1 import product_service_pb2_grpc as products_grpc
from fastshop.catalog.v1 import variant_service_pb2 as variants
from fastshop.catalog.v1 import variant_service_pb2_grpc as variants_grpc
from google.protobuf import timestamp_pb2
from google.rpc import error_details_pb2
from accounts import bearer, new_account
from stubs import CALL_SECONDS, catalog, catalog_of, details_of, filled, products_of
from test_media import messages, png
from waiting import wait_until


class Seller:
    """Somebody who runs a shop."""

    def __init__(self, shop, cluster, seller_id: str) -> None:
        account = new_account(shop, cluster, "seller", role="seller")
        cluster.sql(
            shop.database,
            f"UPDATE identity.user SET seller_id = '{seller_id}' WHERE email_key = '{account.email}'")
        self._metadata = bearer(account.tokens(shop).access_token)
        self._stubs = {
            products: products_grpc.ProductServiceStub(shop.channel),
            variants: variants_grpc.VariantServiceStub(shop.channel),
        }
        self._media = media_grpc.MediaServiceStub(shop.channel)

    def call(self, method: str, module=products, **fields):
        call = getattr(self._stubs[module], method)
        return call(filled(module, method, fields), metadata=self._metadata, timeout=CALL_SECONDS)

    def upload_image(self, product_id: str) -> None:
        self._media.UploadMedia(messages(product_id, png(9, 9)), metadata=self._metadata, timeout=CALL_SECONDS)

    def create_variants(self, product_id: str, axes: list, sku: str):
        price = {"amount_minor": 19_900, "currency": "EUR"}
        return self.call(
            "CreateVariants", variants, product_id=product_id, axes=axes, sku_pattern=f"{sku}-{{options}}", price=price
        ).product


def refusal_of(call, *arguments, **fields):
    with pytest.raises(grpc.RpcError) as refusal:
        call(*arguments, **fields)
    return refusal.value


def reason_of(error) -> str:
    return details_of(error, error_details_pb2.ErrorInfo).reason


def lacks_of(error) -> list[str]:
    return [one.subject for one in details_of(error, error_details_pb2.PreconditionFailure).violations]


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
    fields = {"title": "Schreibtisch Größe L", "category_id": category, "metadata": {"erp": "7"}}
    draft = seller.call("CreateProduct", product=fields).product
    assert draft.slug.startswith("schreibtisch-grosse-l") and draft.seller_id == example.seller_id
    incomplete = refusal_of(seller.call, "PublishProduct", product_id=draft.id)
    assert (reason_of(incomplete), lacks_of(incomplete)) == ("PRODUCT_INCOMPLETE", ["images", "variants"])

    seller.upload_image(draft.id)
    sku = uuid.uuid4().hex[:8]
    colours = {"name": "Colour", "values": ["Oak", "Ash"]}
    oak, ash = seller.create_variants(draft.id, [colours], sku).variants
    made = seller.create_variants(draft.id, [colours, {"name": "Size", "values": ["S", "L"]}], sku)
    assert [variant.title for variant in made.variants] == ["Oak / S", "Ash / S", "Oak / L", "Ash / L"]
    assert [variant.id for variant in made.variants[:2]] == [oak.id, ash.id]
    assert seen(shop, draft.id) is None

    published = seller.call("PublishProduct", product_id=draft.id, etag=made.etag).product
    shown = seen(shop, draft.id)
    assert (shown.title, shown.price.amount_minor, shown.etag) == (draft.title, 19_900, published.etag)
    assert not shown.metadata and published.metadata["erp"] == "7"
    assert draft.id in {product.id for product in products_of(shop, 250, category_id=category)}
    assert count_of(shop, category) == before + 1

    price = {"amount_minor": 9_900, "currency": "EUR"}
    changed = {"id": ash.id, "price": price}
    cheaper = seller.call("UpdateVariant", variants, variant=changed, etag=published.etag).product
    assert seen(shop, draft.id).price.amount_minor == 9_900
    stale = refusal_of(seller.call, "ArchiveProduct", product_id=draft.id, etag=published.etag)
    assert stale.code() == grpc.StatusCode.ABORTED
    changed = {"id": draft.id, "slug": f"desk-{sku}", "etag": cheaper.etag}
    renamed = seller.call("UpdateProduct", product=changed).product
    resolved = catalog_of(shop).ResolvePath(catalog.ResolvePathRequest(product=draft.slug), timeout=CALL_SECONDS)
    assert (resolved.resource_id, resolved.path, resolved.is_former) == (draft.id, renamed.slug, True)

    assert reason_of(refusal_of(seller.call, "DeleteProduct", product_id=draft.id)) == "ILLEGAL_MOVE"
    seller.call("ArchiveProduct", product_id=draft.id)
    assert seen(shop, draft.id) is None and count_of(shop, category) == before
    copy = seller.call("DuplicateProduct", product_id=draft.id, sku_suffix="-B").product
    assert len(copy.variants) == 4 and copy.status == product_pb2.PRODUCT_STATUS_DRAFT
    for product_id in [draft.id, copy.id]:
        seller.call("DeleteProduct", product_id=product_id)
        gone = refusal_of(seller.call, "GetProductDraft", product_id=product_id)
        assert gone.code() == grpc.StatusCode.NOT_FOUND


def test_a_product_goes_on_sale_at_its_time(shop, cluster):
    example = products_of(shop)[0]
    seller = Seller(shop, cluster, example.seller_id)
    draft = seller.call("CreateProduct", product={"title": "Lamp", "category_id": example.category_id}).product
    seller.upload_image(draft.id)
    seller.create_variants(draft.id, [], uuid.uuid4().hex)
    tomorrow = timestamp_pb2.Timestamp(seconds=int(time.time()) + 86_400)
    scheduled = seller.call("PublishProduct", product_id=draft.id, publish_time=tomorrow).product
    assert scheduled.scheduled_publish_time == tomorrow and seen(shop, draft.id) is None
    cluster.sql(
        shop.database,
        "UPDATE jobs.job SET due_at = now() WHERE kind = 'catalog.publish-product'"
        f" AND payload LIKE '%{draft.id}%'")
    wait_until(lambda: seen(shop, draft.id), "the product does not go on sale")
    assert not seller.call("GetProductDraft", product_id=draft.id).product.HasField("scheduled_publish_time")
