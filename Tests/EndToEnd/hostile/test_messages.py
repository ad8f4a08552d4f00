"""Messages that are too large or invalid, before or after decompression."""

import gzip
import zlib

import pytest

from hostile import frames
from hostile.calls import CHECK, GET, STOCK
from hostile.outcomes import SERVED, any_of, http, reset, status
from hostile.frames import Code, message

CALLS = 200
# The maximum size of a request of GetProduct (docs/api.md); that of GetStock, which has a list, is larger.
MESSAGE_BYTES_MAX = 24 * 2**10
GIB = 2**30
# The permitted time for reading one message in a debug build: without a limit on the number of fields, it was half a
# second.
READING_SECONDS_MAX = 0.1
TOO_LONG = status("RESOURCE_EXHAUSTED")
# A request that exceeds the stream's window violates flow control. The part that has arrived when its refusal is sent
# decides which of its two errors is reported first (RFC 9113, 6.9.1).
BEYOND_WINDOW = any_of("RESOURCE_EXHAUSTED", http("429"), reset(Code.FLOW_CONTROL_ERROR))
NEVER_A_MESSAGE = any_of("INVALID_ARGUMENT", "INTERNAL")
JSON = {"content_type": "application/json", "te": None}


def calls_with(body: bytes, path: str = GET, count: int = CALLS, **changed):
    """So many calls one after another; the last one's ending counts."""

    def attack(adversary):
        for _ in range(count):
            stream = adversary.call(path, body, **changed)
            adversary.answer(stream)
        return stream

    return attack


def announced(length: int):
    """A message of which only the beginning ever comes, on many streams."""

    def attack(adversary):
        streams = [adversary.open(path=GET) for _ in range(CALLS)]
        for stream in streams:
            adversary.send(frames.data(stream, message(b"x" * 1_000, declared=length)))
        adversary.answer(streams[-1])
        return streams[-1]

    return attack


def field(number: int, payload: bytes) -> bytes:
    """One of protobuf's length-delimited fields."""
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def nested(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = field(1, inner)
    return inner


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(2**20)
    return b"".join(packer.compress(zeros) for _ in range(size // len(zeros))) + packer.flush()


MESSAGES = [
    ("a gigabyte announced", announced(GIB), status("RESOURCE_EXHAUSTED")),
    ("four gigabytes announced", announced(2**32 - 1), status("RESOURCE_EXHAUSTED")),
    ("one byte above the limit", calls_with(message(bytes(MESSAGE_BYTES_MAX + 1)), count=4),
     TOO_LONG),
    ("text that is no UTF-8", calls_with(message(field(1, b"\xff\xfe\xc0\x80"))), NEVER_A_MESSAGE),
    ("text that is cut in the middle of a letter", calls_with(message(field(1, b"\xe2\x82"))), NEVER_A_MESSAGE),
    ("a field that ends behind the message", calls_with(message(b"\x0a\x7fabc")), NEVER_A_MESSAGE),
    ("a field of almost 2^64 bytes", calls_with(message(b"\x0a" + b"\xff" * 9 + b"\x01")), NEVER_A_MESSAGE),
    ("a number that never ends", calls_with(message(b"\x08" + b"\xff" * 1_000)), NEVER_A_MESSAGE),
    ("a wire type that there is not", calls_with(message(b"\x0f")), NEVER_A_MESSAGE),
    ("a group without an end", calls_with(message(b"\x0b" * 10_000)), NEVER_A_MESSAGE),
    ("messages within messages, 5,000 deep", calls_with(message(nested(2_000) + b"\x0b" * 5_000), count=20),
     NEVER_A_MESSAGE),
    ("an unknown field as long as may be", calls_with(message(field(999, bytes(8_000))), CHECK, count=50), SERVED),
    ("an unknown field of 3 MiB", calls_with(message(field(999, bytes(3 * 2**20))), CHECK, count=5), BEYOND_WINDOW),
    ("unknown fields without number", calls_with(message(field(999, b"") * 500_000), CHECK, count=3), BEYOND_WINDOW),
    ("the same field as often as may be", calls_with(message(field(1, b"") * 8_000), count=20), NEVER_A_MESSAGE),
    ("a list as long as may be", calls_with(message(field(1, b"") * 32_000), STOCK, count=20), NEVER_A_MESSAGE),
    ("a million entries of a list", calls_with(message(field(1, b"") * 1_000_000), STOCK, count=3), BEYOND_WINDOW),
    ("a list as long as may be, in JSON", calls_with(b'{"variantIds":[""' + b',""' * 21_000 + b"]}", STOCK, 10, **JSON),
     http("400")),
    ("a million entries of a list in JSON", calls_with(b'{"variantIds":[""' + b',""' * 10**6 + b"]}", STOCK, 3, **JSON),
     BEYOND_WINDOW),
    ("a million fields in JSON", calls_with(b'{"id":""' + b',"id":""' * 400_000 + b"}", count=3, **JSON),
     BEYOND_WINDOW),
    ("a gigabyte in a megabyte of gzip", calls_with(message(bomb(GIB), 1), count=2, grpc_encoding="gzip"),
     BEYOND_WINDOW),
    ("eight megabytes in eight kilobytes of gzip",
     calls_with(message(bomb(8 * 2**20), 1), count=50, grpc_encoding="gzip"), TOO_LONG),
    ("gzip in gzip", calls_with(message(gzip.compress(bomb(8 * 2**20)), 1), grpc_encoding="gzip"), NEVER_A_MESSAGE),
    ("gzip that is none", calls_with(message(b"\x1f\x8b" + b"\xff" * 100, 1), grpc_encoding="gzip"),
     status("INTERNAL")),
    ("JSON within JSON, 3,000 deep", calls_with(b'{"a":' * 3_000, count=10, **JSON), http("400")),
    ("lists within lists, 16,000 deep", calls_with(b"[" * 16_000, count=10, **JSON), http("400")),
    ("a number of 16 kilobytes", calls_with(b'{"pageSize":' + b"1" * 16_000 + b"}", count=5, **JSON), http("400")),
    # Few enough that all answers fit the window, which the adversary never opens again.
    ("JSON that is no UTF-8", calls_with(b'{"id":"\xff\xfe"}', count=20, **JSON), http("400")),
    ("half of a pair of surrogates", calls_with(b'{"id":"\\ud800"}', count=20, **JSON), http("400")),
]


@pytest.mark.parametrize(("attack", "outcome"), [row[1:] for row in MESSAGES], ids=[row[0] for row in MESSAGES])
def test_a_message(trial, attack, outcome):
    trial.withstands(attack, outcome, cpu_max=10, work_seconds=READING_SECONDS_MAX)
