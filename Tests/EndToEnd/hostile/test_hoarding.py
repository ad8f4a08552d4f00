"""Callers who make the server hold much: requests that they do not finish, answers that they do not read."""

from fastshop.catalog.v1 import catalog_service_pb2 as catalog
from hostile import frames
from hostile.calls import GET, LIST
from hostile.endings import SERVED, any_of, goaway, reset
from hostile.frames import Code, message
from hostile.siege import MIB

# The server's limits (RPCLimits): what every call may send at once, and what a connection may hold of either kind.
HEAD_START_BYTES = 65_535
HELD_BYTES_MAX = 64 * MIB
# What the server keeps beside the bytes themselves, and what calls at work add when no other may start any more.
SLACK_BYTES = 48 * MIB
STREAMS = 900
LARGE_BYTES = 4 * MIB - 16
BATCH = 50
EVERYTHING = 2**30


def all_received(adversary) -> None:
    """Waits until the server has read what was sent: it acknowledges the SETTINGS behind it."""
    answered = adversary.settings_answered
    adversary.send(frames.settings())
    assert adversary.wait(lambda: adversary.settings_answered > answered, 60), f"it said {adversary.goaways}"


def unfinished_requests(adversary):
    """The beginning of a large request on each of very many streams."""
    beginning = message(bytes(HEAD_START_BYTES - 5), declared=LARGE_BYTES)
    pieces = [beginning[at:at + frames.FRAME_BYTES_MAX] for at in range(0, len(beginning), frames.FRAME_BYTES_MAX)]
    block = frames.block(frames.fields(path=GET))
    for number in range(STREAMS):
        stream = adversary.next_stream()
        adversary.send(frames.headers(stream, block), *(frames.data(stream, piece) for piece in pieces))
        if number % BATCH == 0:
            all_received(adversary)
    all_received(adversary)


def more_than_the_window(adversary):
    """A large request, sent whole although the window is used up by others that were never finished."""
    for _ in range(HELD_BYTES_MAX // LARGE_BYTES + 1):
        stream = adversary.open(path=GET)
        adversary.send(frames.data(stream, message(b"x", declared=LARGE_BYTES)))
        pieces = LARGE_BYTES // frames.FRAME_BYTES_MAX
        for _ in range(pieces):
            adversary.send(frames.data(stream, bytes(frames.FRAME_BYTES_MAX)))
            if adversary.closed or adversary.seen(stream).reset is not None:
                return stream
    return stream


def test_requests_that_are_never_finished(siege):
    siege.withstands(
        unfinished_requests, SERVED, growth_max=HELD_BYTES_MAX + SLACK_BYTES, cpu_max=15, work_seconds=0.1)


def test_requests_beyond_their_window(siege):
    ending = any_of(reset(Code.FLOW_CONTROL_ERROR), goaway(Code.FLOW_CONTROL_ERROR))
    siege.withstands(
        more_than_the_window, ending, growth_max=HELD_BYTES_MAX + SLACK_BYTES, cpu_max=15, work_seconds=0.1)


def test_answers_that_are_not_read_hold_further_calls_up_and_nothing_is_refused(siege):
    request = message(catalog.ListProductsRequest(page_size=100).SerializeToString())

    def asks_and_does_not_read(adversary):
        adversary.send(frames.settings((frames.INITIAL_WINDOW_SIZE, 0)))
        streams = []
        for _ in range(STREAMS // BATCH):
            streams += [adversary.call(LIST, request) for _ in range(BATCH)]
            all_received(adversary)
        assert not any(adversary.seen(stream).ended for stream in streams)
        # Now it reads: whatever was held up goes on.
        adversary.send(
            frames.settings((frames.INITIAL_WINDOW_SIZE, EVERYTHING)), frames.window_update(0, EVERYTHING))
        for stream in streams:
            assert adversary.wait(lambda: adversary.seen(stream).ended, 120)
            assert adversary.seen(stream).fields["grpc-status"] == "0"
            assert len(adversary.seen(stream).body) > 10_000

    siege.withstands(
        asks_and_does_not_read, SERVED, growth_max=HELD_BYTES_MAX + SLACK_BYTES, cpu_max=60, work_seconds=0.2)
