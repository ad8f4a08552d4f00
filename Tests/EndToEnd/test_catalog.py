"""The catalogue as a shopper sees it, through plain grpcio."""

import itertools
import uuid

import pytest
from fastshop.catalog.v1 import product_sort_pb2
from stubs import CALL_SECONDS, catalog, catalog_of, products_of


def pages(shop, **request):
    token = ""
    for _ in range(100):
        page = catalog_of(shop).ListProducts(
            catalog.ListProductsRequest(page_token=token, **request), timeout=CALL_SECONDS
        )
        yield list(page.products)
        token = page.next_page_token
        if not token:
            return
    raise AssertionError("the pages do not end")


def test_a_product_is_found_by_id_and_by_slug(shop):
    listed = products_of(shop)[0]
    by_id = catalog_of(shop).GetProduct(catalog.GetProductRequest(id=listed.id), timeout=CALL_SECONDS).product
    by_slug = catalog_of(shop).GetProduct(catalog.GetProductRequest(slug=listed.slug), timeout=CALL_SECONDS).product
    assert by_id == by_slug
    assert by_id.id == listed.id
    assert uuid.UUID(by_id.id).version == 7
    assert by_id.variants and by_id.images and by_id.title and by_id.seller_name and by_id.category_path
    assert by_id.price.amount_minor == min(variant.price.amount_minor for variant in by_id.variants)
    assert len(by_id.price.currency) == 3
    assert by_id.status == 2  # PRODUCT_STATUS_ACTIVE
    assert by_id.create_time.seconds > 0


def test_three_pages_hold_what_one_page_holds(shop):
    one = products_of(shop, 15)
    three = list(itertools.islice(pages(shop, page_size=5), 3))
    assert [len(page) for page in three] == [5, 5, 5]
    assert [p.id for page in three for p in page] == [p.id for p in one]


SORTS = {
    "newest": (
        product_sort_pb2.PRODUCT_SORT_NEWEST, lambda p: -(p.publish_time.seconds * 10**9 + p.publish_time.nanos)),
    "cheapest": (product_sort_pb2.PRODUCT_SORT_PRICE_ASCENDING, lambda p: p.price.amount_minor),
    "dearest": (product_sort_pb2.PRODUCT_SORT_PRICE_DESCENDING, lambda p: -p.price.amount_minor),
    "best rated": (product_sort_pb2.PRODUCT_SORT_RATING, lambda p: -p.rating.score),
    "most sold": (product_sort_pb2.PRODUCT_SORT_POPULAR, lambda p: -p.units_sold),
}


@pytest.mark.parametrize("sort", SORTS)
def test_walking_all_pages_yields_every_product_once_in_order(shop, sort):
    order, key = SORTS[sort]
    walked = [product for page in pages(shop, page_size=17, sort=order) for product in page]
    everything = [product.id for page in pages(shop, page_size=250) for product in page]
    assert sorted(product.id for product in walked) == sorted(everything)
    assert len(everything) > 17
    assert [key(product) for product in walked] == sorted(key(product) for product in walked)


def test_filters_hold_together(shop):
    everything = [product for page in pages(shop, page_size=250) for product in page]
    sample = next(product for product in everything if product.brand)
    low, high = sample.price.amount_minor, sample.price.amount_minor + 5_000
    wanted = {
        p.id
        for p in everything
        if p.brand == sample.brand and p.seller_id == sample.seller_id and low <= p.price.amount_minor <= high
    }
    found = products_of(
        shop, 250, brand=sample.brand, seller_id=sample.seller_id, min_price_minor=low, max_price_minor=high
    )
    assert {product.id for product in found} == wanted
    assert sample.id in wanted


def categories_of(shop, page_size: int = 0) -> list:
    """The whole tree, by pages."""
    found, token = [], ""
    while True:
        request = catalog.ListCategoriesRequest(page_size=page_size, page_token=token)
        page = catalog_of(shop).ListCategories(request, timeout=CALL_SECONDS)
        found, token = [*found, *page.categories], page.next_page_token
        if not token:
            return found


def test_a_category_lists_what_is_below_it(shop):
    tree = categories_of(shop)
    everything = [product for page in pages(shop, page_size=250) for product in page]
    for category in (c for c in tree if c.depth == 0):
        found = {p.id for page in pages(shop, page_size=250, category_id=category.id) for p in page}
        inside = {p.id for p in everything if (p.category_path + "/").startswith(category.path + "/")}
        assert found == inside, category.path


def test_the_category_tree_stands_in_tree_order(shop):
    stub = catalog_of(shop)
    tree = categories_of(shop)
    seen: dict[str, str] = {"": ""}
    for category in tree:
        assert category.parent_id in seen, f"{category.path} comes before what is above it"
        above = seen[category.parent_id]
        assert category.path == (f"{above}/{category.slug}" if above else category.slug)
        assert category.depth == category.path.count("/")
        seen[category.id] = category.path
    children = stub.ListCategories(
        catalog.ListCategoriesRequest(parent_id=tree[0].id, depth_limit=1), timeout=CALL_SECONDS
    ).categories
    assert [c.id for c in children] == [c.id for c in tree if c.parent_id == tree[0].id]
    assert children


def test_an_empty_answer_is_an_answer(shop):
    assert products_of(shop, 5, brand="Nobody makes this") == []
