"""The worker process dies under load, and the next one continues at the same sockets."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import tempfile
import time

import grpc
import pytest
import shop_server
from metrics import metric
from recorded_calls import Callers
from row_lock import RowLock
from shop_server import ShopServer, children
from stubs import CALL_SECONDS, adjustment, inventory_of, products_of
from waiting import wait_until

WAIT_SECONDS_MAX = 60
CONNECTED, FRESH = 8, 8
DEADLY = [signal.SIGKILL, signal.SIGILL, signal.SIGSEGV]


def is_alive(pid: int) -> bool:
    """A process that has ended and was not waited for yet is not."""
    try:
        return ") Z " not in pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def kill_worker(server: ShopServer, kind: signal.Signals = signal.SIGKILL) -> int:
    """The worker that follows the one that is killed."""
    server.may_die = True
    former = server.worker_pid
    os.kill(former, kind)
    wait_until(lambda: not is_alive(former), "the worker did not die")
    return wait_until(
        lambda: [pid for pid in children(server.process.pid, "fastshop-worker") if pid != former], server.log)[0]


def restarts(server: ShopServer, reason: str) -> float:
    return metric(server, f'fastshop_worker_restarts_total{{reason="{reason}"}}')


@pytest.fixture
def doomed(start_shop, database):
    server = start_shop(database())
    server.may_die = True
    return server


def test_only_calls_in_flight_fail_when_the_worker_dies_and_nobody_is_refused(doomed):
    supervisor = doomed.process.pid
    descriptors = len(os.listdir(f"/proc/{supervisor}/fd"))
    callers = Callers(doomed.address, products_of(doomed)[0].id, CONNECTED, FRESH)
    try:
        for kind in DEADLY:
            callers.wait_for(20 * (CONNECTED + FRESH), WAIT_SECONDS_MAX)
            failed, start = len(callers.failed), time.monotonic()
            kill_worker(doomed, kind)
            end = time.monotonic()
            callers.wait_for(2 * (CONNECTED + FRESH), WAIT_SECONDS_MAX)
            lost = callers.failed[failed:]
            assert len(lost) <= callers.in_flight(start, end), lost
            assert all(call.began <= end for call in lost), f"calls that began after the death failed: {lost}"
    finally:
        callers.stop()
    assert callers.refused == 0
    assert doomed.process.poll() is None
    assert len(os.listdir(f"/proc/{supervisor}/fd")) == descriptors, "the dead leave something behind"
    assert [restarts(doomed, f"SIG{name}") for name in ("KILL", "ILL", "SEGV", "TRAP")] == [1, 1, 1, 0]
    assert metric(doomed, "fastshop_worker_start_time_seconds") > metric(doomed, "fastshop_server_start_time_seconds")
    for kind in DEADLY:
        assert re.search(f"level=critical .*the worker died.* end={kind.name} .*pid=\\d+", doomed.log), doomed.log


def test_the_log_names_what_the_loops_were_at(cluster, doomed):
    variant = products_of(doomed)[0].variants[0].id
    with RowLock(cluster, doomed.database, variant) as lock:
        call = inventory_of(doomed).AdjustStock.future(adjustment(variant), timeout=CALL_SECONDS)
        lock.wait_for_waiters(1)
        kill_worker(doomed)
        assert call.code() == grpc.StatusCode.UNAVAILABLE
    told = next(line for line in doomed.log.splitlines() if doomed.DEATH in line)
    loops = re.findall(r'loop_\d="([^"]*)"', told)
    assert len(loops) == 2, told
    assert sum("1 × /fastshop.inventory.v1.InventoryService/AdjustStock" in loop for loop in loops) == 1, told
    assert sum("no call in flight" in loop for loop in loops) == 1, told


def test_workers_that_cannot_start_are_started_ever_more_slowly_until_they_can(start_shop, database, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text(shop_server.KEYS + "\n")
    keys.chmod(0o600)
    doomed = start_shop(database(), FASTSHOP_KEYS="", FASTSHOP_KEY_FILE=str(keys))
    keys.write_text("no key\n")
    doomed.may_die = True
    os.kill(doomed.worker_pid, signal.SIGKILL)
    pauses = wait_until(
        lambda: len(found := re.findall(r"pause_ms=(\d+)", doomed.log)) >= 3 and found, "it does not pause")
    assert [int(pause) for pause in pauses[:3]] == [100, 200, 400]
    assert doomed.process.poll() is None
    keys.write_text(shop_server.KEYS + "\n")
    doomed.wait_until("SERVING")
    assert restarts(doomed, "SIGKILL") == 1 and restarts(doomed, "exit") >= 3
    assert products_of(doomed)


def test_nothing_serves_when_the_supervisor_is_killed(doomed):
    worker = doomed.worker_pid
    doomed.process.kill()
    doomed.process.wait(WAIT_SECONDS_MAX)
    wait_until(lambda: not is_alive(worker), "the worker outlives its supervisor")
    wait_until(lambda: shop_server.refuses(doomed.address), "somebody still listens")


def test_a_second_signal_ends_the_calls_that_the_first_waits_for(cluster, start_shop, database):
    server = start_shop(database(), FASTSHOP_DRAIN_SECONDS="600")
    variant = products_of(server)[0].variants[0].id
    worker = server.worker_pid
    with RowLock(cluster, server.database, variant) as lock:
        call = inventory_of(server).AdjustStock.future(adjustment(variant), timeout=60)
        lock.wait_for_waiters(1)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: shop_server.refuses(server.address), "it goes on to listen")
        assert not call.done()
        server.process.send_signal(signal.SIGTERM)
        assert call.code() == grpc.StatusCode.UNAVAILABLE
        assert server.process.wait(WAIT_SECONDS_MAX) == 0, server.log
    assert not is_alive(worker)


@pytest.mark.parametrize("supervisor", ["on", "off"])
@pytest.mark.parametrize("kind", [signal.SIGHUP, signal.SIGUSR2, signal.SIGTERM])
def test_a_signal_during_the_start_is_heard_later(start_shop, database, supervisor, kind):
    """A certificate may be renewed at any time: SIGHUP must not end a server that does not listen to signals yet."""
    server = start_shop(database(), "--supervisor", supervisor, ready=False)
    wait_until(lambda: len(os.listdir(f"/proc/{server.process.pid}/task")) > 1)
    server.process.send_signal(kind)
    if kind != signal.SIGTERM:
        server.wait_until("SERVING")
        server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(WAIT_SECONDS_MAX) == 0, server.log


def test_the_worker_hears_of_a_stop_by_its_supervisor_alone(start_shop, database):
    """Ctrl-C in a terminal, and systemd, signal every process: the calls in flight are to end all the same."""
    server = start_shop(database())
    for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(server.worker_pid, kind)
    assert server.health() == "SERVING" and server.is_unharmed
    assert os.getpgid(server.worker_pid) != os.getpgid(server.process.pid)
    assert server.stop() == 0, server.log


def test_a_worker_is_started_by_a_supervisor_alone():
    done = shop_server.run("serve-worker", "--control", "9")
    assert done.returncode == 1 and "serve-worker is started by fastshop serve only" in done.stderr
    assert "serve-worker" not in shop_server.run("--help").stdout


def test_without_a_supervisor_one_process_serves(start_shop, database):
    server = start_shop(database(), "--supervisor", "off")
    assert children(server.process.pid, "fastshop-worker") == []
    assert products_of(server)
    server.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: "no upgrade: there is no supervisor" in server.log, "it does not say so")
    assert server.stop() == 0, server.log


def test_an_address_that_is_taken_is_found_before_anything_is_changed(cluster, start_shop, database):
    first = start_shop(database())
    empty = cluster.create("untouched")
    for supervised in ("on", "off"):
        settings = first.settings | {"DATABASE_URL": empty, "FASTSHOP_SUPERVISOR": supervised}
        done = shop_server.run("serve", env=settings)
        assert done.returncode == 1 and "Address already in use" in done.stderr
    assert cluster.sql("untouched", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0"


@pytest.fixture
def own_folder():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fastshop-own-", dir="/tmp"))
    folder.chmod(0o755)  # Postgres runs as another user when the tests run as root
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def postmaster(folder: pathlib.Path) -> int:
    """The process of our own Postgres; 0 while there is none."""
    try:
        return int((folder / "data/postgres/data/postmaster.pid").read_text().split()[0])
    except (OSError, IndexError):
        return 0


def test_our_own_postgres_outlives_the_worker_and_upgrades(own_folder):
    server = ShopServer(own_folder, "", binary=shop_server.copy_of_the_program(own_folder))
    try:
        server.wait_until("SERVING")
        server.may_die = True
        postgres = postmaster(own_folder)
        kill_worker(server)
        server.wait_until("SERVING")
        # Three: it is what an upgrade has inherited that the next one may lose.
        for count in range(1, 4):
            server.process.send_signal(signal.SIGUSR2)
            wait_until(lambda: server.log.count("the supervisor runs the new version") == count, "it was not upgraded")
            server.wait_until("SERVING")
            assert is_alive(postgres)
        assert "the embedded Postgres has ended" not in server.log
        # The new supervisor looks after it as the former one did.
        os.kill(postgres, signal.SIGINT)
        wait_until(lambda: "the embedded Postgres has ended and is being restarted" in server.log, server.log)
        postgres = wait_until(lambda: (new := postmaster(own_folder)) != postgres and new, "it does not come back")
        server.wait_until("SERVING")
        assert server.stop() == 0, server.log
        assert not is_alive(postgres)
    finally:
        server.process.kill()


def processes_in(folder: pathlib.Path) -> list[int]:
    """Those whose command names the folder."""
    found = []
    for command in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in command.read_bytes():
                found.append(int(command.parent.name))
    return found


def start_until_a_cluster_is_made(folder: pathlib.Path, *arguments: str) -> ShopServer:
    """A server whose Postgres is being made."""
    server = ShopServer(folder, "", *arguments)
    wait_until(lambda: list(folder.glob("data/postgres/*/PG_VERSION")), "no cluster is made")
    return server


@pytest.mark.parametrize("supervisor", ["on", "off"])
def test_a_stop_while_our_own_postgres_starts_leaves_nothing_behind(own_folder, supervisor):
    server = start_until_a_cluster_is_made(own_folder, "--supervisor", supervisor)
    assert server.stop() == 0, server.log
    assert not processes_in(own_folder)
    server = ShopServer(own_folder, "", "--supervisor", supervisor)
    try:
        server.wait_until("SERVING")
    finally:
        assert server.stop() == 0, server.log
    assert not processes_in(own_folder)


def test_a_server_starts_although_the_first_start_was_killed(own_folder):
    """When the machine has lost power, say: nobody could clean up."""
    server = start_until_a_cluster_is_made(own_folder)
    for process in [*processes_in(own_folder), server.process.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    server.process.wait()
    wait_until(lambda: not processes_in(own_folder))
    server = ShopServer(own_folder, "")
    try:
        server.wait_until("SERVING")
        assert {path.name for path in own_folder.glob("data/postgres/data*")} == {"data"}
    finally:
        server.stop()
