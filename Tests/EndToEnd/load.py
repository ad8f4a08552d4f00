"""Several callers at once, each with one call after the other, and a record of how each call ended."""

import collections
import threading
import time

import grpc
from shop_server import FRESH_CHANNEL
from waiting import wait_until

# grpcio's messages for a call whose connection was cut while the call may have been running, and for a call without a
# connection.
CUT = ("Socket closed", "Connection reset", "Broken pipe")
NOT_CONNECTED = "failed to connect to all addresses"


class Load:
    """`call(channel, metadata)` makes one call; each caller has a connection of its own."""

    def __init__(self, server, callers: int, call, metadata=()) -> None:
        self.codes: collections.Counter[grpc.StatusCode] = collections.Counter()
        self.results: list = []
        self.cut: list[str] = []
        self._server, self._call, self._metadata = server, call, metadata
        self._ends, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._run) for _ in range(callers)]
        for thread in self._threads:
            thread.start()

    def _run(self) -> None:
        with grpc.insecure_channel(self._server.address, options=FRESH_CHANNEL) as channel:
            while not self._ends.is_set():
                try:
                    self._note(grpc.StatusCode.OK, self._call(channel, self._metadata))
                except grpc.RpcError as error:
                    self._note(error.code(), None, error.details())
                    time.sleep(0.01)

    def _note(self, code: grpc.StatusCode, result, details: str = "") -> None:
        with self._lock:
            self.codes[code] += 1
            if code == grpc.StatusCode.OK:
                self.results.append(result)
            elif any(words in details for words in CUT) and NOT_CONNECTED not in details:
                self.cut.append(details)

    def wait_for(self, code: grpc.StatusCode, more: int, seconds: float) -> None:
        """Until so many more calls have ended like that."""
        wanted = self.codes[code] + more
        wait_until(
            lambda: self.codes[code] >= wanted, lambda: f"only {dict(self.codes)} after {seconds} s", within=seconds)

    def stop(self) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()
