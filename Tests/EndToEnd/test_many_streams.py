"""Ten thousand open streams, some of them without a reader."""

import dataclasses
import threading

import grpc
import pytest
from stream_load import StreamLoad
from hostile.attack_trial import forget_peak, peak_bytes, resident_bytes
from stubs import CALL_SECONDS, adjustment, inventory, inventory_grpc, inventory_of, products_of
from waiting import wait_until

pytestmark = pytest.mark.alone("measures memory and delays under ten thousand streams")

WATCH = "/fastshop.inventory.v1.InventoryService/WatchInventory"
KIB, MIB = 2**10, 2**20

# A loop keeps so few events that a reader falls behind after few of them.
EVENTS_KEPT = 128
CHANGES = 6 * EVENTS_KEPT
IDLE_STREAMS, SLOW_STREAMS, STREAMS_PER_CONNECTION = 9_000, 1_000, 500
# Room for the state and a change or two.
SLOW_WINDOW_BYTES = 600
# One that was built for use takes less than 16 KiB: see docs/performance.md.
IDLE_BYTES_MAX = 20 * KIB
# Had every change waited for its slow readers, it would be CHANGES × 300 bytes for each.
SLOW_BYTES_MAX = 8 * KIB
EVENTS_BYTES_MAX = 16 * MIB
MESSAGES_OF_A_STATE = 2
# The first state, one that may have been made before the server knew that the reader is slow, and the newest.
STATES_MAX = 3
# grpcio reads no more than this ahead of its application.
LOOKAHEAD = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 16 * KIB)]


@pytest.fixture(scope="module")
def loaded_shop(start_shop, database):
    """A server with 9,000 watchers that receive nothing, because nothing that they watch changes."""
    server = start_shop(
        database(), FASTSHOP_EVENTS_KEPT=str(EVENTS_KEPT), FASTSHOP_CALLS_PER_ADDRESS="off",
        FASTSHOP_OPEN_STREAMS="off")
    quiet = products_of(server, 2)[1]
    one = StreamLoad(server.address, 1, 1)  # whatever is made only once, is made now
    request = inventory.WatchInventoryRequest(product_id=quiet.id).SerializeToString()
    one.call(WATCH, request, MESSAGES_OF_A_STATE)
    before = resident_bytes(server.worker_pid)
    idle = StreamLoad(server.address, IDLE_STREAMS // STREAMS_PER_CONNECTION, STREAMS_PER_CONNECTION)
    idle.call(WATCH, request, MESSAGES_OF_A_STATE)
    yield server, idle, resident_bytes(server.worker_pid) - before
    one.close()
    idle.close()


class FastReader:
    """grpcio, reading as fast as it can: the versions of the stock that came."""

    def __init__(self, server, variant: str) -> None:
        self.came: list[int] = []
        self.states = 0
        self.ready = threading.Event()
        selection = inventory.VariantSelection(variant_ids=[variant])
        self._call = inventory_of(server).WatchInventory(inventory.WatchInventoryRequest(variants=selection))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        assert self.ready.wait(CALL_SECONDS)

    def _read(self) -> None:
        try:
            for event in self._call:
                match event.WhichOneof("event"):
                    case "state_complete":
                        self.states += 1
                        self.ready.set()
                    case "change":
                        self.came.append(event.change.stock.version)
        except grpc.RpcError:
            pass  # hung up below; a test sees what did not come

    def stop(self) -> None:
        self._call.cancel()
        self._thread.join(CALL_SECONDS)


def change(server, variant: str, count: int) -> list[int]:
    """The versions that `count` changes of the stock made."""
    made = []
    for _ in range(count):
        answer = inventory_of(server).AdjustStock(adjustment(variant, 1), timeout=CALL_SECONDS)
        made.append(answer.stock.version)
    return made


@dataclasses.dataclass
class Told:
    """The messages of a stream about one variant's stock: the versions in order, and the number of states."""

    versions: list[int] = dataclasses.field(default_factory=list)
    states: int = 0

    def hear(self, event) -> None:
        match event.WhichOneof("event"):
            case "change":
                self.versions.append(event.change.stock.version)
            case "state":
                self.states += 1
                self.versions += [stock.version for stock in event.state.stocks]

    def check(self) -> None:
        assert self.versions == sorted(self.versions), "the stock went back"
        assert self.states <= STATES_MAX, "a queue of old states was waiting for it"


def told(member) -> Told:
    all_told = Told()
    for message in member.messages():
        all_told.hear(inventory.WatchInventoryResponse.FromString(message))
    return all_told


def newest_told(member) -> int:
    return told(member).versions[-1]


@pytest.mark.timeout(300)
def test_an_idle_stream_costs_little(loaded_shop):
    _, idle, growth = loaded_shop
    assert len(idle.members) == IDLE_STREAMS and idle.ended == 0
    assert growth / IDLE_STREAMS <= IDLE_BYTES_MAX, f"{growth / IDLE_STREAMS / KIB:.1f} KiB each"


@pytest.mark.timeout(300)
def test_slow_readers_cost_little_delay_nobody_and_get_the_newest_state(loaded_shop):
    server, idle, _ = loaded_shop
    pid = server.worker_pid
    variant = products_of(server)[0].variants[0].id
    selection = inventory.VariantSelection(variant_ids=[variant])
    request = inventory.WatchInventoryRequest(variants=selection).SerializeToString()
    readers = [FastReader(server, variant) for _ in range(4)]
    slow = StreamLoad(
        server.address, SLOW_STREAMS // STREAMS_PER_CONNECTION, STREAMS_PER_CONNECTION, window=SLOW_WINDOW_BYTES)
    slow.call(WATCH, request, MESSAGES_OF_A_STATE)

    before = resident_bytes(pid)
    forget_peak(pid)
    asked = change(server, variant, CHANGES)
    newest = max(asked)
    # If they had to wait for the slow readers, which read later in this test, they would receive nothing.
    for reader in readers:
        wait_until(lambda: newest in reader.came, "a fast reader lacks changes")
        assert reader.came == asked and reader.states == 1, "a fast reader missed changes"
    growth = peak_bytes(pid) - before
    assert growth <= SLOW_STREAMS * SLOW_BYTES_MAX + EVENTS_BYTES_MAX, f"memory grew by {growth / MIB:.1f} MiB"

    # They read on: each is given what is true now, after the little that was on its way.
    slow.pump(1)
    assert all(newest_told(each) < newest for each in slow.members), "the slow readers were not slow"
    for each in slow.members:
        each.take(MIB)
    wait_until(lambda: slow.pump() or all(newest_told(each) == newest for each in slow.members), "the newest state")
    for each in slow.members:
        told(each).check()
    # From here on they receive events like all others, and none was lost.
    later = max(change(server, variant, 1))
    wait_until(lambda: slow.pump() or all(newest_told(each) == later for each in slow.members), "the next change")
    idle.pump()
    assert slow.ended == 0 and idle.ended == 0
    for reader in readers:
        reader.stop()
    slow.close()


@pytest.mark.timeout(300)
def test_a_slow_reader_of_grpcio_gets_the_newest_state(loaded_shop):
    server, _, _ = loaded_shop
    variant = products_of(server)[0].variants[1].id
    selection = inventory.VariantSelection(variant_ids=[variant])
    heard = Told()
    with grpc.insecure_channel(server.address, options=LOOKAHEAD) as channel:
        call = inventory_grpc.InventoryServiceStub(channel).WatchInventory(
            inventory.WatchInventoryRequest(variants=selection), timeout=10 * CALL_SECONDS)
        while heard.states == 0:
            heard.hear(next(call))
        newest = max(change(server, variant, CHANGES))
        while heard.versions[-1] != newest:
            heard.hear(next(call))
        call.cancel()
    heard.check()
    assert heard.states > 1 and len(heard.versions) < CHANGES, "it was not slow"
