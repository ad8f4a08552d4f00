"""usage: Benchmarks/run lists [options]

Measures how long pages of products take, with every combination of filters, in every order, at the beginning of a list
and deep in it, by grpcio. Starts a server and a Postgres of its own for each size of the shop, and ends them.
"""

import argparse
import itertools
import pathlib
import signal
import sys
import tempfile
import time

import grpc
import shop_server
from arguments import within
from fastshop.catalog.v1 import catalog_service_pb2 as catalog
from fastshop.catalog.v1 import catalog_service_pb2_grpc as catalog_grpc
from fastshop.catalog.v1 import product_service_pb2 as products
from fastshop.catalog.v1 import product_service_pb2_grpc as products_grpc
from fastshop.catalog.v1 import product_sort_pb2
from postgres_cluster import PostgresCluster

PRODUCTS_MAX, CALLS_MAX, DEPTH_MAX = 1_000_000, 1_000, 100_000
PAGE_SIZE, PAGE_SIZE_MAX, CALL_SECONDS, SEED_SECONDS = 20, 250, 120, 3_600
SORTS = {
    "newest": product_sort_pb2.PRODUCT_SORT_NEWEST, "cheapest": product_sort_pb2.PRODUCT_SORT_PRICE_ASCENDING,
    "dearest": product_sort_pb2.PRODUCT_SORT_PRICE_DESCENDING, "rating": product_sort_pb2.PRODUCT_SORT_RATING,
    "popular": product_sort_pb2.PRODUCT_SORT_POPULAR,
}
# A brand of few products, which are the oldest ones of a large category, and a suspended seller of the newest tenth.
SKEW = [
    """
    UPDATE catalog.product p
       SET brand = 'Rare', published_at = '2001-01-01'
     WHERE p.id IN (SELECT h.product_id FROM catalog.shelf h
                     WHERE h.category_id = (SELECT s.category_id FROM catalog.shelf s
                                             GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)
                     ORDER BY h.product_id LIMIT 5)
    """,
    """
    INSERT INTO catalog.seller (slug, name, is_hidden) VALUES ('suspended', 'Suspended', true)
    """,
    """
    UPDATE catalog.product p
       SET seller_id = (SELECT s.id FROM catalog.seller s WHERE s.slug = 'suspended')
     WHERE p.id IN (SELECT p.id FROM catalog.product p WHERE p.status = 'active' ORDER BY p.published_at DESC
                     LIMIT (SELECT count(*) / 10 FROM catalog.product))
    """,
    """
    SELECT catalog.shelve_products(array_agg(p.id)) FROM catalog.product p JOIN catalog.seller s ON s.id = p.seller_id
     WHERE p.brand = 'Rare' OR s.slug = 'suspended'
    """,
    "VACUUM (ANALYZE)",
]
# A large category, what most of its products have, and the least category with a product.
VALUES = """
    SELECT root, seller, brand, (SELECT h.category_id FROM catalog.shelf h GROUP BY 1 ORDER BY count(*), 1 LIMIT 1)
      FROM (SELECT c.lineage[1] AS root, p.seller_id AS seller, p.brand
              FROM catalog.product p JOIN catalog.category c ON c.id = p.category_id
              JOIN catalog.seller s ON s.id = p.seller_id
             WHERE p.brand <> '' AND NOT s.is_hidden GROUP BY 1, 2, 3 ORDER BY count(*) DESC LIMIT 1) most
    """


def filter_sets(values: dict[str, str]) -> dict[str, dict]:
    """The requests of every combination, with filters that match many products or few."""
    choices = [
        {
            "": {}, "large category": {"category_id": values["category"]},
            "least category": {"category_id": values["least"]},
        },
        {"": {}, "seller": {"seller_id": values["seller"]}},
        {"": {}, "brand": {"brand": values["brand"]}, "rare brand": {"brand": "Rare"}},
        {
            "": {}, "prices": {"min_price_minor": 2_000, "max_price_minor": 8_000},
            "few prices": {"min_price_minor": 5_000, "max_price_minor": 5_001}, "no price": {"max_price_minor": 0},
        },
    ]
    sets = {}
    for combination in itertools.product(*(choice.items() for choice in choices)):
        name = ", ".join(name for name, _ in combination if name)
        sets[name or "no filter"] = {key: value for _, fields in combination for key, value in fields.items()}
    return sets


class Lists:
    def __init__(self, server, options) -> None:
        channel = grpc.insecure_channel(server.address)
        self._catalog = catalog_grpc.CatalogServiceStub(channel)
        self._products = products_grpc.ProductServiceStub(channel)
        self._staff = [("authorization", f"Bearer {server.staff_token}")]
        self._options = options

    def page(self, sort: int, fields: dict, size: int = PAGE_SIZE, token: str = ""):
        request = catalog.ListProductsRequest(page_size=size, page_token=token, sort=sort, **fields)
        return self._catalog.ListProducts(request, timeout=CALL_SECONDS)

    def search(self, text: str, token: str = ""):
        request = products.ListManagedProductsRequest(page_size=PAGE_SIZE, search=text, page_token=token)
        return self._products.ListManagedProducts(request, metadata=self._staff, timeout=CALL_SECONDS)

    def deep_token(self, sort: int, fields: dict) -> str:
        """The token after so many products; empty when the list has fewer."""
        token, passed = "", 0
        while passed < self._options.depth:
            token = self.page(sort, fields, PAGE_SIZE_MAX, token).next_page_token
            passed += PAGE_SIZE_MAX
            if not token:
                return ""
        return token

    def milliseconds(self, call) -> tuple[float, float]:
        """p50 and p95, after calls that prepare the statement and fill the caches."""
        for _ in range(3):
            call()
        taken = []
        for _ in range(self._options.calls):
            begin = time.monotonic()
            call()
            taken.append((time.monotonic() - begin) * 1_000)
        taken.sort()
        return taken[len(taken) // 2], taken[len(taken) * 95 // 100]


def measure(lists: Lists, values: dict[str, str]) -> None:
    print(f"{'filters':48}{'order':10}{'p50 ms':>10}{'p95 ms':>10}{'deep p50':>10}{'deep p95':>10}")
    worst = 0.0
    for name, fields in filter_sets(values).items():
        for order, sort in SORTS.items():
            first = lists.milliseconds(lambda sort=sort, fields=fields: lists.page(sort, fields))
            token = lists.deep_token(sort, fields)
            deep = lists.milliseconds(
                lambda sort=sort, fields=fields, token=token: lists.page(sort, fields, token=token)) if token else None
            worst = max(worst, first[1], deep[1] if deep else 0)
            print(f"{name:48}{order:10}" + "".join(f"{value:>10.1f}" for value in first + (deep or ())), flush=True)
    for text in ["s", "sc", "sch", "demo", "there is none"]:
        first = lists.milliseconds(lambda text=text: lists.search(text))
        print(f"{'search of staff: ' + text:58}" + "".join(f"{value:>10.1f}" for value in first), flush=True)
    print(f"the worst p95 of lists: {worst:.1f} ms")


def arguments():
    parser = argparse.ArgumentParser(prog="Benchmarks/run lists", description=__doc__.split("\n\n")[1])
    parser.add_argument(
        "--products", type=within(1_000, PRODUCTS_MAX, int), nargs="+", default=[20_000, 1_000_000],
        help="of each shop (%(default)s)")
    parser.add_argument("--calls", type=within(20, CALLS_MAX, int), default=40, help="of each page (%(default)s)")
    parser.add_argument(
        "--depth", type=within(PAGE_SIZE_MAX, DEPTH_MAX, int), default=10_000, help="products before (%(default)s)")
    return parser.parse_args()


def measure_shop(cluster: PostgresCluster, count: int, options) -> None:
    name = f"shop_{count}"
    url = cluster.create(name)
    shop_server.prepare(url, products=count, seconds_max=SEED_SECONDS)
    for statement in SKEW:
        cluster.sql(name, statement)
    row = cluster.sql(name, VALUES).split("|")
    values = dict(zip(["category", "seller", "brand", "least"], row, strict=True))
    print(f"\n{count:,} products", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        server = shop_server.ShopServer(pathlib.Path(folder), url)
        try:
            server.wait_until()
            measure(Lists(server, options), values)
        finally:
            server.stop()
    cluster.drop(name)


def main() -> None:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that processes are ended by `finally`
    cluster = PostgresCluster()
    try:
        cluster.start()
        for count in options.products:
            measure_shop(cluster, count, options)
    finally:
        cluster.remove()


main()
