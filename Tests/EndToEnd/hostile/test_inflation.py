"""Few bytes that expand to many, in many calls at once: the server's memory for them is bounded."""

import gzip
import uuid

from fastshop.inventory.v1 import inventory_service_pb2 as inventory
from hostile import frames
from hostile.calls import GET, WATCH_STOCK
from hostile.outcomes import SERVED, said
from hostile.frames import message
from hostile.attack_trial import MIB

CALLS = 500
# The control client's address.
ELSEWHERE = "127.0.0.2"
GROWTH_BYTES_MAX = 16 * MIB
BOMB = gzip.compress(bytes(4 * MIB), mtime=0)
# A request may have 64 KiB without its compression.
UNKNOWN_BYTES = 60_000
EXHAUSTED = "8"


def test_bombs_on_many_streams_at_once(trial):
    def attack(adversary):
        block = frames.block(frames.fields(path=GET, grpc_encoding="gzip"))
        streams = [adversary.next_stream() for _ in range(CALLS)]
        for stream in streams:
            adversary.send(frames.headers(stream, block), frames.data(stream, message(BOMB, 1), True))
        for stream in streams:
            assert adversary.answer(stream).fields.get("grpc-status") == EXHAUSTED, said(adversary, stream)

    trial.withstands(attack, SERVED, growth_max=GROWTH_BYTES_MAX, cpu_max=15, work_seconds=0.1, source=ELSEWHERE)


def test_unknown_fields_are_not_kept_by_streams(trial):
    """A field that the request does not have, as long as may be, on as many streams as the limiter lets open."""
    request = inventory.WatchInventoryRequest(
        variants=inventory.VariantSelection(variant_ids=[str(uuid.uuid4())])).SerializeToString()
    unknown = b"\xba\x3e" + bytes([UNKNOWN_BYTES & 127 | 128, UNKNOWN_BYTES >> 7 & 127 | 128, UNKNOWN_BYTES >> 14])
    body = message(gzip.compress(request + unknown + bytes(UNKNOWN_BYTES), mtime=0), 1)
    opened = []

    def attack(adversary):
        block = frames.block(frames.fields(path=WATCH_STOCK, grpc_encoding="gzip"))
        streams = [adversary.next_stream() for _ in range(CALLS)]
        for stream in streams:
            adversary.send(frames.headers(stream, block), frames.data(stream, body, True))
        for stream in streams:
            assert adversary.wait(lambda: adversary.seen(stream).body or adversary.seen(stream).ended)
        opened.append(sum(bool(adversary.seen(stream).body) for stream in streams))

    trial.withstands(attack, SERVED, growth_max=GROWTH_BYTES_MAX, cpu_max=15, work_seconds=0.3, source=ELSEWHERE)
    assert max(opened) >= 50, opened
