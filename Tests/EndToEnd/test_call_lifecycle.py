"""Deadlines, cancellation and the end of a server: what becomes of a call that is under way."""

import concurrent.futures
import signal
import time

import grpc
import pytest
from load import Load
from row_lock import RowLock
from stubs import CALL_SECONDS, adjustment, catalog, catalog_grpc, inventory, inventory_of, products_of

LET_GO_SECONDS_MAX = 2.0


def on_hand(server, variant: str) -> int:
    request = inventory.GetStockRequest(variant_ids=[variant])
    return inventory_of(server).GetStock(request, timeout=CALL_SECONDS).stocks[0].on_hand


def test_a_call_past_its_deadline_ends_and_changes_nothing(cluster, shop):
    variant = products_of(shop)[0].variants[0].id
    before = on_hand(shop, variant)
    with RowLock(cluster, shop.database, variant) as lock:
        start = time.monotonic()
        with pytest.raises(grpc.RpcError) as caught:
            inventory_of(shop).AdjustStock(adjustment(variant), timeout=0.3)
        assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        assert 0.25 < time.monotonic() - start < LET_GO_SECONDS_MAX
        # The server has let go of Postgres too: nothing waits for a caller that is gone.
        lock.wait_for_waiters(0)
    time.sleep(0.1)
    assert on_hand(shop, variant) == before


def test_a_cancelled_call_ends_and_changes_nothing(cluster, shop):
    variant = products_of(shop)[0].variants[0].id
    before = on_hand(shop, variant)
    with RowLock(cluster, shop.database, variant) as lock:
        call = inventory_of(shop).AdjustStock.future(adjustment(variant), timeout=CALL_SECONDS)
        lock.wait_for_waiters(1)
        call.cancel()
        lock.wait_for_waiters(0)
    time.sleep(0.1)
    assert on_hand(shop, variant) == before


def test_a_reader_does_not_wait_for_a_writer(cluster, shop):
    variant = products_of(shop)[0].variants[0].id
    with RowLock(cluster, shop.database, variant) as lock:
        call = inventory_of(shop).AdjustStock.future(adjustment(variant), timeout=CALL_SECONDS)
        lock.wait_for_waiters(1)
        start = time.monotonic()
        assert on_hand(shop, variant) >= 0
        assert products_of(shop, 20)
        assert time.monotonic() - start < 1
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
        # Streams are told to go on elsewhere; the call that changes something may finish.
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
        assert not call.done()
        with grpc.insecure_channel(server.address) as late, pytest.raises(grpc.FutureTimeoutError):
            grpc.channel_ready_future(late).result(0.5)
        lock.release()
        assert call.result(CALL_SECONDS).stock.variant_id == variant
    assert server.stop() == 0, server.log
    assert "Fatal" not in server.log


CALLERS = 16


def test_sigterm_under_load_cuts_no_call(start_shop, database):
    """T18: what was taken is answered, what comes later is refused before it begins."""
    server = start_shop(database())
    product = products_of(server)[0].id

    def read(channel, metadata):
        stub = catalog_grpc.CatalogServiceStub(channel)
        return stub.GetProduct(catalog.GetProductRequest(id=product), timeout=CALL_SECONDS)

    load = Load(server, CALLERS, read)
    try:
        load.wait_for(grpc.StatusCode.OK, 20 * CALLERS, CALL_SECONDS)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(CALL_SECONDS) == 0, server.log
        load.wait_for(grpc.StatusCode.UNAVAILABLE, 2 * CALLERS, CALL_SECONDS)
    finally:
        load.stop()
    assert set(load.codes) == {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}
    assert not load.cut, f"{len(load.cut)} calls were cut"


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_at_once(start_shop, database, kind):
    server = start_shop(database())
    start = time.monotonic()
    assert server.stop(kind) == 0, server.log
    assert time.monotonic() - start < 5
