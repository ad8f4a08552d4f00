"""Unusual and invalid frames: the former are served, the latter get the error code of RFC 9113."""

import struct

import pytest

from hostile import frames
from hostile.calls import CHECK, GOOD_CALL, HEALTH_WATCH
from hostile.outcomes import CALM, MALFORMED, SERVED, any_of, goaway, reset
from hostile.frames import Code, message

BLOCK = frames.block(frames.fields(path=CHECK))
BODY = GOOD_CALL[1]
TOO_LONG = goaway(Code.FRAME_SIZE_ERROR)
TOO_MUCH = goaway(Code.FLOW_CONTROL_ERROR)


def says(*pieces: bytes):
    return lambda adversary: adversary.send(*pieces)


def call_of(make):
    """A call made of the frames that `make(stream)` lists."""

    def attack(adversary):
        stream = adversary.next_stream()
        adversary.send(*make(stream))
        return stream

    return attack


def padded(kind: int, stream: int, payload: bytes, padding: int, flags: int = 0) -> bytes:
    return frames.frame(kind, stream, bytes([padding]) + payload + bytes(padding), flags | frames.PADDED)


def split(parts: int):
    """A header block in so many frames."""

    def make(stream: int) -> list[bytes]:
        size = -(-len(BLOCK) // parts)
        first, *rest = [BLOCK[at:at + size] for at in range(0, len(BLOCK), size)]
        continued = [
            frames.frame(frames.CONTINUATION, stream, part, frames.END_HEADERS if number == len(rest) else 0)
            for number, part in enumerate(rest, start=1)
        ]
        return [frames.frame(frames.HEADERS, stream, first), *continued, frames.data(stream, BODY, True)]

    return make


def after_settings(*pairs: tuple[int, int]):
    def attack(adversary):
        adversary.send(frames.settings(*pairs))
        return adversary.call(*GOOD_CALL)

    return attack


def window_that_shrinks_below_nothing(adversary):
    """More may have been sent than is allowed now: the response continues when the window grows again."""
    adversary.send(frames.settings((frames.INITIAL_WINDOW_SIZE, 3)))
    stream = adversary.call(*GOOD_CALL)
    adversary.wait(lambda: len(adversary.seen(stream).body) == 3)
    adversary.send(frames.settings((frames.INITIAL_WINDOW_SIZE, 0)), frames.window_update(stream, 1))
    adversary.wait(lambda: len(adversary.seen(stream).body) > 3, 0.2)
    assert len(adversary.seen(stream).body) == 3
    adversary.send(frames.settings((frames.INITIAL_WINDOW_SIZE, 65_535)))
    return stream


def answer_taken_byte_by_byte(adversary):
    adversary.send(frames.settings((frames.INITIAL_WINDOW_SIZE, 1)))
    stream = adversary.call(*GOOD_CALL)
    for _ in range(20):
        adversary.send(frames.window_update(stream, 1))
    adversary.answer(stream)
    adversary.send(frames.settings((frames.INITIAL_WINDOW_SIZE, 65_535)))
    return stream


def call_behind_a_farewell(adversary):
    """The caller accepts no new streams of the server; its own calls may finish."""
    stream = adversary.open(path=CHECK)
    adversary.send(
        frames.frame(frames.GOAWAY, 0, struct.pack(">II", 0, 0) + b"bye"), frames.data(stream, BODY, True))
    assert adversary.answer(stream).fields["grpc-status"] == "0"


def half_closed(adversary):
    """All was said; the answer can still be heard."""
    stream = adversary.call(*GOOD_CALL)
    adversary.half_close()
    assert adversary.answer(stream).fields["grpc-status"] == "0"


def preface_in_pieces(adversary):
    for byte in frames.PREFACE + frames.settings():
        adversary.send(bytes([byte]))
    return adversary.call(*GOOD_CALL)


class Nothing:
    """The attack has seen to its ending itself."""

    def check(self, adversary, stream) -> None:
        assert not adversary.goaways


LEGAL = [
    ("padding", call_of(lambda stream: [
        padded(frames.HEADERS, stream, BLOCK, 16, frames.END_HEADERS),
        padded(frames.DATA, stream, BODY, 255, frames.END_STREAM)]), SERVED),
    ("a priority within HEADERS", call_of(lambda stream: [
        frames.frame(
            frames.HEADERS, stream, struct.pack(">IB", 0, 5) + BLOCK, frames.END_HEADERS | frames.PRIORITIZED),
        frames.data(stream, BODY, True)]), SERVED),
    ("a header block in three frames", call_of(split(3)), SERVED),
    ("a header block in nine frames", call_of(split(9)), SERVED),
    ("trailers of the caller", call_of(lambda stream: [
        frames.headers(stream, BLOCK), frames.data(stream, BODY),
        frames.headers(stream, frames.block([("x-trailer", "1")]), True)]), SERVED),
    ("an end of its own", call_of(lambda stream: [
        frames.headers(stream, BLOCK), frames.data(stream, BODY), frames.data(stream, b"", True)]), SERVED),
    ("frames of unknown kinds in between", call_of(lambda stream: [
        frames.headers(stream, BLOCK), frames.frame(frames.UNKNOWN, stream, b"?"), frames.data(stream, BODY[:2]),
        frames.frame(frames.UNKNOWN, 0, b"?"), frames.data(stream, BODY[2:], True)]), SERVED),
    ("priorities in between", call_of(lambda stream: [
        frames.headers(stream, BLOCK), frames.priority(stream, 0), frames.priority(stream + 100, stream),
        frames.data(stream, BODY, True)]), SERVED),
    ("a PING and its answer in between", call_of(lambda stream: [
        frames.headers(stream, BLOCK), frames.ping(), frames.data(stream, BODY, True)]), SERVED),
    ("a table without room", after_settings((frames.HEADER_TABLE_SIZE, 0)), SERVED),
    ("a table without bound", after_settings((frames.HEADER_TABLE_SIZE, 2**32 - 1)), SERVED),
    ("settings that nobody knows", after_settings((0xF000, 1), (0xBEEF, 7)), SERVED),
    ("frames as large as may be", after_settings((frames.MAX_FRAME_SIZE, 2**24 - 1)), SERVED),
    ("an answer taken byte by byte", answer_taken_byte_by_byte, SERVED),
    ("a window that shrinks below nothing", window_that_shrinks_below_nothing, SERVED),
    ("streams that skip numbers", lambda adversary: [adversary.next_stream() for _ in range(50)] and adversary.call(
        *GOOD_CALL), SERVED),
    ("a farewell before the end", call_behind_a_farewell, Nothing()),
    ("half a connection", half_closed, Nothing()),
]

ILLEGAL = [
    ("HEADERS of no stream", says(frames.headers(0, BLOCK)), MALFORMED),
    ("DATA of no stream", says(frames.data(0, b"x")), MALFORMED),
    ("DATA of a stream that was never opened", says(frames.data(1, b"x")), MALFORMED),
    ("RST_STREAM of one", says(frames.reset(1)), MALFORMED),
    ("WINDOW_UPDATE of one", says(frames.window_update(1, 1)), MALFORMED),
    ("a stream with a server's number", says(frames.headers(2, BLOCK)), MALFORMED),
    ("a CONTINUATION of nothing", says(frames.frame(frames.CONTINUATION, 1, BLOCK, frames.END_HEADERS)), MALFORMED),
    ("a PING within a header block", says(frames.frame(frames.HEADERS, 1, BLOCK), frames.ping()), MALFORMED),
    ("another stream within a header block",
     says(frames.frame(frames.HEADERS, 1, BLOCK), frames.headers(3, BLOCK)), MALFORMED),
    ("a promise by the caller", call_of(lambda stream: [
        frames.headers(stream, BLOCK),
        frames.frame(frames.PUSH_PROMISE, stream, struct.pack(">I", 2) + BLOCK, frames.END_HEADERS)]), MALFORMED),
    ("SETTINGS of a stream", says(frames.frame(frames.SETTINGS, 1)), MALFORMED),
    ("SETTINGS of half a setting", says(frames.frame(frames.SETTINGS, 0, b"abc")), TOO_LONG),
    ("an acknowledgement that says something", says(frames.frame(frames.SETTINGS, 0, bytes(6), frames.ACK)), TOO_LONG),
    ("a PING of three bytes", says(frames.frame(frames.PING, 0, b"abc")), TOO_LONG),
    ("a WINDOW_UPDATE of three bytes", says(frames.frame(frames.WINDOW_UPDATE, 0, b"abc")), TOO_LONG),
    ("a window of more than 2^31", says(frames.settings((frames.INITIAL_WINDOW_SIZE, 2**31))), TOO_MUCH),
    ("a connection's window made greater than 2^31", says(frames.window_update(0, 2**31 - 1)), TOO_MUCH),
    ("a connection's window made greater by nothing", says(frames.window_update(0, 0)), MALFORMED),
    ("frames of at most 100 bytes", says(frames.settings((frames.MAX_FRAME_SIZE, 100))), MALFORMED),
    ("pushing: perhaps", says(frames.settings((frames.ENABLE_PUSH, 2))), MALFORMED),
    ("a frame larger than was agreed", says(frames.frame(frames.DATA, 0, b"", declared=2**24 - 1)), TOO_LONG),
    ("an unknown frame larger than was agreed", says(frames.frame(frames.UNKNOWN, 0, bytes(16_385))), TOO_LONG),
    ("padding longer than its frame", call_of(lambda stream: [
        frames.headers(stream, BLOCK), frames.frame(frames.DATA, stream, b"\xffabc", frames.PADDED)]), MALFORMED),
    ("a header block in ten frames", call_of(split(10)), CALM),
    ("HEADERS after a call's end", call_of(lambda stream: [
        frames.headers(stream, frames.block(frames.fields(path=HEALTH_WATCH))), frames.data(stream, message(b""), True),
        frames.headers(stream, BLOCK, True)]), any_of(reset(Code.STREAM_CLOSED), Code.STREAM_CLOSED)),
]


@pytest.mark.parametrize(("attack", "outcome"), [row[1:] for row in LEGAL], ids=[row[0] for row in LEGAL])
def test_what_is_legal_is_served(trial, attack, outcome):
    trial.withstands(attack, outcome)


@pytest.mark.parametrize(("attack", "outcome"), [row[1:] for row in ILLEGAL], ids=[row[0] for row in ILLEGAL])
def test_what_is_not_is_told_by_its_code(trial, attack, outcome):
    trial.withstands(attack, outcome)


def test_a_preface_in_pieces(trial):
    trial.withstands(preface_in_pieces, SERVED, greet=False)


def test_no_settings_behind_the_preface(trial):
    trial.withstands(says(frames.PREFACE, frames.ping()), MALFORMED, greet=False)
