"""usage: Benchmarks/run shop [options]

Measures how many products a second sellers bring up to date by UpsertProducts, with grpcio, and how long reads of the
catalogue take alone and beside that. Starts a server and a Postgres of its own, and ends them.
"""

import argparse
import concurrent.futures
import pathlib
import signal
import statistics
import sys
import tempfile
import threading
import time
import uuid

import grpc
import shop_server
from arguments import within
from fastshop.catalog.v1 import catalog_service_pb2 as catalog
from fastshop.catalog.v1 import catalog_service_pb2_grpc as catalog_grpc
from fastshop.catalog.v1 import product_service_pb2 as products
from fastshop.catalog.v1 import product_service_pb2_grpc as products_grpc
from fastshop.catalog.v1 import product_sort_pb2
from fastshop.sellers.v1 import seller_service_pb2 as sellers
from fastshop.sellers.v1 import seller_service_pb2_grpc as sellers_grpc
from postgres_cluster import PostgresCluster

ROWS_PER_REQUEST = 500
PAGE_SIZE = 250
CALL_SECONDS = 60
READERS = 4
METHOD = "/fastshop.catalog.v1.ProductService/UpsertProducts"
SELLERS_MAX, REQUESTS_MAX, READS_MAX, PRODUCTS_MAX = 12, 100, 1_000, 1_000_000


class Reader(threading.Thread):
    """Reads pages of 20 products at a fixed pace, whatever the server's, and keeps how late each response was."""

    def __init__(self, address: str, reads_per_second: float) -> None:
        super().__init__()
        self._stub = catalog_grpc.CatalogServiceStub(grpc.insecure_channel(address))
        self._pause = 1 / reads_per_second
        self._is_over = threading.Event()
        self.milliseconds: list[float] = []

    def run(self) -> None:
        due = time.monotonic()
        while not self._is_over.wait(max(due - time.monotonic(), 0)):
            request = catalog.ListProductsRequest(page_size=20, sort=product_sort_pb2.PRODUCT_SORT_RATING)
            self._stub.ListProducts(request, timeout=CALL_SECONDS)
            self.milliseconds.append((time.monotonic() - due) * 1_000)
            due += self._pause

    def end(self) -> list[float]:
        self._is_over.set()
        self.join()
        return self.milliseconds


class Seller:
    """Sends the products of a seller, one request after another."""

    def __init__(self, server, seller_id: str) -> None:
        channel = grpc.insecure_channel(server.address)
        self._call = channel.unary_unary(METHOD, response_deserializer=products.UpsertProductsResponse.FromString)
        self._metadata = [("authorization", f"Bearer {server.staff_token}")]
        self._seller_id = seller_id
        self.managed, token = [], ""
        stub = products_grpc.ProductServiceStub(channel)
        while token or not self.managed:
            request = products.ListManagedProductsRequest(seller_id=seller_id, page_size=PAGE_SIZE, page_token=token)
            page = stub.ListManagedProducts(request, metadata=self._metadata, timeout=CALL_SECONDS)
            self.managed += page.products
            token = page.next_page_token

    def requests(self, rows: list[dict]) -> list[bytes]:
        """Encoded before they are sent: the client's work is not measured."""
        return [
            products.UpsertProductsRequest(
                products=rows[start:start + ROWS_PER_REQUEST], seller_id=self._seller_id, request_id=str(uuid.uuid4()),
            ).SerializeToString()
            for start in range(0, len(rows), ROWS_PER_REQUEST)
        ]

    def send(self, requests: list[bytes]) -> dict[str, int]:
        """How many rows had each outcome."""
        outcomes: dict[str, int] = {}
        for request in requests:
            response = self._call(request, metadata=self._metadata, timeout=CALL_SECONDS)
            for outcome in response.outcomes:
                kind = outcome.WhichOneof("outcome")
                outcomes[kind] = outcomes.get(kind, 0) + 1
        return outcomes


def new_rows(seller: Seller, count: int) -> list[dict]:
    category = seller.managed[0].category_id
    rows = []
    for _ in range(count):
        name = uuid.uuid4().hex
        price = {"amount_minor": 19_900, "currency": "EUR"}
        variants = [
            {"sku": f"{name}-{size}", "price": price, "options": [{"name": "Size", "value": size}]} for size in "SL"]
        title = f"Desk {name[:8]}"
        rows.append({"external_id": name, "title": title, "category_id": category, "variants": variants})
    return rows


def present_rows(seller: Seller, count: int, more: int) -> list[dict]:
    """The prices of products that are on sale, each so much higher."""
    return [
        {"external_id": product.external_id, "variants": [
            {"sku": variant.sku, "price": {"amount_minor": variant.price.amount_minor + more, "currency": "EUR"}}
            for variant in product.variants]}
        for product in seller.managed[:count]
    ]


def measured(server, options, outcome: str, work: dict) -> tuple:
    """A row of the table: `work` has the requests of each seller."""
    readers = [Reader(server.address, options.reads / READERS) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(max(len(work), 1)) as pool:
        outcomes = list(pool.map(lambda one: one[0].send(one[1]), work.items()))
    if not work:
        time.sleep(options.seconds)
    seconds = time.monotonic() - begin
    late = sorted(one for reader in readers for one in reader.end())
    wrong = [one for one in outcomes if set(one) != {outcome}]
    if wrong:
        raise SystemExit(f"not all rows are {outcome}: {wrong}")
    rows = sum(one[outcome] for one in outcomes)
    return f"{rows / seconds:,.0f}" if work else "-", statistics.median(late), late[len(late) * 99 // 100]


def arguments():
    parser = argparse.ArgumentParser(prog="Benchmarks/run shop", description=__doc__.split("\n\n")[1])
    parser.add_argument(
        "--products", type=within(1_000, PRODUCTS_MAX, int), default=20_000, help="of the shop (%(default)s)")
    parser.add_argument("--sellers", type=within(1, SELLERS_MAX, int), default=2, help="at once (%(default)s)")
    parser.add_argument(
        "--requests", type=within(1, REQUESTS_MAX, int), default=10, help="of 500 new products each (%(default)s)")
    parser.add_argument("--reads", type=within(4, READS_MAX, int), default=200, help="a second (%(default)s)")
    parser.add_argument("--seconds", type=within(1, 60, int), default=5, help="of reads alone (%(default)s)")
    return parser.parse_args()


def measure(server, options) -> None:
    request = sellers.ListShopsRequest(page_size=SELLERS_MAX)
    shops = sellers_grpc.SellerServiceStub(server.channel).ListShops(request, timeout=CALL_SECONDS).shops
    writers = [Seller(server, shop.seller_id) for shop in shops[:options.sellers]]
    count = min(len(writer.managed) for writer in writers)
    phases = [
        ("reads alone", "", {}),
        ("new products", "created", {
            writer: writer.requests(new_rows(writer, options.requests * ROWS_PER_REQUEST)) for writer in writers}),
        ("changed prices of products on sale", "updated", {
            writer: writer.requests(present_rows(writer, count, 1)) for writer in writers}),
        ("the same again, unchanged", "unchanged", {
            writer: writer.requests(present_rows(writer, count, 1)) for writer in writers}),
    ]
    print(f"{'':36}{'rows/s':>10}{'read p50 ms':>14}{'p99 ms':>10}")
    for title, outcome, work in phases:
        rate, median, high = measured(server, options, outcome, work)
        print(f"{title:36}{rate:>10}{median:>14.1f}{high:>10.1f}", flush=True)


def main() -> None:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that processes are ended by `finally`
    cluster = PostgresCluster()
    try:
        cluster.start()
        url = cluster.create("shop")
        shop_server.prepare(url, products=options.products)
        with tempfile.TemporaryDirectory() as folder:
            server = shop_server.ShopServer(pathlib.Path(folder), url)
            try:
                server.wait_until()
                measure(server, options)
            finally:
                server.stop()
    finally:
        cluster.remove()


main()
