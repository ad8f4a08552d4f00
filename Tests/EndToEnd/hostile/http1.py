"""A client that writes any bytes of HTTP/1.1, and reads the responses."""

import contextlib
import select
import socket
import time

ANSWER_SECONDS_MAX = 20
# A server that reads nothing for this time has stopped its caller.
STOPPED_SECONDS = 0.5
CHUNK_BYTES = 65_536


class RawHTTP:
    """One connection. What is received is kept as it came."""

    def __init__(self, address: str) -> None:
        host, port = address.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS_MAX)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.closed = False

    def send(self, data: bytes) -> bool:
        """Whether the server takes it; it may have closed."""
        try:
            self._socket.sendall(data)
            return True
        except OSError:
            self.read_on()
            return False

    def send_until_stopped(self, piece: bytes, most: int) -> int:
        """Sends the same bytes again and again without reading, until the server takes no more. Returns their number.
        """
        self._socket.settimeout(STOPPED_SECONDS)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < most:
                sent += self._socket.send(piece)
        return sent

    def half_close(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        """Ends the connection with a reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._socket.close()

    def close(self) -> None:
        self._socket.close()

    def read_on(self) -> None:
        try:
            got = self._socket.recv(CHUNK_BYTES)
        except OSError:
            got = b""
        self.received += got
        self.closed = self.closed or not got

    def wait(self, met, seconds: float = ANSWER_SECONDS_MAX) -> bool:
        """Reads until `met()`, the end, or the time is up: whether it was met."""
        end = time.monotonic() + seconds
        while not met() and not self.closed and time.monotonic() < end:
            if select.select([self._socket], [], [], 0.1)[0]:
                self.read_on()
        return met()

    def read_to_end(self, seconds: float = ANSWER_SECONDS_MAX) -> list[int]:
        """The statuses of all answers, once the server has closed."""
        assert self.wait(lambda: self.closed, seconds), f"the connection goes on; it said {self.received[-500:]!r}"
        return self.statuses

    def wait_for_answers(self, count: int, seconds: float = ANSWER_SECONDS_MAX) -> list[int]:
        """The statuses, once that many whole answers are there."""
        assert self.wait(lambda: len(self._answers()) >= count, seconds), f"it said {self.received[-500:]!r}"
        return self.statuses

    @property
    def statuses(self) -> list[int]:
        """The statuses of all complete responses, except 100 Continue."""
        return [status for status, _ in self._answers() if status != 100]

    @property
    def bodies(self) -> list[bytes]:
        return [body for status, body in self._answers() if status != 100]

    def _answers(self) -> list[tuple[int, bytes]]:
        """Whole answers. A strict reader: anything but HTTP fails the test."""
        answers, rest = [], self.received
        while b"\r\n\r\n" in rest:
            head, rest = rest.split(b"\r\n\r\n", 1)
            lines = head.decode("latin-1").split("\r\n")
            version, status = lines[0].split(" ")[:2]
            assert version == "HTTP/1.1", lines[0]
            fields = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
            assert len(fields) == len(lines) - 1 or "vary" in fields, lines
            if int(status) in (100, 204, 304):
                body = b""
            elif "content-length" in fields:
                length = int(fields["content-length"])
                if len(rest) < length:
                    break
                body, rest = rest[:length], rest[length:]
            else:
                assert fields["transfer-encoding"] == "chunked"
                whole = dechunked(rest)
                if whole is None:
                    break
                body, rest = whole
            answers.append((int(status), body))
        return answers


def dechunked(data: bytes) -> tuple[bytes, bytes] | None:
    """The body and the bytes after it; None when it is incomplete."""
    body = b""
    while b"\r\n" in data:
        size, data = data.split(b"\r\n", 1)
        length = int(size, 16)
        if len(data) < length + 2:
            return None
        assert data[length:length + 2] == b"\r\n"
        body, data = body + data[:length], data[length + 2:]
        if length == 0:
            return body, data
    return None


LIST = "/fastshop.catalog.v1.CatalogService/ListProducts"
WATCH = "/fastshop.inventory.v1.InventoryService/WatchInventory"


def request(
    *fields: str, method: str = "POST", path: str = LIST, body: bytes = b"", host: str | None = "shop",
    kind: str | None = "application/json", length: bool = True,
) -> bytes:
    """A request that is well but for what is said otherwise. `length`: whether it has a content-length."""
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"host: {host}"] if host is not None else []
    lines += [f"content-type: {kind}"] if kind else []
    lines += [f"content-length: {len(body)}"] if length and method == "POST" else []
    return "\r\n".join([*lines, *fields, "", ""]).encode("latin-1") + body


HEALTHZ = b"GET /healthz HTTP/1.1\r\nhost: shop\r\n\r\n"
GOOD = request(body=b'{"pageSize":1}')
