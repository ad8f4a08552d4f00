"""A Postgres that is silent, for it is frozen or the network drops its packets; and one that takes no changes."""

import signal
import time

import grpc
import pytest
from accounts import bearer, reason_of, refused_as
from load import Load
from network_namespace import NetworkNamespace
from postgres_cluster import PostgresCluster
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
from waiting import wait_until

import shop_server

# Several times as long as a server may be silent before it counts as gone: 5 s, and what finding out takes.
SILENT_SECONDS_MAX = 40.0
BACK_SECONDS_MAX = 60.0
CALLERS = 4
# A mail that is being sent has 5 s when the server stops, and nothing else has longer.
STOP_SECONDS_MAX = 15.0
AUTH = "fastshop.identity.v1.AuthService"
CATALOG = "fastshop.catalog.v1.CatalogService"


class Place:
    """A Postgres and the network in which servers reach it; no network where namespaces are not permitted."""

    def __init__(self) -> None:
        self.network = NetworkNamespace.available()
        self.cluster = PostgresCluster(network=self.network)
        self._pass_on = None

    def open(self) -> None:
        self.cluster.start()
        shop_server.prepare(self.cluster.create("shop"), products=20)

    @property
    def url(self) -> str:
        return "postgresql://shop@127.0.0.1/shop" if self.network else self.cluster.url("shop")

    def silence(self, how: str) -> None:
        if how == "frozen":
            self.cluster.freeze()
            self._pass_on = self.cluster.thaw
            return
        if self.network is None:
            pytest.skip("this user cannot make a network namespace")
        self.network.drop_packets()
        self._pass_on = self.network.pass_packets

    def end_silence(self) -> None:
        if self._pass_on:
            self._pass_on()
        self._pass_on = None

    def remove(self) -> None:
        self.end_silence()
        self.cluster.remove()
        if self.network:
            self.network.remove()


@pytest.fixture(scope="module")
def place():
    place = Place()
    try:
        place.open()
        yield place
    finally:
        place.remove()


@pytest.fixture
def two_servers(place, start_shop):
    servers = [start_shop(place.url, network=place.network) for _ in range(2)]
    yield servers
    place.end_silence()
    for server in servers:
        server.stop()


def adjust(server, product):
    """Changes a product's stock in the name of the staff."""
    return inventory_of(server).AdjustStock(adjustment(product.variants[0].id), timeout=CALL_SECONDS)


def both_ways(test):
    return pytest.mark.parametrize("how", ["frozen", "dropped packets"])(test)


@both_ways
def test_two_servers_under_load_meet_a_silent_postgres(place, two_servers, how):
    """Every call ends within its deadline, health says so on both, service is back by itself, nothing is half done."""
    products = products_of(two_servers[0], 4)
    variant = products[0].variants[0].id
    request = inventory.GetStockRequest(variant_ids=[variant])
    before = inventory_of(two_servers[0]).GetStock(request, timeout=CALL_SECONDS).stocks[0].on_hand
    token = bearer(two_servers[0].staff_token)

    def read(channel, metadata):
        return catalog_grpc.CatalogServiceStub(channel).GetProduct(
            catalog.GetProductRequest(id=products[-1].id), timeout=SILENT_SECONDS_MAX)

    def write(channel, metadata):
        return inventory_grpc.InventoryServiceStub(channel).AdjustStock(
            adjustment(variant), timeout=SILENT_SECONDS_MAX, metadata=metadata).movement_id

    loads = [Load(server, CALLERS, call, data) for server in two_servers
             for call, data in ((read, ()), (write, token))]
    try:
        for load in loads:
            load.wait_for(grpc.StatusCode.OK, CALLERS, BACK_SECONDS_MAX)
        place.silence(how)
        for server in two_servers:
            server.wait_until("NOT_SERVING", within=SILENT_SECONDS_MAX)
        for load in loads:
            load.wait_for(grpc.StatusCode.UNAVAILABLE, CALLERS, SILENT_SECONDS_MAX)
        place.end_silence()
        for server in two_servers:
            server.wait_until("SERVING", within=BACK_SECONDS_MAX)
        for load in loads:
            load.wait_for(grpc.StatusCode.OK, CALLERS, BACK_SECONDS_MAX)
    finally:
        place.end_silence()
        for load in loads:
            load.stop()
    assert {code for load in loads for code in load.codes} == {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}
    movements = [movement for load in loads[1::2] for movement in load.results]
    assert len(set(movements)) == len(movements)
    after = inventory_of(two_servers[1]).GetStock(request, timeout=CALL_SECONDS).stocks[0].on_hand
    ledger = place.cluster.sql("shop", f"SELECT sum(delta) FROM inventory.movement WHERE variant_id = '{variant}'")
    assert int(ledger) == after
    unknown = sum(load.codes[grpc.StatusCode.UNAVAILABLE] for load in loads[1::2])
    assert len(movements) <= after - before <= len(movements) + unknown
    for server in two_servers:
        assert server.is_unharmed, server.log


@both_ways
def test_a_call_without_a_deadline_ends_as_well(place, two_servers, how):
    product = products_of(two_servers[0])[0]
    adjust(two_servers[1], product)
    place.silence(how)
    read = catalog_of(two_servers[0]).GetProduct.future(catalog.GetProductRequest(id=product.id))
    write = inventory_of(two_servers[1]).AdjustStock.future(adjustment(product.variants[0].id))
    ended = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
    assert read.exception(SILENT_SECONDS_MAX).code() in ended
    assert write.exception(SILENT_SECONDS_MAX).code() in ended


@both_ways
def test_a_server_stops_soon_beside_a_silent_postgres(place, start_shop, how):
    server = start_shop(place.url, network=place.network)
    product = products_of(server)[0]
    place.silence(how)
    try:
        # A call that waits for Postgres, and what the server does by itself.
        request = catalog.GetProductRequest(id=product.id)
        call = catalog_of(server).GetProduct.future(request, timeout=SILENT_SECONDS_MAX)
        start = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(SILENT_SECONDS_MAX) == 0
        assert time.monotonic() - start < STOP_SECONDS_MAX
        assert call.exception(CALL_SECONDS).code() == grpc.StatusCode.UNAVAILABLE
    finally:
        place.end_silence()


@both_ways
def test_a_server_that_begins_beside_a_silent_postgres_waits_for_it(place, start_shop, how):
    place.silence(how)
    server = start_shop(place.url, ready=False, network=place.network)
    server.wait_until("NOT_SERVING", within=BACK_SECONDS_MAX)
    place.end_silence()
    server.wait_until("SERVING", within=BACK_SECONDS_MAX)
    assert products_of(server)
    server.stop()


def test_a_postgres_that_takes_no_changes_serves_what_reads(place, two_servers):
    here, there = two_servers
    product = products_of(here)[0]
    adjust(there, product)
    place.cluster.sql("postgres", "ALTER SYSTEM SET default_transaction_read_only = on")
    place.cluster.sql("postgres", "SELECT pg_reload_conf()")
    try:
        for server in two_servers:
            wait_until(lambda server=server: server.health(AUTH) == "NOT_SERVING")
            assert server.health() == server.health(CATALOG) == "SERVING"
            assert catalog_of(server).GetProduct(catalog.GetProductRequest(id=product.id), timeout=CALL_SECONDS)
        with pytest.raises(grpc.RpcError) as caught:
            adjust(there, product)
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
        assert reason_of(caught.value) == "DATABASE_READ_ONLY"
    finally:
        place.cluster.sql("postgres", "ALTER SYSTEM RESET default_transaction_read_only")
        place.cluster.sql("postgres", "SELECT pg_reload_conf()")
    for server in two_servers:
        wait_until(lambda server=server: server.health(AUTH) == "SERVING")
    wait_until(lambda: refused_as(lambda: adjust(there, product)) is None)
