#!/usr/bin/env python3
"""How long nobody accepts when the process that serves is killed: from its death to the first answer of the next.

Run it with the release build, on a machine that does nothing else:
FASTSHOP_BINARY=.build/release/fastshop .venv/bin/python Benchmarks/restart.py
"""

import os
import pathlib
import signal
import socket
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests/EndToEnd"))

import shop_server  # noqa: E402
from postgres_cluster import PostgresCluster  # noqa: E402

# More would meet the pauses between workers that die.
DEATHS = 5
QUESTION = b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"


def ask(address: str) -> bytes:
    """Nothing, where a connection was cut."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as connection:
        try:
            connection.sendall(QUESTION)
            return connection.recv(4096)
        except ConnectionError:
            return b""


def measure(server: shop_server.ShopServer) -> float:
    """Milliseconds."""
    os.kill(server.worker_pid, signal.SIGKILL)
    start = time.monotonic()
    answer = b""
    while b" 200 " not in answer:
        answer = ask(server.address)
    return (time.monotonic() - start) * 1000


def main() -> None:
    cluster = PostgresCluster()
    try:
        cluster.start()
        url = cluster.create("shop")
        shop_server.prepare(url, products=100)
        with tempfile.TemporaryDirectory() as folder:
            server = shop_server.ShopServer(pathlib.Path(folder), url)
            server.wait_until()
            times = [measure(server) for _ in range(DEATHS)]
            server.stop()
        print(f"{DEATHS} deaths: median {statistics.median(times):.0f} ms, at most {max(times):.0f} ms")
    finally:
        cluster.remove()


if __name__ == "__main__":
    main()
