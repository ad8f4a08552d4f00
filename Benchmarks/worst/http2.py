"""HTTP/2 as an attacker writes it: whole floods in one packet."""

import socket
import struct
import time

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 3, 4, 6, 8
END_STREAM, END_HEADERS = 1, 4
ANSWER_SECONDS_MAX = 20
WIDE_WINDOW = 1 << 30


def frame(kind: int, flags: int, stream: int, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + body


def message(body: bytes = b"", compressed: int = 0) -> bytes:
    return struct.pack(">BI", compressed, len(body)) + body


class Attacker:
    """One connection, which sends what it is told and reads until the server has nothing more to say."""

    def __init__(self, address: str) -> None:
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS_MAX)
        self.encoder = hpack.Encoder()
        settings = frame(SETTINGS, 0, 0, struct.pack(">HI", 4, WIDE_WINDOW))
        self.socket.sendall(PREFACE + settings + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", WIDE_WINDOW)))
        self.stream = 1

    def head(self, path: str, more: list[tuple[str, str]] = (), ends: bool = False, method: str = "POST") -> bytes:
        """The header frame of the next call."""
        fields = [
            (":method", method), (":scheme", "http"), (":path", path), (":authority", "shop"), ("te", "trailers"),
            ("content-type", "application/grpc"), *more,
        ]
        block = self.encoder.encode(fields)
        flags = END_HEADERS | (END_STREAM if ends else 0)
        made = frame(HEADERS, flags, self.stream, block)
        self.stream += 2
        return made

    def call(self, path: str, body: bytes = b"", more: list[tuple[str, str]] = ()) -> bytes:
        """A whole call."""
        stream = self.stream
        return self.head(path, more) + frame(DATA, END_STREAM, stream, message(body))

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # it was shut out for what it did

    def read_all(self, quiet_seconds: float = 0.3) -> int:
        """Bytes until the server is quiet."""
        total = 0
        self.socket.settimeout(quiet_seconds)
        end = time.monotonic() + ANSWER_SECONDS_MAX
        try:
            while time.monotonic() < end and (data := self.socket.recv(1 << 18)):
                total += len(data)
        except OSError:
            pass
        return total

    def close(self) -> None:
        self.socket.close()
