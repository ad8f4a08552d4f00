"""HTTP/2 frames and header blocks byte by byte, valid or not (RFC 9113, RFC 7541)."""

import enum
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FRAME_BYTES_MAX = 16_384

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
UNKNOWN = 0xBB

END_STREAM, ACK, END_HEADERS, PADDED, PRIORITIZED = 0x1, 0x1, 0x4, 0x8, 0x20

HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = range(1, 6)


class Code(enum.IntEnum):
    """HTTP/2's error codes."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    SETTINGS_TIMEOUT = 4
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    CANCEL = 8
    COMPRESSION_ERROR = 9
    CONNECT_ERROR = 10
    ENHANCE_YOUR_CALM = 11


def frame(kind: int, stream: int = 0, payload: bytes = b"", flags: int = 0, declared: int | None = None) -> bytes:
    """One frame; `declared` lies about its length."""
    length = len(payload) if declared is None else declared
    return struct.pack(">I", length)[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(*pairs: tuple[int, int], ack: bool = False) -> bytes:
    return frame(SETTINGS, 0, b"".join(struct.pack(">HI", *pair) for pair in pairs), ACK if ack else 0)


def window_update(stream: int, increment: int) -> bytes:
    return frame(WINDOW_UPDATE, stream, struct.pack(">I", increment))


def reset(stream: int, code: Code = Code.CANCEL) -> bytes:
    return frame(RST_STREAM, stream, struct.pack(">I", code))


def priority(stream: int, depends_on: int, weight: int = 15) -> bytes:
    return frame(PRIORITY, stream, struct.pack(">IB", depends_on, weight))


def ping(opaque: bytes = b"12345678") -> bytes:
    return frame(PING, 0, opaque)


# Header blocks: HPACK's plainest forms, so that the reader sees what is on the wire.


def integer(value: int, prefix_bits: int, first: int = 0) -> bytes:
    limit = (1 << prefix_bits) - 1
    if value < limit:
        return bytes([first | value])
    out, value = [first | limit], value - limit
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def text(value: str | bytes) -> bytes:
    value = value.encode() if isinstance(value, str) else value
    return integer(len(value), 7) + value


def literal(name: str | bytes, value: str | bytes) -> bytes:
    """A field that leaves the table as it is."""
    return b"\x00" + text(name) + text(value)


def remembered(name: str | bytes, value: str | bytes) -> bytes:
    """A field that becomes the table's newest, number 62."""
    return b"\x40" + text(name) + text(value)


def indexed(number: int) -> bytes:
    return integer(number, 7, 0x80)


def fields(**changed: str | bytes | None) -> list[tuple[str, str | bytes]]:
    """The fields of a gRPC call; a field that is None is left out. Underscores become hyphens."""
    known: dict[str, str | bytes | None] = {
        ":method": "POST", ":scheme": "http", ":path": "/", ":authority": "shop",
        "te": "trailers", "content-type": "application/grpc",
    }
    for name, value in changed.items():
        name = name.replace("_", "-")
        known[f":{name}" if f":{name}" in known else name] = value
    return [(name, value) for name, value in known.items() if value is not None]


def block(listed: list[tuple[str | bytes, str | bytes]]) -> bytes:
    return b"".join(literal(name, value) for name, value in listed)


def headers(stream: int, header_block: bytes, end_stream: bool = False, end_headers: bool = True) -> bytes:
    """HEADERS, and CONTINUATIONs when one frame cannot hold the block."""
    pieces = [header_block[at:at + FRAME_BYTES_MAX] for at in range(0, len(header_block), FRAME_BYTES_MAX)] or [b""]
    out = []
    for number, piece in enumerate(pieces):
        flags = END_STREAM if end_stream and number == 0 else 0
        if end_headers and number == len(pieces) - 1:
            flags |= END_HEADERS
        out.append(frame(CONTINUATION if number else HEADERS, stream, piece, flags))
    return b"".join(out)


def data(stream: int, payload: bytes = b"", end_stream: bool = False) -> bytes:
    return frame(DATA, stream, payload, END_STREAM if end_stream else 0)


def message(payload: bytes, compressed: int = 0, declared: int | None = None) -> bytes:
    """gRPC's five bytes before a message; `declared` lies about its length."""
    return struct.pack(">BI", compressed, len(payload) if declared is None else declared) + payload
