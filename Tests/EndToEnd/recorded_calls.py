"""Callers that record the time and the result of each call: the cost of a server's crash or upgrade."""

import contextlib
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
    """`connected` callers of grpcio, each on a connection of its own that it keeps, and two kinds that speak HTTP/1.1:
    `fresh` ones, who connect for each call, and `kept` ones, who keep their connection until an answer says that it
    closes. None of them tries a call again that the server may have begun."""

    def __init__(self, address: str, product: str, connected: int, fresh: int, kept: int = 0) -> None:
        self.calls: list[Call] = []
        self.refused = 0
        self._address, self._product = address, product
        self._ends, self._lock = threading.Event(), threading.Lock()
        runs = [self._run_connected] * connected + [self._run_fresh] * fresh + [self._run_kept] * kept
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
        def call() -> str | None:
            with contextlib.closing(self._connect()) as connection:
                return self._post(connection, {"connection": "close"})

        self._repeat(call)

    def _run_kept(self) -> None:
        with contextlib.closing(self._connect()) as connection:
            # It connects anew by itself when an answer has closed it.
            self._repeat(lambda: self._post(connection, {}))

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._address.rsplit(":", 1)
        return http.client.HTTPConnection(host, int(port), timeout=CALL_SECONDS)

    def _post(self, connection: http.client.HTTPConnection, fields: dict[str, str]) -> str | None:
        body = f'{{"id": "{self._product}"}}'
        fields = {"content-type": "application/json", **fields}
        try:
            connection.request("POST", "/fastshop.catalog.v1.CatalogService/GetProduct", body, fields)
            answer = connection.getresponse()
            answer.read()
            return None if answer.status == 200 else f"status {answer.status}"
        except ConnectionRefusedError as error:
            with self._lock:
                self.refused += 1
            return repr(error)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return repr(error)

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
