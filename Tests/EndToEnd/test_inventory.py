"""Live stock: two server processes on one Postgres, with watchers that disconnect and resume."""

import collections
import queue
import threading
import uuid

import grpc
import pytest
from google.rpc import error_details_pb2
from stubs import CALL_SECONDS, adjustment, details_of, inventory, inventory_of, products_of
from fastshop.inventory.v1 import stock_pb2

EVENT_SECONDS_MAX = 10


class Watcher:
    """Reads a stream in a thread of its own, so that a test can wait for an event with a limit."""

    def __init__(self, server, cursor: str = "", **selection) -> None:
        request = inventory.WatchInventoryRequest(cursor=cursor, **selection)
        self.cursor = cursor
        self._events: queue.Queue = queue.Queue()
        self._call = inventory_of(server).WatchInventory(request)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for event in self._call:
                self._events.put(event)
            self._events.put(None)
        except grpc.RpcError as error:
            self._events.put(error)

    def next(self):
        event = self._events.get(timeout=EVENT_SECONDS_MAX)
        if isinstance(event, grpc.RpcError):
            raise event
        assert event is not None, "the stream ended"
        self.cursor = event.cursor or self.cursor
        return event

    def state(self) -> dict:
        """Reads the present state to its end: variant → stock."""
        stocks = {}
        while True:
            event = self.next()
            if event.WhichOneof("event") == "state_complete":
                assert event.state_complete.variant_count == len(stocks)
                assert event.cursor
                return stocks
            assert event.WhichOneof("event") == "state"
            stocks.update((stock.variant_id, stock) for stock in event.state.stocks)

    def change(self):
        event = self.next()
        assert event.WhichOneof("event") == "change" and event.cursor
        return event.change

    def stop(self) -> None:
        self._call.cancel()


def adjust(server, variant_id: str, delta: int, **more):
    return inventory_of(server).AdjustStock(adjustment(variant_id, delta, **more), timeout=CALL_SECONDS)


def stock_of(server, variant_id: str):
    request = inventory.GetStockRequest(variant_ids=[variant_id])
    return inventory_of(server).GetStock(request, timeout=CALL_SECONDS).stocks[0]


def test_the_stock_of_a_product_and_of_its_variants_agree(shop):
    product = products_of(shop)[0]
    ids = [variant.id for variant in product.variants]
    by_product = inventory_of(shop).GetStock(inventory.GetStockRequest(product_id=product.id), timeout=CALL_SECONDS)
    by_variants = inventory_of(shop).GetStock(inventory.GetStockRequest(variant_ids=ids), timeout=CALL_SECONDS)
    assert by_product == by_variants
    assert [stock.variant_id for stock in by_product.stocks] == sorted(ids)
    for stock in by_product.stocks:
        assert stock.available == stock.on_hand - stock.reserved >= 0


def test_a_watcher_sees_what_the_other_server_changed(two_shops):
    here, there = two_shops
    product = products_of(here)[0]
    watcher = Watcher(here, product_id=product.id)
    state = watcher.state()
    assert set(state) == {variant.id for variant in product.variants}
    variant = product.variants[0].id
    answer = adjust(there, variant, 5, reason=stock_pb2.STOCK_REASON_RECEIVED, note="a pallet")
    change = watcher.change()
    assert change.stock == answer.stock == stock_of(here, variant)
    assert (change.delta, change.reason) == (5, stock_pb2.STOCK_REASON_RECEIVED)
    assert change.movement_id == answer.movement_id
    assert change.stock.on_hand == state[variant].on_hand + 5
    assert change.stock.version == state[variant].version + 1
    watcher.stop()


@pytest.mark.parametrize("selection", ["variants", "product_id", "category_id", "seller_id"])
def test_a_selection_has_its_own_changes_and_no_others(two_shops, selection):
    here, there = two_shops
    products = products_of(here, 100)
    chosen = products[0]
    other = next(p for p in products if p.seller_id != chosen.seller_id and p.category_id != chosen.category_id)
    arguments = {
        "variants": inventory.VariantSelection(variant_ids=[v.id for v in chosen.variants]),
        "product_id": chosen.id,
        "category_id": chosen.category_id,
        "seller_id": chosen.seller_id,
    }
    watcher = Watcher(here, **{selection: arguments[selection]})
    watched = watcher.state()
    assert {v.id for v in chosen.variants} <= set(watched)
    assert not {v.id for v in other.variants} & set(watched)
    adjust(there, other.variants[0].id, 3)
    adjust(there, chosen.variants[0].id, 4)
    assert watcher.change().stock.variant_id == chosen.variants[0].id
    watcher.stop()


def test_a_subscriber_that_returns_with_its_cursor_misses_nothing(two_shops):
    here, there = two_shops
    product = products_of(here, 2)[1]
    variant = product.variants[0].id
    first = Watcher(here, product_id=product.id)
    on_hand = first.state()[variant].on_hand
    adjust(there, variant, 1)
    first.change()
    first.stop()
    movements = [adjust(there, variant, 1).movement_id for _ in range(25)]
    # It comes back to the other server, which has never seen it.
    second = Watcher(there, cursor=first.cursor, product_id=product.id)
    changes = [second.change() for _ in movements]
    assert [change.movement_id for change in changes] == movements
    assert [change.stock.on_hand for change in changes] == [on_hand + 1 + n for n in range(1, 26)]
    second.stop()


def test_a_cursor_from_before_any_change_goes_on_after_the_state(two_shops):
    here, there = two_shops
    product = products_of(here, 3)[2]
    first = Watcher(here, product_id=product.id)
    first.state()
    first.stop()
    movement = adjust(there, product.variants[0].id, 2).movement_id
    second = Watcher(here, cursor=first.cursor, product_id=product.id)
    assert second.change().movement_id == movement
    second.stop()


def test_nothing_is_lost_while_many_write_and_the_watcher_keeps_reconnecting(two_shops):
    here, there = two_shops
    products = products_of(here, 8)
    variants = [product.variants[0].id for product in products]
    selection = {"variants": inventory.VariantSelection(variant_ids=variants)}
    watcher = Watcher(here, **selection)
    before = {variant: stock.on_hand for variant, stock in watcher.state().items()}
    written: queue.Queue = queue.Queue()
    rounds = 20

    def write(server, variant):
        for _ in range(rounds):
            written.put(adjust(server, variant, 1).movement_id)

    threads = [
        threading.Thread(target=write, args=(server, variant)) for server in two_shops for variant in variants
    ]
    for thread in threads:
        thread.start()
    expected = rounds * len(threads)
    seen: dict[str, object] = {}
    versions: dict[str, list[int]] = collections.defaultdict(list)
    server = here
    while len(seen) < expected:
        for _ in range(min(37, expected - len(seen))):
            change = watcher.change()
            if change.movement_id not in seen:
                versions[change.stock.variant_id].append(change.stock.version)
            seen[change.movement_id] = change
        watcher.stop()
        server = there if server is here else here
        watcher = Watcher(server, cursor=watcher.cursor, **selection)
    for thread in threads:
        thread.join()
    watcher.stop()
    assert set(seen) == {written.get() for _ in range(expected)}
    for variant in variants:
        assert versions[variant] == sorted(versions[variant]), "the changes of a variant came out of order"
        assert stock_of(there, variant).on_hand == before[variant] + 2 * rounds


def test_the_same_request_id_changes_stock_once(two_shops):
    here, there = two_shops
    variant = products_of(here)[0].variants[0].id
    before = stock_of(here, variant).on_hand
    request_id = str(uuid.uuid4())
    first = adjust(here, variant, 7, request_id=request_id)
    again = adjust(there, variant, 7, request_id=request_id)
    assert again == first
    assert stock_of(here, variant).on_hand == before + 7
    with pytest.raises(grpc.RpcError) as caught:
        adjust(there, variant, 8, request_id=request_id)
    assert caught.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert stock_of(here, variant).on_hand == before + 7


def test_stock_never_falls_below_what_is_reserved(shop):
    variant = products_of(shop)[0].variants[0].id
    before = stock_of(shop, variant)
    with pytest.raises(grpc.RpcError) as caught:
        adjust(shop, variant, -(before.available + 1))
    assert caught.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert details_of(caught.value, error_details_pb2.PreconditionFailure).violations
    assert stock_of(shop, variant) == before


def test_many_takers_take_what_there_is_and_no_more(two_shops):
    variant = products_of(two_shops[0], 5)[4].variants[0].id
    stock = stock_of(two_shops[0], variant)
    adjust(two_shops[0], variant, 10 - stock.available if stock.available != 10 else 1)
    available = stock_of(two_shops[0], variant).available
    outcomes: queue.Queue = queue.Queue()

    def take(server):
        try:
            adjust(server, variant, -1)
            outcomes.put("taken")
        except grpc.RpcError as error:
            outcomes.put(error.code())

    threads = [threading.Thread(target=take, args=(two_shops[n % 2],)) for n in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = collections.Counter(outcomes.get() for _ in threads)
    assert counted == {"taken": available, grpc.StatusCode.FAILED_PRECONDITION: 60 - available}
    assert stock_of(two_shops[1], variant).available == 0
