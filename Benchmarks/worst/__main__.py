"""What holds an event loop up longest: the worst requests and floods that are known, each with the longest turn.

`Benchmarks/worst/run` builds the release and prints the worst of all; see `--help`. A turn is what a loop does between
two looks at its sockets: nobody else whom it serves gets on meanwhile. Each is tried several times, and the shortest of
the longest turns counts, since whatever else the machine does makes turns longer and never shorter.
"""

import argparse
import functools
import gzip
import http.client
import importlib
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Tests/EndToEnd"), str(ROOT / "Benchmarks")]

import shop_server  # noqa: E402
from postgres_cluster import PostgresCluster  # noqa: E402
from worst.pieces import Turns  # noqa: E402

ANSWER_SECONDS_MAX = 60
STUBS = tempfile.TemporaryDirectory(prefix="fastshop-stubs-")
SERVICES = [
    "audit.v1.audit_service", "catalog.v1.catalog_service", "inventory.v1.inventory_service",
    "security.v1.security_service",
]


class Shop:
    """A server with one loop and its usual limits."""

    def __init__(self, server: shop_server.ShopServer, subscribers: int) -> None:
        self.server, self.subscribers = server, subscribers
        self.address, self.tls_address = server.address, server.tls_address
        self.turns = Turns(server.worker_pid)
        self._kept: float | None = None

    def reset(self) -> None:
        self._kept = None
        self.turns.reset()

    def keep(self) -> None:
        """What comes from now on is no part of it."""
        self._kept = self.turns.longest_ms()

    def longest(self, attack, runs: int) -> tuple[float, float]:
        """The longest turn and all that the loop computed, in milliseconds."""
        found = []
        for _ in range(runs):
            self.turns.wait_until_idle()
            self.reset()
            before = self.turns.cpu_ms()
            attack(self)
            self.turns.wait_until_idle()
            longest = self.turns.longest_ms() if self._kept is None else self._kept
            computed = self.turns.cpu_ms() - before
            # The machine may have stopped the loop in the middle of a turn: it was no longer than all that it computed.
            found.append((min(longest, computed), computed))
        return min(found)

    @property
    def watched(self) -> bytes:
        """A subscription to the stock of the product that changes."""
        import stubs

        return stubs.inventory.WatchInventoryRequest(product_id=self._product.id).SerializeToString()

    @functools.cached_property
    def _product(self):
        import stubs

        return stubs.products_of(self.server)[0]

    def change_stock(self) -> None:
        import stubs

        request = stubs.inventory.GetStockRequest(product_id=self._product.id)
        variant = stubs.inventory_of(self.server).GetStock(request).stocks[0].variant_id
        adjustment = stubs.adjustment(variant, 1)
        stubs.inventory_of(self.server).AdjustStock(adjustment, timeout=ANSWER_SECONDS_MAX)


def ask(shop: Shop, path: str, body: bytes, fields: dict[str, str]) -> None:
    host, port = shop.address.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=ANSWER_SECONDS_MAX)
    try:
        connection.request("POST", path, body, fields | {"authorization": f"Bearer {shop.server.staff_token}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status == http.client.UNAUTHORIZED:
            shop_server._staff_tokens.clear()  # one of the methods that end sessions has done so
    except (OSError, http.client.HTTPException):
        pass  # it was refused before it was read
    finally:
        connection.close()


def attacks(size: int, only: str):
    from worst.floods import FLOODS
    from worst.requests import bodies, services

    yield from ((name, flood) for name, flood in FLOODS.items() if only in name)
    folder = pathlib.Path(STUBS.name) / "fastshop/identity/v1"
    identity = [f"identity.v1.{path.stem.removesuffix('_pb2')}" for path in folder.glob("*_service_pb2.py")]
    modules = [importlib.import_module(f"fastshop.{name}_pb2") for name in SERVICES + sorted(identity)]
    for path, message in services(modules).items():
        for name, text in bodies(message, size):
            label = f"{path.rsplit('.', 1)[1]}: {name}"
            if only not in label:
                continue
            body = gzip.compress(text.encode(), 1)
            fields = {"content-type": "application/json", "content-encoding": "gzip"}
            yield label, lambda shop, path=path, body=body, fields=fields: ask(shop, path, body, fields)


def main() -> None:
    parser = argparse.ArgumentParser(prog="Benchmarks/worst/run", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1 << 20, help="bytes of a request (1 MiB)")
    parser.add_argument("--runs", type=int, default=3, help="how often each is tried")
    parser.add_argument("--subscribers", type=int, default=4_000)
    parser.add_argument("--worst", type=int, default=40, help="how many are printed")
    parser.add_argument("--only", default="", help="those whose names hold this text")
    options = parser.parse_args()
    subprocess.run([sys.executable, ROOT / "Clients/python/generate_stubs.py", STUBS.name], check=True)
    sys.path.insert(0, STUBS.name)
    cluster = PostgresCluster()
    try:
        cluster.start()
        url = cluster.create("shop")
        shop_server.prepare(url, products=500)
        with tempfile.TemporaryDirectory() as folder:
            server = shop_server.ShopServer(pathlib.Path(folder), url, FASTSHOP_LOOPS="1")
            server.wait_until()
            shop = Shop(server, options.subscribers)
            found = []
            for name, attack in attacks(options.size, options.only):
                longest, computed = shop.longest(attack, options.runs)
                found.append((longest, computed, name))
                print(f"{longest:9.1f} ms of {computed:9.1f} ms  {name}", flush=True)
            assert server.is_unharmed, server.log
            server.stop()
        print("\nThe worst:")
        for longest, computed, name in sorted(found, reverse=True)[:options.worst]:
            print(f"{longest:9.1f} ms of {computed:9.1f} ms  {name}")
    finally:
        cluster.remove()


if __name__ == "__main__":
    main()
