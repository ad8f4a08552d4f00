"""Floods of cheap frames: the connection ends with ENHANCE_YOUR_CALM, and other clients are not affected."""

import pytest

from hostile import frames
from hostile.calls import CHECK, GET, GOOD_CALL, HEALTH_WATCH
from hostile.outcomes import CALM, SERVED, any_of
from hostile.frames import message

FRAMES = 100_000


def flood_of(piece: bytes, count: int = FRAMES):
    return lambda adversary: adversary.flood(piece, count)


def of_an_open_call(piece_for, count: int = FRAMES):
    """The frames belong to a call that waits for its message."""

    def attack(adversary):
        stream = adversary.open(path=GET)
        adversary.flood(piece_for(stream), count)

    return attack


def of_a_finished_call(piece_for, count: int = FRAMES):
    def attack(adversary):
        stream = adversary.call(*GOOD_CALL)
        adversary.answer(stream)
        adversary.flood(piece_for(stream), count)

    return attack


def half_closed_data(adversary):
    """DATA on a stream that the caller itself has ended, each answered by a reset, on ever new streams."""
    for _ in range(5_000):
        if adversary.closed or adversary.goaways:
            return
        stream = adversary.open(end_stream=True, path=HEALTH_WATCH)
        adversary.send(frames.data(stream, b"more"))


def byte_by_byte(adversary):
    """Slow to send, but legal."""
    stream = adversary.open(path=CHECK)
    body = message(b"\x0a\x00" * 4_000)
    adversary.send(*(frames.data(stream, body[at:at + 1]) for at in range(len(body))), frames.data(stream, b"", True))
    return stream


def calls_without_a_body(adversary):
    block = frames.block(frames.fields(path=CHECK))
    for _ in range(50):
        streams = [adversary.next_stream() for _ in range(100)]
        adversary.send(*(frames.headers(stream, block, True) for stream in streams))
        assert adversary.answer(streams[-1]).fields["grpc-status"] != "0"


FLOODS = [
    ("PING", flood_of(frames.ping()), CALM),
    ("PING acknowledgements that nobody awaits", flood_of(frames.frame(frames.PING, 0, bytes(8), frames.ACK)), CALM),
    ("empty SETTINGS", flood_of(frames.settings()), CALM),
    ("SETTINGS acknowledgements that nobody awaits", flood_of(frames.settings(ack=True)),
     any_of(CALM, frames.Code.PROTOCOL_ERROR)),
    ("header table sizes, thrashed",
     flood_of(frames.settings((frames.HEADER_TABLE_SIZE, 0)) + frames.settings((frames.HEADER_TABLE_SIZE, 65_536))),
     CALM),
    ("PRIORITY", flood_of(frames.priority(1, 0)), CALM),
    ("PRIORITY of ever new streams",
     lambda adversary: adversary.send(*(frames.priority(2 * n + 1, 0) for n in range(FRAMES))), CALM),
    ("streams that depend on each other in a circle",
     flood_of(frames.priority(3, 5) + frames.priority(5, 7) + frames.priority(7, 3)), CALM),
    ("frames of an unknown kind", flood_of(frames.frame(frames.UNKNOWN)), CALM),
    ("frames of an unknown kind, 1 KiB each", flood_of(frames.frame(frames.UNKNOWN, 0, bytes(1024)), 20_000), CALM),
    ("WINDOW_UPDATE of the connection", flood_of(frames.window_update(0, 1)), CALM),
    ("WINDOW_UPDATE of a call", of_an_open_call(lambda stream: frames.window_update(stream, 1)), CALM),
    ("WINDOW_UPDATE of a call that is over", of_a_finished_call(lambda stream: frames.window_update(stream, 1)), CALM),
    ("empty DATA", of_an_open_call(frames.data), CALM),
    ("DATA that is only padding",
     of_an_open_call(lambda stream: frames.frame(frames.DATA, stream, b"\xff" + bytes(255), frames.PADDED), 20_000),
     CALM),
    # Bytes that may be on their way when the response comes early.
    ("DATA of a call that is over", of_a_finished_call(lambda stream: frames.data(stream, b"x")),
     any_of(SERVED, frames.Code.STREAM_CLOSED)),
    ("DATA of calls that their caller has ended", half_closed_data, any_of(CALM, frames.Code.STREAM_CLOSED)),
    ("a message byte by byte", byte_by_byte, SERVED),
    ("calls without a body", calls_without_a_body, SERVED),
    ("many small messages in one DATA",
     lambda adversary: adversary.call(CHECK, message(b"") * 3_000), any_of("INTERNAL", "UNIMPLEMENTED")),
]


@pytest.mark.parametrize(("attack", "outcome"), [row[1:] for row in FLOODS], ids=[row[0] for row in FLOODS])
def test_a_flood(trial, attack, outcome):
    trial.withstands(attack, outcome)
