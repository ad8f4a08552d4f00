"""usage: Benchmarks/run shop reads [options]

Measures how many products and pages of products a second the whole server reads for h2load: the server with one loop
on core 0, the load on core 1, Postgres on both. One request over and over by gRPC, and a thousand different ones by
Connect's GET. Several programs are measured in turn with --binary, so that their figures can be compared.
"""

import argparse
import base64
import pathlib
import random
import signal
import statistics
import struct
import subprocess
import sys
import tempfile

import shop_server
from arguments import within
from compare.loads import H2Load
from compare.workloads import Unary
from fastshop.catalog.v1 import catalog_service_pb2 as catalog
from fastshop.catalog.v1 import catalog_service_pb2_grpc as catalog_grpc
from postgres_cluster import PostgresCluster

SERVICE = "/fastshop.catalog.v1.CatalogService/"
SERVER_CORE = "0"
CALL_SECONDS = 60
PAGE_SIZE = 250
DIFFERENT = 1_000
LISTED = 20
PRODUCTS_MAX = 1_000_000
SEED = 13


class Load:
    """Requests of one method, and the rate that the server must reach."""

    def __init__(self, title: str, method: str, requests: list, streams: int, rate_min: int) -> None:
        self.title, self.rate_min = title, rate_min
        self._method, self._requests = method, requests
        self._unary = Unary(method, "", "", 8, streams)

    def on(self, server, folder: pathlib.Path, seconds: float) -> H2Load:
        """h2load with the requests, which are written to `folder`."""
        base = f"http://{server.address}{SERVICE}{self._method}"
        file = folder / f"{self._method}-{len(self._requests)}-{server.worker_pid}"  # it has the server's address
        if len(self._requests) == 1:
            message = self._requests[0].SerializeToString()
            file.write_bytes(struct.pack(">BI", 0, len(message)) + message)
            return H2Load(self._unary, base, str(file), server.worker_pid, seconds)
        messages = [base64.urlsafe_b64encode(one.SerializeToString()).decode().rstrip("=") for one in self._requests]
        file.write_text("".join(f"{base}?connect=v1&encoding=proto&base64=1&message={one}\n" for one in messages))
        return H2Load(self._unary, f"--input-file={file}", "", server.worker_pid, seconds)


def loads(server) -> list[Load]:
    """What is asked for, of the products and categories that the shop has."""
    stub = catalog_grpc.CatalogServiceStub(server.channel)
    some = random.Random(SEED)
    ids, token = [], ""
    while len(ids) < DIFFERENT * 4:
        request = catalog.ListProductsRequest(page_size=PAGE_SIZE, page_token=token)
        page = stub.ListProducts(request, timeout=CALL_SECONDS)
        ids += [product.id for product in page.products]
        token = page.next_page_token
        if not token:
            break
    categories = stub.ListCategories(catalog.ListCategoriesRequest(page_size=PAGE_SIZE), timeout=CALL_SECONDS)
    filled = [one.id for one in categories.categories if one.product_count >= LISTED]
    sorts = [catalog.ListProductsRequest(sort=sort).sort for sort in range(1, 6)]
    products = [catalog.GetProductRequest(id=some.choice(ids)) for _ in range(DIFFERENT)]
    pages = [
        catalog.ListProductsRequest(page_size=LISTED, category_id=some.choice(filled), sort=some.choice(sorts))
        for _ in range(DIFFERENT)]
    return [
        Load("one product, by gRPC", "GetProduct", products[:1], 16, 40_000),
        Load("1,000 different products, by GET", "GetProduct", products, 16, 40_000),
        Load("20 products of a category, by gRPC", "ListProducts", pages[:1], 8, 8_000),
        Load("20 products, of all categories and orders, by GET", "ListProducts", pages, 8, 8_000),
    ]


class Contestant:
    """A server of one program, and what it showed."""

    def __init__(self, binary: pathlib.Path, folder: pathlib.Path, url: str, version: str) -> None:
        self.name = version
        self.server = shop_server.ShopServer(folder, url, binary=binary, FASTSHOP_LOOPS="1")
        self.server.wait_until()
        subprocess.run(
            ["taskset", "--all-tasks", "--cpu-list", "--pid", SERVER_CORE, str(self.server.worker_pid)],
            check=True, stdout=subprocess.DEVNULL)


def measure(contestants: list[Contestant], options, folder: pathlib.Path) -> bool:
    """Prints the table; whether the first program reaches every goal."""
    print(f"{'':52}{'program':>16}{'per second':>12}{'CPU us':>8}{'p50 ms':>8}{'p95 ms':>8}{'bytes':>8}{'rate x':>8}")
    is_met = True
    for load in loads(contestants[0].server):
        runs = [load.on(one.server, folder, options.seconds) for one in contestants]
        samples = [[] for _ in runs]
        for _ in range(options.runs):
            for found, run in zip(samples, runs):
                found.append(run.sample())
        first = 0.0
        for one, run, found in zip(contestants, runs, samples):
            rate, cpu = (statistics.median(sample[key] for sample in found) for key in ("rate", "cpu_us"))
            late = run.latencies()
            first = first or rate
            print(
                f"{load.title:52}{one.name:>16}{rate:12,.0f}{cpu:8.1f}{late['p50_us'] / 1e3:8.2f}"
                f"{late['p95_us'] / 1e3:8.2f}{found[0]['bytes']:8,.0f}{first / rate:8.2f}", flush=True)
        is_met &= first >= load.rate_min
        print(f"    {'met' if first >= load.rate_min else 'missed'}: at least {load.rate_min:,} a second")
    return is_met


def arguments():
    parser = argparse.ArgumentParser(prog="Benchmarks/run shop reads", description=__doc__.split("\n\n")[1])
    parser.add_argument(
        "--products", type=within(1_000, PRODUCTS_MAX, int), default=10_000, help="of the shop (%(default)s)")
    parser.add_argument("--seconds", type=within(0.2, 30, float), default=3, help="of each run (%(default)s)")
    parser.add_argument("--runs", type=within(1, 20, int), default=3, help="of each program (%(default)s)")
    parser.add_argument(
        "--binary", type=pathlib.Path, action="append", default=[],
        help="another program, which reads the same database: its migrations must be the same")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that processes are ended by `finally`
    cluster, servers = PostgresCluster(), []
    try:
        cluster.start()
        url = cluster.create("shop")
        shop_server.prepare(url, products=options.products)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            try:
                for number, binary in enumerate([shop_server.BINARY, *options.binary]):
                    servers.append(Contestant(binary, folder / str(number), url, f"program {number + 1}"))
                measure(servers, options, folder)
            finally:
                for one in servers:
                    one.server.stop()
    finally:
        cluster.remove()


main()
