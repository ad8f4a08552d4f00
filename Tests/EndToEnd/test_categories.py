"""The platform builds a part of the tree, moves it, and shoppers find everything where it is, also by former paths."""

import grpc
import pytest
from fastshop.catalog.v1 import category_service_pb2 as categories
from fastshop.catalog.v1 import category_service_pb2_grpc as categories_grpc
from google.rpc import error_details_pb2
from accounts import bearer, new_account
from stubs import CALL_SECONDS, catalog, catalog_of, details_of, products_of, with_id


def stub_of(server) -> categories_grpc.CategoryServiceStub:
    return categories_grpc.CategoryServiceStub(server.staff)


def create(server, title: str, **fields):
    request = with_id(categories.CreateCategoryRequest(category={"title": title, **fields}))
    return stub_of(server).CreateCategory(request, timeout=CALL_SECONDS).category


def move(server, category_id: str, parent_id: str, **fields):
    request = with_id(categories.MoveCategoryRequest(category_id=category_id, parent_id=parent_id, **fields))
    return stub_of(server).MoveCategory(request, timeout=CALL_SECONDS).category


def category_at(server, path: str):
    return catalog_of(server).GetCategory(catalog.GetCategoryRequest(path=path), timeout=CALL_SECONDS).category


def resolved(server, path: str):
    return catalog_of(server).ResolvePath(catalog.ResolvePathRequest(category=path), timeout=CALL_SECONDS)


def test_a_category_is_made_named_moved_and_deleted(shop):
    light, winter = create(shop, "Licht & Wärme"), create(shop, "Зима")
    assert (light.path, winter.path) == ("licht-warme", "zima")
    lamps = create(shop, "Lamps", parent_id=light.id)
    assert category_at(shop, "LICHT-WARME/lamps") == lamps
    request = with_id(categories.UpdateCategoryRequest(category={"id": light.id, "slug": "light", "etag": light.etag}))
    renamed = stub_of(shop).UpdateCategory(request, timeout=CALL_SECONDS).category
    assert (renamed.path, renamed.title) == ("light", light.title)
    moved = move(shop, lamps.id, winter.id)
    assert (moved.path, moved.parent_id) == ("zima/lamps", winter.id)
    for former in ("licht-warme/lamps", "light/lamps"):
        found = resolved(shop, former)
        assert (found.resource_id, found.path, found.is_former) == (lamps.id, "zima/lamps", True)
    assert not resolved(shop, "zima/lamps").is_former
    with pytest.raises(grpc.RpcError) as refusal:
        move(shop, winter.id, lamps.id)
    assert details_of(refusal.value, error_details_pb2.ErrorInfo).reason == "CATEGORY_CYCLE"
    for category in (moved, winter, renamed):
        request = with_id(categories.DeleteCategoryRequest(category_id=category.id))
        stub_of(shop).DeleteCategory(request, timeout=CALL_SECONDS)
    with pytest.raises(grpc.RpcError) as refusal:
        resolved(shop, "zima/lamps")
    assert refusal.value.code() == grpc.StatusCode.NOT_FOUND


def test_products_move_with_their_category(shop):
    product = products_of(shop)[0]
    home = category_at(shop, product.category_path)
    place = create(shop, "Elsewhere")
    moved = move(shop, home.id, place.id)
    assert category_at(shop, place.path).product_count == moved.product_count == home.product_count
    assert product.id in {found.id for found in products_of(shop, 250, category_id=place.id)}
    shown = catalog_of(shop).GetProduct(catalog.GetProductRequest(id=product.id), timeout=CALL_SECONDS).product
    assert shown.category_path == moved.path
    assert move(shop, home.id, home.parent_id, position=home.position).path == home.path
    assert category_at(shop, place.path).product_count == 0
    assert product.id not in {found.id for found in products_of(shop, 250, category_id=place.id)}


def test_a_category_that_is_merged_leads_to_what_it_became_a_part_of(shop):
    product = products_of(shop)[0]
    home = category_at(shop, product.category_path)
    target = create(shop, "Merged")
    child = create(shop, "Spare parts", parent_id=home.id)
    request = with_id(
        categories.MergeCategoriesRequest(category_id=home.id, target_category_id=target.id, etag=home.etag))
    merged = stub_of(shop).MergeCategories(request, timeout=CALL_SECONDS).category
    assert (merged.id, merged.product_count) == (target.id, home.product_count)
    assert stub_of(shop).MergeCategories(request, timeout=CALL_SECONDS).category == merged
    found = resolved(shop, home.path)
    assert (found.resource_id, found.path, found.is_former) == (target.id, "merged", True)
    assert resolved(shop, child.path).path == "merged/spare-parts"
    shown = catalog_of(shop).GetProduct(catalog.GetProductRequest(id=product.id), timeout=CALL_SECONDS).product
    assert (shown.category_id, shown.category_path) == (target.id, "merged") and shown.etag != product.etag
    with pytest.raises(grpc.RpcError) as refusal:
        catalog_of(shop).GetCategory(catalog.GetCategoryRequest(id=home.id), timeout=CALL_SECONDS)
    assert refusal.value.code() == grpc.StatusCode.NOT_FOUND


def test_sellers_do_not_change_the_tree(shop, cluster):
    seller = new_account(shop, cluster, "seller", role="seller")
    request = with_id(categories.CreateCategoryRequest(category={"title": "Mine"}))
    with pytest.raises(grpc.RpcError) as refusal:
        categories_grpc.CategoryServiceStub(shop.channel).CreateCategory(
            request, metadata=bearer(seller.tokens(shop).access_token), timeout=CALL_SECONDS)
    assert refusal.value.code() == grpc.StatusCode.PERMISSION_DENIED
