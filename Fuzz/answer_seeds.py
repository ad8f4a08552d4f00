"""Seeds of what a server may answer: a call on stream 1, a stream of responses on stream 3."""

import gzip
import itertools
import struct

from rpc_seeds import (
    CONTINUATION,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PADDED,
    PING,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    data,
    field,
    frame,
    message,
    request,
)

OK = b"\x88"  # :status 200 of HPACK's static table
GRPC = OK + field("content-type", "application/grpc")


def headers(block, stream, flags=END_HEADERS):
    return frame(HEADERS, flags, stream, block)


def trailers(stream, status="0", *more):
    block = field("grpc-status", status) + b"".join(field(name, value) for name, value in more)
    return headers(block, stream, END_HEADERS | END_STREAM)


def only(stream, status, *more):
    block = GRPC + field("grpc-status", status) + b"".join(field(name, value) for name, value in more)
    return headers(block, stream, END_HEADERS | END_STREAM)


def answer(stream, *bodies, status="0"):
    return headers(GRPC, stream) + data(b"".join(map(message, bodies)), stream, 0) + trailers(stream, status)


def http(status, stream=1, kind="text/html", body=b"<html>"):
    block = b"\x08" + bytes([len(status)]) + status.encode() + field("content-type", kind)
    return headers(block, stream) + data(body, stream)


def answers():
    details = ("grpc-status-details-bin", "CAUSB21lc3NhZ2U")
    bodies = [
        b"",
        answer(1, request("a")) + answer(3, request("a"), request("b"), b""),
        answer(3) + answer(1),
        answer(1, request("a"), request("b")) + answer(3, request("x", b"y" * 1200)),
        only(1, "5", ("grpc-message", "gone%20away%"), details) + only(3, "14", ("grpc-retry-pushback-ms", "5")),
        only(1, "99") + only(3, "-1"),
        answer(1, request("a"), status="7") + trailers(3),
        headers(GRPC, 1) + data(b"\0\0\0", 1),
        headers(GRPC, 1) + data(b"\0\xff\xff\xff\xffabc", 1, 0) + trailers(1),
        headers(GRPC + field("grpc-encoding", "gzip"), 3)
        + data(message(gzip.compress(request("z" * 50), mtime=0), flag=1), 3, 0) + trailers(3),
        headers(GRPC + field("grpc-encoding", "deflate"), 3) + data(message(b"abc", flag=1), 3, 0) + trailers(3),
        headers(GRPC + field("grpc-encoding", "snappy"), 3) + data(message(b"abc", flag=1), 3, 0) + trailers(3),
        http("503") + http("200", 3),
        headers(b"\x08\x03103" + field("link", "x"), 1) * 3 + answer(1, b""),
        headers(b"\x08\x03100", 1, END_HEADERS | END_STREAM),
        frame(RST_STREAM, 0, 1, struct.pack(">I", 7)) + frame(RST_STREAM, 0, 3, struct.pack(">I", 0)),
        headers(GRPC, 1) + frame(RST_STREAM, 0, 1, struct.pack(">I", 8)),
        frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0) + b"no room"),
        frame(GOAWAY, 0, 0, struct.pack(">II", 1, 11) + b"too_many_pings") + answer(1, b""),
        frame(GOAWAY, 0, 0, struct.pack(">II", 2**31 - 1, 0)) + frame(PING, 0, 0, b"12345678") + answer(1, b"")
        + answer(3),
        frame(PING, 0, 0, b"12345678") * 20 + answer(1, b""),
        frame(SETTINGS, 0, 0, struct.pack(">HIHIHI", 3, 0, 4, 0, 1, 0)) + answer(1, b""),
        frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 2**31 - 1)),
        frame(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 2) + GRPC),
        headers(GRPC, 1, 0) + frame(CONTINUATION, 0, 1, field("x-a", "b")) * 3 + frame(CONTINUATION, END_HEADERS, 1)
        + data(message(b""), 1, 0) + trailers(1),
        frame(HEADERS, END_HEADERS | PADDED, 1, b"\x04" + GRPC + b"\0" * 4) + data(message(b""), 1, 0) + trailers(1),
        headers(GRPC + b"".join(field(f"x-{n}", "v" * 100) for n in range(30)), 1),
        headers(GRPC, 2) + headers(GRPC, 0) + headers(GRPC, 99),
        headers(field("x-early", "trailer"), 1) + headers(GRPC, 1),
        data(message(b""), 1, 0) + answer(1, b""),
        frame(0x77, 3, 5, b"unknown") + answer(1, b""),
        b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
    ]
    pieces = itertools.cycle([0, 0, 1, 9, 40])
    greeting = frame(SETTINGS) + frame(SETTINGS, 1)
    return [bytes([next(pieces) << 1 | 1]) + body for body in bodies] + [b"\0" + greeting + body for body in bodies[:6]]


SEEDS = {"answers": answers}
