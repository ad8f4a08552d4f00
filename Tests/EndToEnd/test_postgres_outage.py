"""Postgres fails and recovers: callers get errors at once, and no server has to be restarted."""

import os
import signal
import time

import grpc
import pytest
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from load import Load
from accounts import bearer, new_account, reason_of, refused_as
from postgres_cluster import PostgresCluster
from row_lock import HeldLock
from shop_server import FRESH_CHANNEL
from stubs import (
    CALL_SECONDS,
    adjustment,
    catalog,
    catalog_grpc,
    catalog_of,
    inventory,
    inventory_grpc,
    inventory_of,
    products_of,
)

import shop_server

UNAVAILABLE_SECONDS_MAX = 1.0
BACK_SECONDS_MAX = 60.0
# Several times as long as a server may be silent before it counts as gone: 5 s, and what finding out takes.
SILENT_SECONDS_MAX = 40.0


@pytest.fixture(scope="module")
def own_cluster():
    cluster = PostgresCluster()
    try:
        cluster.start()
        url = cluster.create("shop")
        shop_server.prepare(url, products=20)
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture
def shop(own_cluster, start_shop):
    own_cluster.ensure_running()
    return start_shop(own_cluster.url("shop"))


def seconds_of_failing(shop, request) -> float:
    start = time.monotonic()
    with pytest.raises(grpc.RpcError):
        catalog_of(shop).GetProduct(request, timeout=CALL_SECONDS)
    return time.monotonic() - start


def test_a_call_is_unavailable_within_a_second_and_works_again_by_itself(own_cluster, shop):
    product = products_of(shop)[0]
    request = catalog.GetProductRequest(id=product.id)
    own_cluster.kill()
    with pytest.raises(grpc.RpcError) as caught:
        catalog_of(shop).GetProduct(request, timeout=CALL_SECONDS)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    # Also when it has been away for a while, and for every caller.
    shop.wait_until("NOT_SERVING", within=BACK_SECONDS_MAX)
    calls = [catalog_of(shop).GetProduct.future(request, timeout=CALL_SECONDS) for _ in range(50)]
    assert {call.code() for call in calls} == {grpc.StatusCode.UNAVAILABLE}
    # The fastest of several, for a busy machine holds up some of them; if they waited for Postgres, all would.
    assert min(seconds_of_failing(shop, request) for _ in range(20)) < UNAVAILABLE_SECONDS_MAX
    own_cluster.start()
    shop.wait_until("SERVING", within=BACK_SECONDS_MAX)
    assert catalog_of(shop).GetProduct(request, timeout=CALL_SECONDS).product == product


def test_callers_are_known_without_a_query(own_cluster, shop):
    """Neither a token's signature nor what its owner may do is looked up: not even when the server sees it first."""
    staff, customer = (new_account(shop, own_cluster, role=role).tokens(shop) for role in ("admin", "customer"))
    own_cluster.kill()
    stub = users_grpc.UserServiceStub(shop.channel)
    for token, code in [
        (staff.access_token, grpc.StatusCode.INVALID_ARGUMENT),
        (customer.access_token, grpc.StatusCode.PERMISSION_DENIED),
        (staff.access_token[:-9] + "A" * 9, grpc.StatusCode.UNAUTHENTICATED),
    ]:
        request, metadata = users.ListUsersRequest(page_size=-1), bearer(token)
        assert refused_as(lambda: stub.ListUsers(request, metadata=metadata, timeout=CALL_SECONDS)) == code


OUTAGES = 2
CALLERS = 8


def test_under_load_every_call_ends_well_or_is_unavailable_and_nothing_is_half_done(own_cluster, shop):
    """Postgres is killed and started again while callers read and write."""
    products = products_of(shop, CALLERS)
    variant = products[0].variants[0].id
    signed = (("authorization", f"Bearer {shop.staff_token}"),)
    request = inventory.GetStockRequest(variant_ids=[variant])
    before = inventory_of(shop).GetStock(request, timeout=CALL_SECONDS).stocks[0].on_hand

    def read(channel, metadata):
        return catalog_grpc.CatalogServiceStub(channel).GetProduct(
            catalog.GetProductRequest(id=products[-1].id), timeout=CALL_SECONDS)

    def write(channel, metadata):
        return inventory_grpc.InventoryServiceStub(channel).AdjustStock(
            adjustment(variant), timeout=CALL_SECONDS, metadata=metadata).stock.on_hand

    readers, writers = Load(shop, CALLERS, read), Load(shop, CALLERS, write, signed)
    try:
        for _ in range(OUTAGES):
            for load in (readers, writers):
                load.wait_for(grpc.StatusCode.OK, CALLERS, BACK_SECONDS_MAX)
            own_cluster.kill()
            for load in (readers, writers):
                load.wait_for(grpc.StatusCode.UNAVAILABLE, CALLERS, BACK_SECONDS_MAX)
            own_cluster.start()
        for load in (readers, writers):
            load.wait_for(grpc.StatusCode.OK, CALLERS, BACK_SECONDS_MAX)
    finally:
        readers.stop()
        writers.stop()
    assert set(readers.codes) == set(writers.codes) == {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}
    assert not readers.cut and not writers.cut, "it was Postgres that went, not the server"
    # Each write that was answered happened, and no state was seen twice; one whose answer was lost may have happened.
    assert len(set(writers.results)) == len(writers.results)
    after = inventory_of(shop).GetStock(request, timeout=CALL_SECONDS).stocks[0].on_hand
    ledger = own_cluster.sql("shop", f"SELECT sum(delta) FROM inventory.movement WHERE variant_id = '{variant}'")
    made = writers.codes[grpc.StatusCode.OK]
    assert made <= after - before <= made + writers.codes[grpc.StatusCode.UNAVAILABLE]
    assert int(ledger) == after


def test_health_follows_postgres(own_cluster, shop):
    watch = health_pb2_grpc.HealthStub(shop.channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    own_cluster.kill()
    assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
    assert shop.health("fastshop.catalog.v1.CatalogService") == "NOT_SERVING"
    own_cluster.start()
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    watch.cancel()


def test_a_watcher_misses_nothing_over_an_outage(own_cluster, shop):
    product = products_of(shop)[0]
    variant = product.variants[0].id
    stub = inventory_of(shop)

    def adjust():
        return stub.AdjustStock(adjustment(variant), timeout=CALL_SECONDS).movement_id

    def watch():
        """Reads for ever, coming back with its cursor whenever the stream ends."""
        cursor = ""
        while True:
            request = inventory.WatchInventoryRequest(product_id=product.id, cursor=cursor)
            try:
                for event in stub.WatchInventory(request, timeout=60):
                    cursor = event.cursor or cursor
                    yield event
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAVAILABLE, error
                time.sleep(0.05)

    events = watch()
    while next(events).WhichOneof("event") != "state_complete":
        pass
    first = adjust()
    assert next(events).change.movement_id == first
    own_cluster.kill()
    own_cluster.start()
    shop.wait_until("SERVING", within=BACK_SECONDS_MAX)
    made = [adjust() for _ in range(5)]
    assert [next(events).change.movement_id for _ in made] == made


def test_a_connection_cut_in_mid_flight_is_replaced(own_cluster, shop):
    own_cluster.sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shop'")
    deadline = time.monotonic() + BACK_SECONDS_MAX
    while True:
        try:
            assert products_of(shop, 5)
            break
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE
            assert time.monotonic() < deadline
    assert shop.is_unharmed, shop.log


def test_a_locked_table_holds_up_its_own_reads_alone(own_cluster, shop):
    product = products_of(shop)[0]
    request = catalog.GetProductRequest(id=product.id)
    with HeldLock(own_cluster, "shop", "LOCK TABLE catalog.product IN ACCESS EXCLUSIVE MODE"):
        with pytest.raises(grpc.RpcError) as caught:
            catalog_of(shop).GetProduct(request, timeout=SILENT_SECONDS_MAX)
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
        assert reason_of(caught.value) == "DATA_LOCKED"
        assert catalog_of(shop).ListCategories(catalog.ListCategoriesRequest(), timeout=CALL_SECONDS).categories
        assert "no connection to Postgres" not in shop.log
    assert catalog_of(shop).GetProduct(request, timeout=CALL_SECONDS).product == product


def test_a_server_that_starts_before_its_postgres_waits_for_it(own_cluster, start_shop):
    own_cluster.kill()
    early = start_shop(own_cluster.url("shop"), ready=False)
    early.wait_until("NOT_SERVING")
    own_cluster.start()
    early.wait_until("SERVING", within=BACK_SECONDS_MAX)
    assert products_of(early)


def test_a_worker_that_begins_without_postgres_answers_at_once(own_cluster, shop):
    """Callers are not left in the system's queue until Postgres is back."""
    product = products_of(shop)[0]
    shop.may_die = True
    own_cluster.kill()
    os.kill(shop.worker_pid, signal.SIGKILL)
    shop.wait_until("NOT_SERVING", within=BACK_SECONDS_MAX)
    request = catalog.GetProductRequest(id=product.id)
    with grpc.insecure_channel(shop.address, options=FRESH_CHANNEL) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            catalog_grpc.CatalogServiceStub(channel).GetProduct(request, timeout=CALL_SECONDS)
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
        assert reason_of(caught.value) == "DATABASE_UNAVAILABLE"
    own_cluster.start()
    shop.wait_until("SERVING", within=BACK_SECONDS_MAX)
    assert catalog_of(shop).GetProduct(request, timeout=CALL_SECONDS).product == product


def test_a_postgres_that_is_frozen_holds_nobody_up_for_long(own_cluster, shop):
    """It closes no connection and answers nothing: open calls end, health changes, and then no call waits."""
    product = products_of(shop)[0]
    token = bearer(shop.staff_token)
    own_cluster.freeze()
    try:
        read = catalog_of(shop).GetProduct.future(catalog.GetProductRequest(id=product.id), timeout=SILENT_SECONDS_MAX)
        write = inventory_grpc.InventoryServiceStub(shop.channel).AdjustStock.future(
            adjustment(product.variants[0].id, 1), metadata=token, timeout=SILENT_SECONDS_MAX)
        assert read.exception().code() == grpc.StatusCode.UNAVAILABLE
        assert write.exception().code() == grpc.StatusCode.UNAVAILABLE
        shop.wait_until("NOT_SERVING", within=SILENT_SECONDS_MAX)
        request = catalog.GetProductRequest(id=product.id)
        refusal = refused_as(lambda: catalog_of(shop).GetProduct(request, timeout=CALL_SECONDS))
        assert refusal == grpc.StatusCode.UNAVAILABLE
    finally:
        own_cluster.thaw()
    shop.wait_until("SERVING")
    assert catalog_of(shop).GetProduct(catalog.GetProductRequest(id=product.id), timeout=CALL_SECONDS)
