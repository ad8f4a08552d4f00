"""Header blocks: too many, too large, never complete, small on the wire and huge in memory, or invalid."""

import pytest

from hostile import frames
from hostile.calls import CHECK, GOOD_CALL
from hostile.outcomes import CALM, MALFORMED, SERVED, any_of, goaway, reset, status
from hostile.frames import Code

# The server's limits (RPCLimits): all fields together, each counted with 32 bytes more, and their number.
HEADER_BYTES_MAX = 16 * 1024
HEADER_COUNT_MAX = 128
TOO_MUCH = any_of("RESOURCE_EXHAUSTED", CALM)


def listed_bytes(listed) -> int:
    return sum(len(name) + len(value) + 32 for name, value in listed)


def call_with(*more, **changed):
    """A good call but for its headers."""

    def attack(adversary):
        stream = adversary.next_stream()
        listed = frames.fields(**({"path": CHECK} | changed)) + list(more)
        adversary.send(frames.headers(stream, frames.block(listed)), frames.data(stream, GOOD_CALL[1], True))
        return stream

    return attack


def call_of_size(size: int):
    room = size - listed_bytes(frames.fields(path=CHECK)) - len("x-fill") - 32
    return call_with(("x-fill", "v" * room))


def call_of_count(count: int):
    return call_with(*((f"x-{number}", "v") for number in range(count - len(frames.fields(path=CHECK)))))


def continuations(payload: bytes, count: int = 100_000):
    """A header block that never ends."""

    def attack(adversary):
        stream = adversary.next_stream()
        adversary.send(frames.headers(stream, frames.block(frames.fields(path=CHECK)), end_headers=False))
        adversary.flood(frames.frame(frames.CONTINUATION, stream, payload), count)

    return attack


def bomb(blocks: int, references: int, value_bytes: int = 4_000):
    """One large value in the server's table, named again and again at a byte each."""

    def attack(adversary):
        first = adversary.next_stream()
        adversary.send(frames.headers(first, remembered_call(value_bytes)))
        body = frames.block(frames.fields(path=CHECK)) + frames.indexed(62) * references
        for _ in range(blocks):
            if adversary.closed or adversary.goaways:
                return None
            stream = adversary.next_stream()
            adversary.send(frames.headers(stream, body, True))
        return stream

    return attack


def remembered_call(value_bytes: int) -> bytes:
    return frames.block(frames.fields(path=CHECK)) + frames.remembered("x-bomb", "b" * value_bytes)


BOMBS = [
    ("a list just at the limit", call_of_size(HEADER_BYTES_MAX), SERVED),
    ("a list one byte above the limit", call_of_size(HEADER_BYTES_MAX + 1), status("RESOURCE_EXHAUSTED")),
    ("as many fields as there may be", call_of_count(HEADER_COUNT_MAX), SERVED),
    ("one field more", call_of_count(HEADER_COUNT_MAX + 1), status("RESOURCE_EXHAUSTED")),
    ("one field of 60 kB", call_with(("x-huge", "v" * 60_000)), TOO_MUCH),
    ("one field of 100 kB", call_with(("x-huge", "v" * 100_000)),
     any_of("RESOURCE_EXHAUSTED", CALM, Code.COMPRESSION_ERROR)),
    ("3,000 fields", call_with(*(("x", "") for _ in range(3_000))), TOO_MUCH),
    ("16 kB on the wire, 60 MB in memory", bomb(1, 15_000), CALM),
    ("a thousand small bombs", bomb(1_000, 40), CALM),
    ("CONTINUATION without an end", continuations(frames.literal("x", "y" * 100)), CALM),
    ("empty CONTINUATION without an end", continuations(b""), CALM),
    ("CONTINUATIONs of 16 KiB", continuations(frames.literal("x", "y" * 16_370), 1_000), CALM),
    ("a field that never ends, in CONTINUATIONs", continuations(b"\x00\x01x\x7f\x80\x80\x80\x01" + b"z" * 50),
     any_of(CALM, Code.COMPRESSION_ERROR)),
    ("a table larger than was agreed", lambda adversary: adversary.send(
        frames.headers(1, frames.integer(2**20, 5, 0x20) + frames.block(frames.fields(path=CHECK)))),
     goaway(Code.COMPRESSION_ERROR)),
    ("a field that the table does not have", lambda adversary: adversary.send(
        frames.headers(1, frames.block(frames.fields(path=CHECK)) + frames.indexed(120))),
     goaway(Code.COMPRESSION_ERROR)),
    ("a number without an end", lambda adversary: adversary.send(frames.headers(1, b"\xff" * 40)),
     goaway(Code.COMPRESSION_ERROR)),
]


@pytest.mark.parametrize(("attack", "outcome"), [row[1:] for row in BOMBS], ids=[row[0] for row in BOMBS])
def test_header_bombs(trial, attack, outcome):
    trial.withstands(attack, outcome)


# RFC 9113, section 8: malformed requests are errors of their stream.
WRONG = any_of(reset(Code.PROTOCOL_ERROR), MALFORMED)
RULES = [
    ("a name in upper case", call_with(("X-Upper", "v")), WRONG),
    ("an empty name", call_with(("", "v")), WRONG),
    ("a space in a name", call_with(("x y", "v")), WRONG),
    ("a line break in a value", call_with(("x", "a\r\nb: c")), WRONG),
    ("a NUL in a value", call_with(("x", b"a\0b")), WRONG),
    ("a pseudo-header that is none", call_with((":method2", "POST")), WRONG),
    ("a pseudo-header of answers", call_with((":status", "200")), WRONG),
    ("a pseudo-header after the others", call_with((":path", "/")), WRONG),
    ("no :method", call_with(method=None), WRONG),
    ("no :path", call_with(path=None), WRONG),
    ("no :scheme", call_with(scheme=None), WRONG),
    ("an empty :path", call_with(path=""), WRONG),
    ("a :path without a slash", call_with(path="CHECK"), WRONG),
    ("connection", call_with(("connection", "close")), WRONG),
    ("keep-alive", call_with(("keep-alive", "1")), WRONG),
    ("proxy-connection", call_with(("proxy-connection", "close")), WRONG),
    ("transfer-encoding", call_with(("transfer-encoding", "chunked")), WRONG),
    ("upgrade", call_with(("upgrade", "h2c")), WRONG),
    ("te that is not trailers", call_with(te="gzip"), WRONG),
]


@pytest.mark.parametrize(("attack", "outcome"), [row[1:] for row in RULES], ids=[row[0] for row in RULES])
def test_requests_against_the_rules(trial, attack, outcome):
    trial.withstands(attack, outcome)
