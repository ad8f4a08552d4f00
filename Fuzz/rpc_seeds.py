"""Seeds of what a caller may send: sessions of HTTP/2, bodies of calls, metadata, timeouts."""

import gzip
import itertools
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, PADDED = 1, 4, 8


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def string(text):
    data = text.encode() if isinstance(text, str) else text
    if len(data) < 127:
        return bytes([len(data)]) + data
    return bytes([127, (len(data) - 127) & 127 | 128, len(data) - 127 >> 7]) + data


def field(name, value):
    return b"\0" + string(name) + string(value)


def head(path, *more, kind="application/grpc"):
    # 0x83 and 0x86: POST and http of HPACK's static table.
    block = b"\x83\x86" + field(":path", path) + field(":authority", "fuzz") + field("te", "trailers")
    return block + field("content-type", kind) + b"".join(field(name, value) for name, value in more)


def headers(path, *more, stream=1, flags=END_HEADERS, **options):
    return frame(HEADERS, flags, stream, head(path, *more, **options))


def message(payload, flag=0):
    return struct.pack(">BI", flag, len(payload)) + payload


def request(text="a", payload=b""):
    """An EchoRequest; its lengths fit two bytes of a varint."""
    size = len(payload)
    length = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    return b"\x0a" + string(text) + (b"\x12" + length + payload if payload else b"")


def data(payload, stream=1, flags=END_STREAM):
    return frame(DATA, flags, stream, payload)


def call(path, *bodies, stream=1, more=()):
    return headers(path, *more, stream=stream) + data(b"".join(map(message, bodies)), stream)


def http2():
    echo, chat, collect = "/fuzz.Fuzz/Echo", "/fuzz.Fuzz/Chat", "/fuzz.Fuzz/Collect"
    reflect = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
    sleep = headers("/fuzz.Fuzz/Sleep", ("grpc-timeout", "5m")) + data(message(request()))
    opened = headers(chat) + data(message(request()), flags=0)
    bodies = [
        b"",
        call(echo, request("hello", b"bytes" * 20)),
        call("/fuzz.Fuzz/Fail", request()),
        call("/fuzz.Fuzz/Repeat", request("r", b"x" * 300)),
        call(collect, request("a"), request("b"), request("c")),
        call(chat, request("a"), request("b")),
        call("/nowhere/Nothing", request()),
        call("/", request()),
        call("/grpc.health.v1.Health/Check", b""),
        call("/grpc.health.v1.Health/Watch", b""),
        call(reflect, b"\x3a\0", b"\x22\x0ebench.v1.Bench"),
        sleep,
        sleep + frame(RST_STREAM, 0, 1, struct.pack(">I", 8)),
        opened + frame(RST_STREAM, 0, 1, struct.pack(">I", 8)),
        opened + frame(HEADERS, END_HEADERS | END_STREAM, 1, field("x-trailer", "end")),
        opened + frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0)) + data(b""),
        b"".join(call(echo, request(str(n)), stream=n) for n in range(1, 41, 2)),
        b"".join(headers(chat, stream=n) + frame(RST_STREAM, 0, n, struct.pack(">I", 8)) for n in range(1, 41, 2)),
        frame(PING, 0, 0, b"12345678") * 20 + call(echo, request()),
        frame(SETTINGS, 0, 0, struct.pack(">HIHI", 4, 1, 1, 0)) + call("/fuzz.Fuzz/Repeat", request("r", b"y" * 200)),
        frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0)) + call(echo, request())
        + frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 1)) + frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 1000)),
        frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x7FFFFFFF)) * 2,
        frame(PRIORITY, 0, 1, struct.pack(">IB", 3, 200)) + call(echo, request()),
        frame(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 2) + head(echo)),
        headers(echo, flags=0) + frame(CONTINUATION, 0, 1, field("x-a", "b")) * 8
        + frame(CONTINUATION, END_HEADERS, 1) + data(message(request())),
        frame(HEADERS, END_HEADERS | PADDED, 1, b"\x04" + head(echo) + b"\0" * 4)
        + frame(DATA, END_STREAM | PADDED, 1, b"\x03" + message(request()) + b"\0" * 3),
        headers(echo, flags=END_HEADERS | END_STREAM),
        headers(echo) + data(message(request()) + b"\0\0"),
        headers(collect) + data(b"\0\0\0\xff\xff"),
        headers(echo, kind="text/html") + data(b"hello"),
        headers(echo, ("content-length", "3")) + data(message(request())),
        headers(echo, ("x-bytes-bin", "AAEC,AwQ="), ("grpc-timeout", "1H"), ("x-empty", "")) + data(message(request())),
        headers(echo, ("grpc-encoding", "gzip")) + data(message(gzip.compress(request("z" * 50), mtime=0), flag=1)),
        headers(echo, ("X-Upper", "a")) + data(message(request())),
        headers(echo, *((f"x-{n}", "v" * 100) for n in range(20))) + data(message(request())),
        headers(echo, ("transfer-encoding", "chunked")) + data(message(request())),
        headers(echo) * 2 + data(b"") * 2,
        headers(echo, stream=2) + headers(echo, stream=0),
        frame(HEADERS, END_HEADERS, 1, b"\x3f\xe1\xff\xff\xff\x0f" + head(echo)),
        frame(HEADERS, END_HEADERS, 1, b"\x40" + string("x-big") + string(b"v" * 400) + b"\xbe" * 100 + head(echo)),
        frame(0x77, 3, 5, b"unknown") + call(echo, request()),
        data(b"early") + call(echo, request()),
    ]
    greeting = PREFACE + frame(SETTINGS) + frame(SETTINGS, 1)
    sessions = [greeting + body for body in bodies]
    sessions += [PREFACE, PREFACE[:10], PREFACE + call(echo, request()), b"\x16\3\1"]
    sessions += [b"GET / HTTP/1.1\r\nHost: fuzz\r\n\r\n"]
    pieces = itertools.cycle([0, 0, 1, 9, 40])
    return [bytes([next(pieces)]) + session for session in sessions]


def framing():
    bodies = [
        b"",
        message(b""),
        message(b"") * 30,
        b"".join(message(request(text, b"p" * size)) for text, size in [("a", 0), ("b", 10), ("c", 500)]),
        message(request("exactly", b"l" * (1000 - 12))),
        message(request("beyond", b"l" * 1200)),
        message(request("a")) + message(request("beyond", b"l" * 1200)),
        message(request("a")) + message(request("b"))[:-1],
        message(request("a")) + b"\0",
        message(b"\x0a\x05ab"),
        message(request("a")) + message(b"\xff\xff\xff"),
        b"\0\xff\xff\xff\xff",
        b"\0\x7f\xff\xff\xffabc",
        b"\0\0\0\0\1",
    ]
    packed = [gzip.compress(request("z" * size), mtime=0) for size in (1, 100, 900, 5000)]
    compressed = [message(data, flag=1) for data in packed] + [
        message(packed[1] + packed[1], flag=1), message(packed[1][:-3], flag=1), message(b"", flag=1),
        message(b"x", flag=2),
    ]
    inputs = [bytes([size, 0]) + body for size in (0, 1, 7) for body in bodies]
    return inputs + [bytes([0, encoding]) + body for encoding in range(4) for body in compressed + bodies[3:4]]


def metadata():
    lists = [
        [("x-a", "b")],
        [("x-a", "1"), ("x-b", "2"), ("x-a", "3")],
        [("x-empty", ""), ("x-spaces", "a b  c"), ("x-edge", " a ")],
        [("x-data-bin", "AAEC"), ("x-data-bin", "AA=="), ("x-data-bin", "AA,AAE, AAEC="), ("x-data-bin", "")],
        [("x-data-bin", "A"), ("x-data-bin", "A*=="), ("x-data-bin", "////"), ("x-data-bin", "__--"), ("x-d-bin", ",")],
        [("x-percent", "100%25 na%C3%AFve"), ("x-percent", "%"), ("x-percent", "%4"), ("x-percent", "%zz%41")],
        [("x-utf8", "naïve"), ("x-nul", "a\0b"), ("x-line", "a\r\nb: c")],
        [("X-Upper", "a"), ("x space", "b"), ("x:colon", "c"), ("", "d")],
        [("grpc-status", "0"), ("grpc-timeout", "1S"), ("grpc-encoding", "identity"), ("grpc-message", "m")],
        [(":path", "/x"), (":unknown", "y"), ("host", "h"), ("connection", "close"), ("te", "gzip")],
        [("content-length", "5"), ("content-type", "application/grpc"), ("user-agent", "fuzz")],
        [(f"x-{n}", "v" * n) for n in range(40)],
        [("x-" + "n" * 200, "v" * 255)],
    ]
    return [b"".join(bytes([len(t.encode())]) + t.encode() for pair in pairs for t in pair) for pairs in lists]


def timeout():
    amounts = ["0", "1", "00000001", "99999999", "100000000", "2562047", "1281023", "1281024", "-1", "+1", " 1", ""]
    return [(amount + unit).encode() for amount in amounts for unit in ["H", "M", "S", "m", "u", "n", "s", ""]]


SEEDS = {"http2": http2, "framing": framing, "metadata": metadata, "timeout": timeout}
