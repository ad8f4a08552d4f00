"""Deadlines, cancellation and shutdown: the outcome of a call in progress."""

import concurrent.futures
import signal

import grpc
import pytest
from load import Load
from row_lock import RowLock
from shop_server import refuses
from stubs import CALL_SECONDS, adjustment, catalog, catalog_grpc, inventory, inventory_of, products_of
from waiting import WAIT_SECONDS_MAX, wait_until

# So long that the statement waits for the row before it is over, also on a busy machine.
DEADLINE_SECONDS = 3


def on_hand(server, variant: str) -> int:
    request = inventory.GetStockRequest(variant_ids=[variant])
    return inventory_of(server).GetStock(request, timeout=CALL_SECONDS).stocks[0].on_hand


def test_a_call_past_its_deadline_ends_and_changes_nothing(cluster, shop):
    variant = products_of(shop)[0].variants[0].id
    before = on_hand(shop, variant)
    with RowLock(cluster, shop.database, variant) as lock:
        call = inventory_of(shop).AdjustStock.future(adjustment(variant), timeout=DEADLINE_SECONDS)
        lock.wait_for_waiters(1)
        assert call.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        # The server has let go of Postgres too: nothing waits for a caller that is gone.
        lock.wait_for_waiters(0)
    assert inventory_of(shop).AdjustStock(adjustment(variant, 5), timeout=CALL_SECONDS).stock.on_hand == before + 5


def test_a_cancelled_call_ends_and_changes_nothing(cluster, shop):
    variant = products_of(shop)[0].variants[0].id
    before = on_hand(shop, variant)
    with RowLock(cluster, shop.database, variant) as lock:
        call = inventory_of(shop).AdjustStock.future(adjustment(variant), timeout=CALL_SECONDS)
        lock.wait_for_waiters(1)
        call.cancel()
        lock.wait_for_waiters(0)
    assert inventory_of(shop).AdjustStock(adjustment(variant, 5), timeout=CALL_SECONDS).stock.on_hand == before + 5


def test_a_reader_does_not_wait_for_a_writer(cluster, shop):
    variant = products_of(shop)[0].variants[0].id
    with RowLock(cluster, shop.database, variant) as lock:
        call = inventory_of(shop).AdjustStock.future(adjustment(variant), timeout=CALL_SECONDS)
        lock.wait_for_waiters(1)
        assert on_hand(shop, variant) >= 0
        assert products_of(shop, 20)
        assert not call.done()
        lock.release()
        assert call.result().stock.variant_id == variant


def test_a_hundred_cancelled_watchers_leave_the_shop_as_it_was(shop):
    product = products_of(shop)[0]
    for _ in range(100):
        call = inventory_of(shop).WatchInventory(inventory.WatchInventoryRequest(product_id=product.id))
        next(call)
        call.cancel()
    assert products_of(shop, 5)


def test_sigterm_ends_calls_in_flight_well(cluster, start_shop, database):
    server = start_shop(database())
    product = products_of(server)[0]
    variant = product.variants[0].id
    watcher = inventory_of(server).WatchInventory(inventory.WatchInventoryRequest(product_id=product.id))
    while next(watcher).WhichOneof("event") != "state_complete":
        pass
    with RowLock(cluster, server.database, variant) as lock, concurrent.futures.ThreadPoolExecutor() as pool:
        call = inventory_of(server).AdjustStock.future(adjustment(variant), timeout=CALL_SECONDS)
        lock.wait_for_waiters(1)
        server.process.send_signal(signal.SIGTERM)
        stream_end = pool.submit(lambda: list(watcher))
        with pytest.raises(grpc.RpcError) as caught:
            stream_end.result(CALL_SECONDS)
        # Streams end with UNAVAILABLE; the call that changes something may finish.
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
        assert not call.done()
        wait_until(lambda: refuses(server.address))
        lock.release()
        assert call.result(CALL_SECONDS).stock.variant_id == variant
    assert server.stop() == 0, server.log
    assert "Fatal" not in server.log


CALLERS = 16


def test_sigterm_under_load_cuts_no_call(start_shop, database):
    """Accepted calls are answered; later ones are refused before they begin."""
    server = start_shop(database())
    product = products_of(server)[0].id

    def read(channel, metadata):
        stub = catalog_grpc.CatalogServiceStub(channel)
        return stub.GetProduct(catalog.GetProductRequest(id=product), timeout=WAIT_SECONDS_MAX)

    load = Load(server, CALLERS, read)
    try:
        load.wait_for(grpc.StatusCode.OK, 20 * CALLERS, WAIT_SECONDS_MAX)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(WAIT_SECONDS_MAX) == 0, server.log
        load.wait_for(grpc.StatusCode.UNAVAILABLE, 2 * CALLERS, WAIT_SECONDS_MAX)
    finally:
        load.stop()
    assert set(load.codes) == {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}
    assert not load.cut, f"{len(load.cut)} calls were cut"


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_at_once(start_shop, database, kind):
    server = start_shop(database(), FASTSHOP_DRAIN_SECONDS="600")
    assert server.stop(kind) == 0, server.log
