"""A malicious client: one socket, any bytes, and a record of all responses."""

import dataclasses
import select
import socket
import ssl
import struct
import time

import hpack

from hostile import frames
from hostile.frames import Code

ANSWER_SECONDS_MAX = 6
CHUNK_BYTES = 64 * 1024


@dataclasses.dataclass
class StreamSeen:
    """The responses on one stream."""

    fields: dict[str, str] = dataclasses.field(default_factory=dict)
    body: bytes = b""
    ended: bool = False
    reset: Code | None = None


class Adversary:
    """A connection that sends any bytes, and reads at the same time, so that neither side blocks. `greet` sends a
    correct preface and SETTINGS; `source` is its address, any of 127.0.0.0/8."""

    def __init__(self, address: str, greet: bool = True, tls: bool = False, source: str = "127.0.0.1") -> None:
        host, port = address.rsplit(":", 1)
        self._socket = socket.create_connection(
            (host, int(port)), timeout=ANSWER_SECONDS_MAX, source_address=(source, 0))
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.set_alpn_protocols(["h2"])
            self._socket = context.wrap_socket(self._socket)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)
        self._received = bytearray()
        self._decoder = hpack.Decoder(max_header_list_size=2**20)
        self._block = b""
        self.closed = False
        self.goaways: list[Code] = []
        self.last_ids: list[int] = []  # of the GOAWAYs
        self.streams: dict[int, StreamSeen] = {}
        self.pings_answered = 0
        self.settings_answered = 0
        self.raw_start = b""
        self._next_stream = 1
        if greet:
            self.send(frames.PREFACE + frames.settings())

    # Speaking.

    def send(self, *pieces: bytes) -> None:
        """Until all has gone or the server has closed."""
        waiting = memoryview(b"".join(pieces))
        end = time.monotonic() + ANSWER_SECONDS_MAX
        while waiting and not self.closed:
            assert time.monotonic() < end, f"the server took no more bytes for {ANSWER_SECONDS_MAX} s"
            readable, writable, _ = select.select([self._socket], [self._socket], [], 0.1)
            if readable:
                self._read()
            if writable and not self.closed:
                try:
                    waiting = waiting[self._socket.send(waiting[:CHUNK_BYTES]):]
                except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    pass
                except OSError:
                    self._drain()

    def flood(self, piece: bytes, count: int) -> None:
        """The same bytes `count` times, or until the server has had enough."""
        at_once = max(1, CHUNK_BYTES // len(piece))
        while count > 0 and not self.closed and not self.goaways:
            self.send(piece * min(count, at_once))
            count -= at_once

    def half_close(self) -> None:
        """Ends sending, and continues to read."""
        self._socket.shutdown(socket.SHUT_WR)

    def next_stream(self) -> int:
        self._next_stream += 2
        return self._next_stream - 2

    def open(self, end_stream: bool = False, **changed: str | bytes | None) -> int:
        """Begins a call whose headers are well but for what is changed."""
        stream = self.next_stream()
        self.send(frames.headers(stream, frames.block(frames.fields(**changed)), end_stream))
        return stream

    def call(self, path: str, body: bytes, **changed: str | bytes | None) -> int:
        """A whole call: headers, body, end."""
        stream = self.next_stream()
        pieces = [body[at:at + frames.FRAME_BYTES_MAX] for at in range(0, len(body), frames.FRAME_BYTES_MAX)] or [b""]
        self.send(
            frames.headers(stream, frames.block(frames.fields(path=path, **changed))),
            *(frames.data(stream, piece) for piece in pieces[:-1]), frames.data(stream, pieces[-1], True))
        return stream

    # Hearing.

    def wait(self, met, seconds: float = ANSWER_SECONDS_MAX) -> bool:
        """Reads until `met()` or `seconds` have passed: whether it was met."""
        end = time.monotonic() + seconds
        while not met():
            left = end - time.monotonic()
            if left <= 0 or self.closed:
                return met()
            if select.select([self._socket], [], [], min(left, 0.1))[0]:
                self._read()
        return True

    def answer(self, stream: int) -> StreamSeen:
        """The result of the stream."""
        seen = self.seen(stream)
        self.wait(lambda: seen.ended or seen.reset is not None)
        return seen

    def seen(self, stream: int) -> StreamSeen:
        return self.streams.setdefault(stream, StreamSeen())

    def _drain(self) -> None:
        """The server has reset the connection: what it said before still waits to be read."""
        while not self.closed:
            self._read()

    def _read(self) -> None:
        try:
            got = self._socket.recv(CHUNK_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:
            got = b""
        if not got:
            self.closed = True
            return
        if len(self.raw_start) < 4096:
            self.raw_start += got[:4096]
        self._received += got
        self._parse()

    def _parse(self) -> None:
        at = 0
        while len(self._received) - at >= 9:
            length = int.from_bytes(self._received[at:at + 3], "big")
            kind, flags, stream = struct.unpack_from(">BBI", self._received, at + 3)
            if len(self._received) - at < 9 + length:
                break
            payload = bytes(self._received[at + 9:at + 9 + length])
            at += 9 + length
            self._note(kind, flags, stream, payload)
        del self._received[:at]

    def _note(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        match kind:
            case frames.GOAWAY:
                self.goaways.append(Code(struct.unpack_from(">I", payload, 4)[0]))
                self.last_ids.append(struct.unpack_from(">I", payload)[0])
            case frames.RST_STREAM:
                self.seen(stream).reset = Code(struct.unpack(">I", payload)[0])
            case frames.HEADERS | frames.CONTINUATION:
                self._block += payload
                if flags & frames.END_HEADERS:
                    self.seen(stream).fields.update(self._decoder.decode(self._block))
                    self._block = b""
            case frames.DATA:
                self.seen(stream).body += payload
            case frames.PING if flags & frames.ACK:
                self.pings_answered += 1
            case frames.SETTINGS if flags & frames.ACK:
                self.settings_answered += 1
        if kind in (frames.DATA, frames.HEADERS) and flags & frames.END_STREAM:
            self.seen(stream).ended = True

    def close(self) -> None:
        self.closed = True
        self._socket.close()
