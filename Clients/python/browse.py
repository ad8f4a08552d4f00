"""Prints the categories and the best-rated products of a FastShop: `python browse.py [ADDRESS]`."""

import os
import sys

import amounts
import grpc
from fastshop.catalog.v1 import catalog_service_pb2 as catalog
from fastshop.catalog.v1 import catalog_service_pb2_grpc as catalog_grpc
from fastshop.catalog.v1 import product_sort_pb2

PAGES = 3
DEADLINE_SECONDS = 5


def pages(shop: catalog_grpc.CatalogServiceStub, page_size: int, count: int):
    """Yields up to `count` pages. The token of a page requests the next one; it is empty on the last page."""
    token = ""
    for _ in range(count):
        request = catalog.ListProductsRequest(
            page_size=page_size, page_token=token, sort=product_sort_pb2.PRODUCT_SORT_RATING
        )
        page = shop.ListProducts(request, timeout=DEADLINE_SECONDS)
        yield page.products
        token = page.next_page_token
        if not token:
            return


def categories(shop, **request):
    """Yields the categories of all pages, in tree order."""
    token = ""
    while True:
        page = shop.ListCategories(
            catalog.ListCategoriesRequest(**request, page_token=token), timeout=DEADLINE_SECONDS)
        yield from page.categories
        token = page.next_page_token
        if not token:
            return


def describe(product) -> str:
    stars = f"{product.rating.average:.1f} ({product.rating.count})"
    return f"{amounts.shown(product.price)}  {stars:>12}  {product.title}, by {product.seller_name}"


def main(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        shop = catalog_grpc.CatalogServiceStub(channel)
        for category in categories(shop, depth_limit=2):
            print(f"{'  ' * category.depth}{category.title} ({category.product_count})")
        for number, products in enumerate(pages(shop, page_size=5, count=PAGES), start=1):
            print(f"\nPage {number}")
            for product in products:
                print(describe(product))
        best = next(pages(shop, page_size=1, count=1))[0]
        answer = shop.GetProduct(catalog.GetProductRequest(slug=best.slug), timeout=DEADLINE_SECONDS)
        print(f"\n{answer.product.title} has these variants:")
        for variant in answer.product.variants:
            print(f"  {variant.sku}  {variant.title or 'the only variant'}")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("FASTSHOP_ADDRESS", "127.0.0.1:8080"))
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
