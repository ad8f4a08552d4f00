"""The primary fails and its replica, which may lack the last changes, takes over."""

import re
import time

import grpc
import pytest
from google.rpc import error_details_pb2
from load import Load
from accounts import reason_of
from postgres_cluster import PostgresCluster
from stubs import (
    CALL_SECONDS,
    adjustment,
    catalog,
    catalog_grpc,
    catalog_of,
    details_of,
    inventory,
    inventory_grpc,
    inventory_of,
    products_of,
)

import shop_server

BACK_SECONDS_MAX = 60.0


class Watcher:
    """Follows a product's stock on a stream of its own, without coming back."""

    def __init__(self, server, product: str, cursor: str = "") -> None:
        request = inventory.WatchInventoryRequest(product_id=product, cursor=cursor)
        self._stream = inventory_of(server).WatchInventory(request, timeout=120)
        self.cursor = ""

    def until(self, wanted) -> None:
        """Reads on until an event that `wanted` is true of."""
        for event in self._stream:
            self.cursor = event.cursor or self.cursor
            if wanted(event):
                return

    def until_state(self) -> None:
        self.until(lambda event: event.WhichOneof("event") == "state_complete")

    def until_movement(self, movement: str) -> None:
        self.until(lambda event: event.change.movement_id == movement)

    def cancel(self) -> None:
        self._stream.cancel()


@pytest.fixture
def pair():
    """A primary and its replica."""
    primary, replica = PostgresCluster(), None
    try:
        primary.start()
        primary.create("shop")
        shop_server.prepare(primary.url("shop"), products=20)
        replica = PostgresCluster(primary)
        replica.start()
        yield primary, replica
    finally:
        primary.remove()
        if replica:
            replica.remove()


def stop_replicating(primary, replica) -> None:
    """Everything so far arrives at the replica, nothing later does."""
    place = primary.sql("shop", "SELECT pg_current_wal_lsn()")
    replica.wait_for("shop", f"SELECT pg_last_wal_replay_lsn() >= '{place}'")
    replica.sql("shop", "ALTER SYSTEM SET primary_conninfo = ''")
    replica.sql("shop", "SELECT pg_reload_conf()")
    replica.wait_for("shop", "SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)")


def stock_of(server, variant: str) -> int:
    request = inventory.GetStockRequest(variant_ids=[variant])
    return inventory_of(server).GetStock(request, timeout=CALL_SECONDS).stocks[0].on_hand


def test_the_replica_takes_over_and_nothing_is_skipped_or_made_up(pair, start_shop):
    primary, replica = pair
    url = primary.url_with(replica, "shop")
    one, two = start_shop(url), start_shop(url)
    product = products_of(one)[0]
    variant = product.variants[0].id
    watcher = Watcher(two, product.id)
    watcher.until_state()

    kept = adjustment(variant, 5)
    first_answer = inventory_of(one).AdjustStock(kept, timeout=CALL_SECONDS)
    watcher.until_movement(first_answer.movement_id)
    before = stock_of(one, variant)
    stop_replicating(primary, replica)
    lost = [adjustment(variant, 1) for _ in range(3)]
    for request in lost:
        made = inventory_of(one).AdjustStock(request, timeout=CALL_SECONDS)
        watcher.until_movement(made.movement_id)
    ahead = watcher.cursor

    primary.kill()
    # The replica is there, and can be read; but it is not what the shop is to be served from.
    two.wait_until("NOT_SERVING", within=BACK_SECONDS_MAX)
    with pytest.raises(grpc.RpcError) as caught:
        catalog_of(two).GetProduct(catalog.GetProductRequest(id=product.id), timeout=CALL_SECONDS)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert reason_of(caught.value) == "DATABASE_UNAVAILABLE"
    assert details_of(caught.value, error_details_pb2.RetryInfo)

    replica.sql("shop", "SELECT pg_promote()")
    for server in (one, two):
        server.wait_until("SERVING", within=BACK_SECONDS_MAX)
    # A request that was kept gets its first answer; one that was lost is carried out.
    assert stock_of(one, variant) == before
    again = inventory_of(two).AdjustStock(kept, timeout=CALL_SECONDS)
    assert again.movement_id == first_answer.movement_id
    assert stock_of(two, variant) == before
    # The numbers of lost events are assigned again: an open stream receives the new events.
    watcher.until_state()
    for request in lost:
        made = inventory_of(one).AdjustStock(request, timeout=CALL_SECONDS)
        watcher.until_movement(made.movement_id)
    watcher.cancel()
    assert stock_of(two, variant) == before + len(lost)
    # A cursor of the former log is refused, so that its client starts again.
    with pytest.raises(grpc.RpcError) as caught:
        Watcher(two, product.id, ahead).until_state()
    assert caught.value.code() == grpc.StatusCode.OUT_OF_RANGE
    assert reason_of(caught.value) == "CURSOR_OF_ANOTHER_LOG"
    for server in (one, two):
        assert server.is_unharmed, server.log


def test_callers_on_two_servers_meet_a_failover_and_no_change_is_lost_or_made_twice(pair, start_shop):
    """With what was acknowledged replicated before, as synchronous replication has it."""
    primary, replica = pair
    primary.sql("shop", "ALTER SYSTEM SET synchronous_standby_names = '*'")
    primary.sql("shop", "ALTER SYSTEM SET synchronous_commit = 'remote_apply'")
    primary.sql("shop", "SELECT pg_reload_conf()")
    servers = [start_shop(primary.url_with(replica, "shop")) for _ in range(2)]
    products = products_of(servers[0], 4)
    variant = products[0].variants[0].id
    before = stock_of(servers[0], variant)
    token = servers[0].staff_token

    def read(channel, metadata):
        request = catalog.GetProductRequest(id=products[-1].id)
        return catalog_grpc.CatalogServiceStub(channel).GetProduct(request, timeout=CALL_SECONDS)

    def write(channel, metadata):
        """Repeats the same request until it succeeds, as callers are advised."""
        request, stub = adjustment(variant), inventory_grpc.InventoryServiceStub(channel)
        while True:
            try:
                return stub.AdjustStock(request, timeout=CALL_SECONDS, metadata=metadata).movement_id
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAVAILABLE, error
                time.sleep(0.05)

    signed = (("authorization", f"Bearer {token}"),)
    loads = [Load(server, 3, call, data) for server in servers for call, data in ((read, ()), (write, signed))]
    try:
        for load in loads:
            load.wait_for(grpc.StatusCode.OK, 20, BACK_SECONDS_MAX)
        primary.kill()
        replica.sql("shop", "SELECT pg_promote()")
        for load in loads:
            load.wait_for(grpc.StatusCode.OK, 20, BACK_SECONDS_MAX)
    finally:
        for load in loads:
            load.stop()
    assert {code for load in loads for code in load.codes} <= {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}
    movements = [movement for load in loads[1::2] for movement in load.results]
    assert len(set(movements)) == len(movements)
    ledger = replica.sql("shop", f"SELECT sum(delta) FROM inventory.movement WHERE variant_id = '{variant}'")
    after = stock_of(servers[1], variant)
    assert int(ledger) == after == before + len(movements)


def test_a_shop_restored_from_a_dump_as_documented_refuses_the_cursors_of_lost_events(start_shop, database, cluster):
    first = start_shop(database())
    first.stop()
    # What the copy lacks of the original's later changes was lost.
    dumped = f"{first.database}_dumped"
    restored = start_shop(cluster.create(dumped, first.database))
    lost = start_shop(first.settings["DATABASE_URL"])
    product = products_of(lost)[0]
    watcher = Watcher(lost, product.id)
    watcher.until_state()
    made = inventory_of(lost).AdjustStock(adjustment(product.variants[0].id), timeout=CALL_SECONDS)
    watcher.until_movement(made.movement_id)
    watcher.cancel()
    guide = (shop_server.ROOT / "docs/tasks/run-in-production.md").read_text()
    for statement in re.findall(r"""^psql --dbname="\$DATABASE_URL" --command='(.*)'$""", guide, re.MULTILINE):
        cluster.sql(restored.database, statement)
    for _ in range(3):
        inventory_of(restored).AdjustStock(adjustment(product.variants[0].id), timeout=CALL_SECONDS)
    with pytest.raises(grpc.RpcError) as caught:
        next(iter(inventory_of(restored).WatchInventory(
            inventory.WatchInventoryRequest(product_id=product.id, cursor=watcher.cursor), timeout=CALL_SECONDS)))
    assert reason_of(caught.value) == "CURSOR_OF_ANOTHER_LOG"
    restored.stop()
    cluster.drop(dumped)
