"""Calls that end before they begin: by the caller's resets, or by resets that the caller provokes."""

import pytest

from hostile import frames
from hostile.calls import CHECK, GET, HEALTH_WATCH
from hostile.outcomes import CALM, any_of
from hostile.frames import Code

CALLS = 20_000
# The frames of many calls in one write, which the server cannot distinguish from a fast network.
CALLS_AT_ONCE = 200


def calls_and(spoil, path: str = CHECK, end_stream: bool = False, body: bytes = b"", **changed):
    """`CALLS` calls, each followed by `spoil(stream)`, until the server has had enough."""
    block = frames.block(frames.fields(path=path, **changed))

    def attack(adversary):
        for _ in range(CALLS // CALLS_AT_ONCE):
            if adversary.closed or adversary.goaways:
                return
            pieces = []
            for _ in range(CALLS_AT_ONCE):
                stream = adversary.next_stream()
                pieces += [frames.headers(stream, block, end_stream)]
                pieces += [frames.data(stream, body, True)] if body else []
                pieces += [spoil(stream)]
            adversary.send(*pieces)

    return attack


RESETS = [
    # Rapid reset, CVE-2023-44487.
    ("calls reset at once", calls_and(frames.reset), CALM),
    ("whole calls reset at once", calls_and(frames.reset, body=frames.message(b"")), CALM),
    ("calls reset while their handlers work", calls_and(frames.reset, GET, body=frames.message(b"\x12\x01x")), CALM),
    ("subscriptions reset while they wait",
     calls_and(frames.reset, HEALTH_WATCH, body=frames.message(b"")), CALM),
    ("calls reset without an error", calls_and(lambda stream: frames.reset(stream, Code.NO_ERROR)), CALM),
    # Made-you-reset, CVE-2025-8671: what is wrong with a stream, the server itself has to reset.
    ("a window made greater by nothing", calls_and(lambda stream: frames.window_update(stream, 0)),
     any_of(CALM, Code.PROTOCOL_ERROR)),
    ("a window made greater than 2^31", calls_and(lambda stream: frames.window_update(stream, 2**31 - 1)), CALM),
    ("DATA after the end", calls_and(lambda stream: frames.data(stream, b"x"), HEALTH_WATCH, end_stream=True),
     any_of(CALM, Code.STREAM_CLOSED)),
    ("HEADERS after the end",
     calls_and(lambda stream: frames.headers(stream, frames.block([("x", "y")]), True), HEALTH_WATCH, end_stream=True),
     any_of(CALM, Code.STREAM_CLOSED, Code.PROTOCOL_ERROR)),
    ("a PRIORITY of the wrong length", calls_and(lambda stream: frames.frame(frames.PRIORITY, stream, b"1234")),
     any_of(CALM, Code.FRAME_SIZE_ERROR)),
    ("a PRIORITY that depends on itself", calls_and(lambda stream: frames.priority(stream, stream)),
     any_of(CALM, Code.PROTOCOL_ERROR)),
    ("more content than its length says",
     calls_and(lambda stream: frames.data(stream, b"xyz", True), content_length="1"), CALM),
    ("less content than its length says",
     calls_and(lambda stream: frames.data(stream, b"x", True), content_length="9"), CALM),
    ("trailers with a pseudo-header",
     calls_and(lambda stream: frames.headers(stream, frames.block([(":path", "/")]), True)), CALM),
    ("trailers that do not end",
     calls_and(lambda stream: frames.headers(stream, frames.block([("x", "y")]))), CALM),
    ("names in upper case", calls_and(lambda stream: b"", **{"X-Upper": "y"}), CALM),
    ("two lengths of content", calls_and(lambda stream: b"", content_length="1, 2"), CALM),
]


@pytest.mark.parametrize(("attack", "outcome"), [row[1:] for row in RESETS], ids=[row[0] for row in RESETS])
def test_resets(trial, attack, outcome):
    trial.withstands(attack, outcome)
