"""Callers that record the time and the result of each call: the cost of a server's crash or upgrade."""

import dataclasses
import http.client
import threading
import time

import grpc
from stubs import CALL_SECONDS, catalog, catalog_grpc
from waiting import wait_until

# Channels of their own, which wait for an answer as long as a busy machine takes.
OWN_CHANNEL = [("grpc.use_local_subchannel_pool", 1)]


@dataclasses.dataclass
class Call:
    began: float
    ended: float
    error: str | None


class Callers:
    """`connected` callers of grpcio, each on a connection of its own that it keeps, and `fresh` ones, who connect for
    each call and speak HTTP/1.1. None of them tries a call again that the server may have begun."""

    def __init__(self, address: str, product: str, connected: int, fresh: int) -> None:
        self.calls: list[Call] = []
        self.refused = 0
        self._address, self._product = address, product
        self._ends, self._lock = threading.Event(), threading.Lock()
        runs = [self._run_connected] * connected + [self._run_fresh] * fresh
        self._threads = [threading.Thread(target=run) for run in runs]
        for thread in self._threads:
            thread.start()

    def _run_connected(self) -> None:
        request = catalog.GetProductRequest(id=self._product)
        with grpc.insecure_channel(self._address, options=OWN_CHANNEL) as channel:
            stub = catalog_grpc.CatalogServiceStub(channel)

            def call() -> str | None:
                try:
                    stub.GetProduct(request, timeout=CALL_SECONDS)
                    return None
                except grpc.RpcError as error:
                    return f"{error.code().name}: {error.details()}"

            self._repeat(call)

    def _run_fresh(self) -> None:
        host, port = self._address.rsplit(":", 1)
        body = f'{{"id": "{self._product}"}}'
        fields = {"content-type": "application/json", "connection": "close"}

        def call() -> str | None:
            connection = http.client.HTTPConnection(host, int(port), timeout=CALL_SECONDS)
            try:
                connection.request("POST", "/fastshop.catalog.v1.CatalogService/GetProduct", body, fields)
                status = connection.getresponse().status
                return None if status == 200 else f"status {status}"
            except ConnectionRefusedError as error:
                with self._lock:
                    self.refused += 1
                return repr(error)
            except (OSError, http.client.HTTPException) as error:
                return repr(error)
            finally:
                connection.close()

        self._repeat(call)

    def _repeat(self, call) -> None:
        while not self._ends.is_set():
            began = time.monotonic()
            error = call()
            with self._lock:
                self.calls.append(Call(began, time.monotonic(), error))

    @property
    def failed(self) -> list[Call]:
        with self._lock:
            return [call for call in self.calls if call.error]

    def in_flight(self, start: float, end: float) -> int:
        """The calls that were under way at some time between the two."""
        with self._lock:
            return sum(call.began <= end and call.ended >= start for call in self.calls)

    def wait_for(self, more: int, seconds: float) -> None:
        """Until so many more calls have ended well."""
        wanted = self._succeeded() + more
        wait_until(
            lambda: self._succeeded() >= wanted,
            lambda: f"{self._succeeded()} of {wanted} after {seconds} s: {self.failed}", within=seconds)

    def _succeeded(self) -> int:
        with self._lock:
            return sum(call.error is None for call in self.calls)

    def stop(self) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()
