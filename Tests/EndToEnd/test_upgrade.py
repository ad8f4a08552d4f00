"""SIGUSR2: a running server is replaced by a new version without a failed call."""

import os
import pathlib
import re
import shutil
import signal
import threading

import grpc
import preloaded
import pytest
import shop_server
from metrics import metric
from recorded_calls import Callers
from row_lock import RowLock
from shop_server import children
from stubs import adjustment, catalog, catalog_grpc, inventory_of, products_of
from test_supervisor import CONNECTED, FRESH, WAIT_SECONDS_MAX, is_alive, kill_worker, restarts
from waiting import wait_until

FOLLOWED = "the supervisor runs the new version"
# Callers of HTTP/1.1 that keep their connections.
KEPT = 16


@pytest.fixture
def installed(start_shop, database, tmp_path):
    """A server whose program is a copy, which a test may replace."""
    return start_shop(database(), binary=shop_server.copy_of_the_program(tmp_path)), tmp_path / "fastshop"


def install(program: pathlib.Path, content: str | None = None) -> None:
    """Puts a new file in the program's place, as a package manager does; without `content`, another copy."""
    new = program.with_name("new")
    if content is None:
        shutil.copy2(shop_server.BINARY, new)
    else:
        new.write_text(content)
        new.chmod(0o755)
    new.replace(program)


def file_of(pid: int) -> int:
    return os.stat(f"/proc/{pid}/exe").st_ino


def test_an_upgrade_under_load_fails_no_call_and_refuses_nobody(installed):
    server, program = installed
    former = server.worker_pid
    callers = Callers(server.address, products_of(server)[0].id, CONNECTED, FRESH, KEPT)
    many = 10 * (CONNECTED + FRESH + KEPT)
    try:
        for times in (1, 2):
            callers.wait_for(many, WAIT_SECONDS_MAX)
            install(program)
            server.process.send_signal(signal.SIGUSR2)
            wait_until(lambda: server.log.count(FOLLOWED) == times, "it was not upgraded")
            callers.wait_for(many, WAIT_SECONDS_MAX)
    finally:
        callers.stop()
    assert callers.failed == [] and callers.refused == 0
    assert not is_alive(former) and server.process.poll() is None
    new = os.stat(program).st_ino
    assert file_of(server.worker_pid) == new and file_of(server.process.pid) == new
    assert restarts(server, "upgrade") == 2
    # The new version takes over the state.
    server.may_die = True
    kill_worker(server)
    server.wait_until("SERVING")
    assert restarts(server, "SIGKILL") == 1 and restarts(server, "upgrade") == 2
    assert re.search(f"{server.DEATH}.* loop_0=", server.log), server.log
    assert server.stop() == 0, server.log


def test_calls_in_flight_end_where_they_began(installed):
    server, program = installed
    former = server.worker_pid
    request = threading.Event()

    def late_request():
        request.wait(WAIT_SECONDS_MAX)
        yield catalog.ListProductsRequest(page_size=1)

    # A call whose request is not complete is in flight for as long as the test needs.
    listing = server.channel.stream_unary(
        "/fastshop.catalog.v1.CatalogService/ListProducts", catalog.ListProductsRequest.SerializeToString,
        catalog.ListProductsResponse.FromString)
    wait_until(lambda: metric(server, "fastshop_streams") == 1, "others call")  # the request for the metrics
    call = listing.future(late_request(), timeout=WAIT_SECONDS_MAX)
    wait_until(lambda: metric(server, "fastshop_streams") == 2, "the call does not begin")
    server.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: "the new version serves" in server.log, "it was not upgraded")
    with grpc.insecure_channel(server.address, options=shop_server.FRESH_CHANNEL) as fresh:
        stub = catalog_grpc.CatalogServiceStub(fresh)
        stub.ListProducts(catalog.ListProductsRequest(page_size=1), wait_for_ready=True, timeout=WAIT_SECONDS_MAX)
    assert is_alive(former) and not call.done()
    server.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: "no upgrade: another one is in progress" in server.log, "two at once")
    request.set()
    assert len(call.result().products) == 1
    wait_until(lambda: FOLLOWED in server.log, "it was not upgraded")
    assert server.stop() == 0, server.log


@pytest.mark.parametrize(
    "content, reason",
    [("\x7fELF, but not really", "Exec format error"), ("#!/bin/sh\nexit 3\n", "exit 3"),
     ("#!/bin/sh\nkill -9 $$\n", "SIGKILL")])
def test_a_version_that_does_not_start_changes_nothing(installed, content, reason):
    server, program = installed
    former = server.worker_pid
    install(program, content)
    server.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: "the upgrade failed" in server.log, server.log)
    assert reason in server.log
    assert server.worker_pid == former and server.health() == "SERVING"
    # A worker that dies is followed by one of the version that was good.
    kill_worker(server)
    server.wait_until("SERVING")
    install(program)
    server.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: FOLLOWED in server.log, "it was not upgraded")
    assert server.stop() == 0, server.log


def test_a_version_that_is_missing_changes_nothing(installed):
    server, program = installed
    program.unlink()
    server.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: "No such file or directory" in server.log, server.log)
    kill_worker(server)
    server.wait_until("SERVING")
    assert server.stop() == 0, server.log


def test_a_stop_gives_up_a_version_that_does_not_come(installed):
    server, program = installed
    install(program, "#!/bin/sh\nexec sleep 1000\n")
    server.process.send_signal(signal.SIGUSR2)
    hung = wait_until(lambda: children(server.process.pid, "sleep"), "it was not started")[0]
    assert server.health() == "SERVING"
    assert server.stop() == 0, server.log
    assert not is_alive(hung)


def test_a_stop_is_not_undone_by_an_upgrade(cluster, installed):
    server, _ = installed
    variant = products_of(server)[0].variants[0].id
    with RowLock(cluster, server.database, variant) as lock:
        call = inventory_of(server).AdjustStock.future(adjustment(variant), timeout=60)
        lock.wait_for_waiters(1)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: shop_server.refuses(server.address), "it goes on to listen")
        server.process.send_signal(signal.SIGUSR2)
        wait_until(lambda: "no upgrade: the server is stopping" in server.log, server.log)
        lock.release()
        assert call.result().stock.variant_id == variant
    assert server.process.wait(WAIT_SECONDS_MAX) == 0, server.log


@preloaded.needs_compiler
def test_a_stop_at_the_moment_of_the_replacement_is_not_lost(start_shop, database, tmp_path):
    server = start_shop(
        database(), binary=shop_server.copy_of_the_program(tmp_path),
        LD_PRELOAD=str(preloaded.library("stopped_at_exec", tmp_path)))
    server.process.send_signal(signal.SIGUSR2)
    assert server.process.wait(WAIT_SECONDS_MAX) == 0, server.log
    assert FOLLOWED in server.log
