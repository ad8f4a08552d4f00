"""The platform puts products together in collections, by name or by a rule, and shoppers see each change at once."""

import time
import uuid

import grpc
import pytest
from fastshop.catalog.v1 import category_service_pb2 as categories
from fastshop.catalog.v1 import category_service_pb2_grpc as categories_grpc
from fastshop.catalog.v1 import collection_service_pb2 as collections
from fastshop.catalog.v1 import collection_service_pb2_grpc as collections_grpc
from fastshop.catalog.v1 import product_sort_pb2
from google.rpc import error_details_pb2
from stubs import CALL_SECONDS, catalog, catalog_of, details_of, products_of, with_id


def stub_of(server) -> collections_grpc.CollectionServiceStub:
    return collections_grpc.CollectionServiceStub(server.staff)


def create(server, **fields):
    fields = {"title": "Gifts", **fields}
    request = with_id(collections.CreateCollectionRequest(collection=fields))
    return stub_of(server).CreateCollection(request, timeout=CALL_SECONDS).collection


def update(server, mask: str = "", **fields):
    request = with_id(collections.UpdateCollectionRequest(collection=fields, update_mask={"paths": mask.split()}))
    return stub_of(server).UpdateCollection(request, timeout=CALL_SECONDS).collection


def put_in(server, collection, product_ids: list[str], **fields):
    request = with_id(collections.SetCollectionProductsRequest(
        collection_id=collection.id, product_ids=product_ids, **fields))
    return stub_of(server).SetCollectionProducts(request, timeout=CALL_SECONDS).collection


def shown(server, collection, page_size: int = 2) -> list:
    """The products of a collection, page by page."""
    found, token = [], ""
    while True:
        request = catalog.ListCollectionProductsRequest(
            collection_id=collection.id, page_size=page_size, page_token=token)
        page = catalog_of(server).ListCollectionProducts(request, timeout=CALL_SECONDS)
        found, token = [*found, *page.products], page.next_page_token
        if not token:
            return found


def listed_ids(server) -> list[str]:
    page = catalog_of(server).ListCollections(catalog.ListCollectionsRequest(page_size=250), timeout=CALL_SECONDS)
    return [collection.id for collection in page.collections]


def reason_of(refusal) -> str:
    return details_of(refusal.value, error_details_pb2.ErrorInfo).reason


def test_products_are_put_into_a_collection_in_their_order(shop):
    slug = str(uuid.uuid4())
    made = create(shop, title="Geschenke für alle", slug=slug, description="For friends.", position=3)
    assert made.id in listed_ids(shop) and not shown(shop, made)
    ids = [product.id for product in products_of(shop, 7)]
    wanted = [ids[4], ids[0], ids[6], ids[2], ids[1]]
    changed = put_in(shop, made, wanted, etag=made.etag)
    assert changed.etag != made.etag
    assert [product.id for product in shown(shop, made)] == wanted
    by_slug = catalog_of(shop).GetCollection(catalog.GetCollectionRequest(slug=slug.upper()), timeout=CALL_SECONDS)
    assert by_slug.collection == changed
    with pytest.raises(grpc.RpcError) as refusal:
        put_in(shop, made, [], etag=made.etag)
    assert refusal.value.code() == grpc.StatusCode.ABORTED
    with pytest.raises(grpc.RpcError) as refusal:
        put_in(shop, made, [ids[0], str(uuid.uuid4())])
    assert refusal.value.code() == grpc.StatusCode.NOT_FOUND
    assert [product.id for product in shown(shop, made)] == wanted
    put_in(shop, made, ids[:1])
    assert [product.id for product in shown(shop, made)] == ids[:1]


def test_a_rule_says_which_products_a_collection_has(shop):
    product = products_of(shop)[0]
    most = product.price.amount_minor
    rule = {
        "category_id": product.category_id, "max_price_minor": most,
        "sort": product_sort_pb2.PRODUCT_SORT_PRICE_DESCENDING,
    }
    expected = [
        found.id for found in products_of(
            shop, 250, category_id=product.category_id, max_price_minor=most,
            sort=product_sort_pb2.PRODUCT_SORT_PRICE_DESCENDING)]
    assert product.id in expected
    preview = stub_of(shop).PreviewCollection(
        collections.PreviewCollectionRequest(rule=rule), timeout=CALL_SECONDS)
    assert [found.id for found in preview.products] == expected[:20]
    assert (preview.total_size, preview.total_size_is_exact) == (len(expected), True)
    made = create(shop, rule=rule)
    assert [found.id for found in shown(shop, made, page_size=1)] == expected
    with pytest.raises(grpc.RpcError) as refusal:
        put_in(shop, made, [product.id])
    assert reason_of(refusal) == "COLLECTION_HAS_RULE"
    without = update(shop, "rule", id=made.id)
    assert not without.HasField("rule") and not shown(shop, made)
    put_in(shop, made, [product.id])
    assert [found.id for found in shown(shop, made)] == [product.id]


def test_a_rule_follows_the_category_that_is_merged_into_another_one(shop):
    stub = categories_grpc.CategoryServiceStub(shop.staff)

    def new_category():
        request = with_id(categories.CreateCategoryRequest(category={"title": "Lamps"}))
        return stub.CreateCategory(request, timeout=CALL_SECONDS).category

    source, target = new_category(), new_category()
    made = create(shop, rule={"category_id": source.id})
    request = with_id(categories.MergeCategoriesRequest(category_id=source.id, target_category_id=target.id))
    stub.MergeCategories(request, timeout=CALL_SECONDS)
    found = catalog_of(shop).GetCollection(catalog.GetCollectionRequest(id=made.id), timeout=CALL_SECONDS).collection
    assert found.rule.category_id == target.id and found.etag != made.etag


def test_a_token_of_another_rule_is_refused(shop):
    made = create(shop, rule={})
    request = catalog.ListCollectionProductsRequest(collection_id=made.id, page_size=1)
    request.page_token = catalog_of(shop).ListCollectionProducts(request, timeout=CALL_SECONDS).next_page_token
    update(shop, id=made.id, rule={"min_price_minor": 1})
    with pytest.raises(grpc.RpcError) as refusal:
        catalog_of(shop).ListCollectionProducts(request, timeout=CALL_SECONDS)
    assert refusal.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_a_collection_is_visible_for_a_time(shop):
    now = int(time.time())
    later = create(shop, visible_from={"seconds": now + 86_400})
    ended = create(shop, visible_from={"seconds": now - 86_400}, visible_until={"seconds": now - 3_600})
    for hidden in (later, ended):
        assert hidden.id not in listed_ids(shop)
        for call, request in (
                (catalog_of(shop).GetCollection, catalog.GetCollectionRequest(id=hidden.id)),
                (catalog_of(shop).ListCollectionProducts,
                 catalog.ListCollectionProductsRequest(collection_id=hidden.id)),
                (catalog_of(shop).ResolvePath, catalog.ResolvePathRequest(collection=hidden.slug))):
            with pytest.raises(grpc.RpcError) as refusal:
                call(request, timeout=CALL_SECONDS)
            assert refusal.value.code() == grpc.StatusCode.NOT_FOUND
    request = collections.ListManagedCollectionsRequest(page_size=250)
    managed = stub_of(shop).ListManagedCollections(request, timeout=CALL_SECONDS).collections
    assert {later.id, ended.id} <= {collection.id for collection in managed}
    with pytest.raises(grpc.RpcError) as refusal:
        update(shop, id=later.id, visible_until={"seconds": now})
    assert refusal.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert update(shop, "visible_from", id=later.id).id in listed_ids(shop)


def test_a_former_slug_leads_to_the_collection(shop):
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    made = create(shop, slug=first)
    with pytest.raises(grpc.RpcError) as refusal:
        create(shop, slug=first)
    assert reason_of(refusal) == "SLUG_TAKEN"
    update(shop, id=made.id, slug=second)
    found = catalog_of(shop).ResolvePath(catalog.ResolvePathRequest(collection=first), timeout=CALL_SECONDS)
    assert (found.resource_id, found.path, found.is_former) == (made.id, second, True)
    request = with_id(collections.DeleteCollectionRequest(collection_id=made.id))
    stub_of(shop).DeleteCollection(request, timeout=CALL_SECONDS)
    with pytest.raises(grpc.RpcError) as refusal:
        catalog_of(shop).ResolvePath(catalog.ResolvePathRequest(collection=first), timeout=CALL_SECONDS)
    assert refusal.value.code() == grpc.StatusCode.NOT_FOUND


def test_two_collections_of_one_title_get_different_slugs(shop):
    title = f"Sale {uuid.uuid4()}"
    first, second = create(shop, title=title), create(shop, title=title)
    assert second.slug.startswith(first.slug) and second.slug != first.slug
