"""Callers that use up memory: with unfinished requests, and with unread responses."""

import pytest
from fastshop.catalog.v1 import catalog_service_pb2 as catalog
from hostile import frames
from hostile.calls import LIST, STOCK
from hostile.outcomes import SERVED, said
from hostile.frames import message
from hostile.attack_trial import MIB

# The server's limits (RPCLimits): what the requests of one address may hold, and what a connection's caller may leave
# unread: calls that have begun by then may add as much again (UnreadResponses.excessFactor).
ADDRESS_BYTES_MAX = 32 * MIB
UNREAD_BYTES_MAX = 2 * 64 * MIB
# Memory besides the bytes themselves.
SLACK_BYTES = 48 * MIB
STREAMS = 900
# A request of GetStock has 64 KiB at most.
UNFINISHED_BYTES, DECLARED_BYTES = 60_000, 65_000
EXHAUSTED = "8"
BATCH = 50
EVERYTHING = 2**30
# Another address than the control client's.
ELSEWHERE = "127.0.0.2"


def all_received(adversary) -> None:
    """Waits until the server has read all bytes: it acknowledges the SETTINGS after them."""
    answered = adversary.settings_answered
    adversary.send(frames.settings())
    assert adversary.wait(lambda: adversary.settings_answered > answered, 60), f"it said {adversary.goaways}"


def unfinished_requests(adversary):
    """Most of a request on each of very many streams: more than one address may hold."""
    beginning = message(bytes(UNFINISHED_BYTES), declared=DECLARED_BYTES)
    pieces = [beginning[at:at + frames.FRAME_BYTES_MAX] for at in range(0, len(beginning), frames.FRAME_BYTES_MAX)]
    block = frames.block(frames.fields(path=STOCK))
    streams = []
    for number in range(STREAMS):
        streams.append(adversary.next_stream())
        adversary.send(frames.headers(streams[-1], block), *(frames.data(streams[-1], piece) for piece in pieces))
        if number % BATCH == 0:
            all_received(adversary)
    all_received(adversary)
    ended = [stream for stream in streams if adversary.seen(stream).ended]
    assert len(streams) - len(ended) <= ADDRESS_BYTES_MAX // UNFINISHED_BYTES
    for stream in ended:
        assert adversary.seen(stream).fields["grpc-status"] == EXHAUSTED, said(adversary, stream)


@pytest.mark.parametrize("source", [ELSEWHERE, "127.0.0.1"])
def test_requests_that_are_never_finished(trial, source):
    trial.withstands(
        unfinished_requests, SERVED, growth_max=ADDRESS_BYTES_MAX + SLACK_BYTES, cpu_max=15, work_seconds=0.1,
        source=source)


def test_answers_that_are_not_read_hold_further_calls_up_and_nothing_is_refused(trial):
    request = message(catalog.ListProductsRequest(page_size=100).SerializeToString())

    def asks_and_does_not_read(adversary):
        adversary.send(frames.settings((frames.INITIAL_WINDOW_SIZE, 0)))
        streams = []
        for _ in range(STREAMS // BATCH):
            streams += [adversary.call(LIST, request, grpc_timeout="100S") for _ in range(BATCH)]
            all_received(adversary)
        assert [adversary.seen(stream).fields for stream in streams if adversary.seen(stream).ended] == []
        # Now it reads, and the delayed calls continue.
        adversary.send(
            frames.settings((frames.INITIAL_WINDOW_SIZE, EVERYTHING)), frames.window_update(0, EVERYTHING))
        for stream in streams:
            assert adversary.wait(lambda: adversary.seen(stream).ended, 120)
            assert adversary.seen(stream).fields["grpc-status"] == "0"
            assert len(adversary.seen(stream).body) > 10_000

    trial.withstands(
        asks_and_does_not_read, SERVED, growth_max=UNREAD_BYTES_MAX + SLACK_BYTES, cpu_max=60, work_seconds=0.2)
