"""The disk of Postgres is full: reads succeed, and writes get an error with the reason and a retry delay."""

import os
import pathlib
import shutil
import subprocess

import grpc
import pytest
from google.rpc import error_details_pb2
from accounts import reason_of
from postgres_cluster import PostgresCluster
from stubs import CALL_SECONDS, adjustment, catalog, catalog_of, details_of, inventory, inventory_of, products_of

import shop_server

DISK_BYTES = 96 << 20
# The pages that there are have room for some more rows.
CHANGES_MAX = 2_000
# Less than any page.
LEFT_BYTES = 4096


@pytest.fixture
def small_disk(tmp_path_factory):
    """A small file system of its own, for the shop's tables."""
    place = pathlib.Path("/tmp") / f"fastshop-small-{os.getpid()}"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", place], capture_output=True, text=True,
        check=False)
    if mounted.returncode != 0:
        place.rmdir()
        pytest.skip(f"NO FULL DISK WAS TRIED: a file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        if os.geteuid() == 0:
            shutil.chown(place, "postgres", "postgres")
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        place.rmdir()


@pytest.fixture
def disk_cluster(small_disk):
    disk_cluster = PostgresCluster()
    try:
        disk_cluster.start()
        tables = small_disk / "tables"
        tables.mkdir()
        if os.geteuid() == 0:
            shutil.chown(tables, "postgres", "postgres")
        disk_cluster.sql("postgres", f"CREATE TABLESPACE small LOCATION '{tables}'")
        disk_cluster.sql("postgres", "CREATE DATABASE shop TEMPLATE template1 TABLESPACE small")
        shop_server.prepare(disk_cluster.url("shop"), products=20)
        yield disk_cluster
    finally:
        disk_cluster.remove()


def fill(disk: pathlib.Path) -> pathlib.Path:
    filler = disk / "filler"
    left = shutil.disk_usage(disk).free - LEFT_BYTES
    with open(filler, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, left)
    return filler


def test_changes_are_unavailable_until_there_is_room_and_nothing_is_half_done(disk_cluster, small_disk, start_shop):
    servers = [start_shop(disk_cluster.url("shop")) for _ in range(2)]
    product = products_of(servers[0])[0]
    variant = product.variants[0].id
    request = inventory.GetStockRequest(variant_ids=[variant])
    before = inventory_of(servers[0]).GetStock(request, timeout=CALL_SECONDS).stocks[0].on_hand
    assert servers[0].staff_token  # signing in changes something, too
    filler = fill(small_disk)
    made, refused = 0, []
    for index in range(CHANGES_MAX):
        try:
            inventory_of(servers[index % 2]).AdjustStock(adjustment(variant), timeout=CALL_SECONDS)
            made += 1
        except grpc.RpcError as error:
            refused.append(error)
            if len(refused) == 10:
                break
    assert len(refused) == 10, f"{made} changes found room"
    for error in refused:
        assert error.code() == grpc.StatusCode.UNAVAILABLE, error
        assert reason_of(error) == "DATABASE_FULL"
        assert details_of(error, error_details_pb2.RetryInfo).retry_delay.seconds > 0
    for server in servers:
        assert catalog_of(server).GetProduct(
            catalog.GetProductRequest(id=product.id), timeout=CALL_SECONDS).product == product
        assert server.health() == "SERVING"
    filler.unlink()
    for server in servers:
        inventory_of(server).AdjustStock(adjustment(variant), timeout=CALL_SECONDS)
    after = inventory_of(servers[1]).GetStock(request, timeout=CALL_SECONDS).stocks[0].on_hand
    assert after == before + made + len(servers)
    ledger = disk_cluster.sql("shop", f"SELECT sum(delta) FROM inventory.movement WHERE variant_id = '{variant}'")
    assert int(ledger) == after
