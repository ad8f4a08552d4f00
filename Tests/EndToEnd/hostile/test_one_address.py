"""Callers that use up connections and calls, and callers from other addresses at the same time."""

import contextlib
import pathlib
import resource

import grpc
import pytest
from hostile import calls, frames
from hostile.adversary import Adversary
from hostile.frames import Code
from hostile.attack_trial import CPU_SECONDS_MAX, cpu_seconds
from metrics import metrics_of
from shop_server import BINARY
from stubs import inventory, inventory_of, products_of
from waiting import wait_until

# As many connections and streams as a server accepts in all, and a few more.
CONNECTIONS, STREAMS = 102, 1_000
LAST_STREAM = 2 * STREAMS - 1
# The server's limit for one address (RPCLimits), and the number of further calls that get an error message.
CALLS_PER_ADDRESS = 5_000
CALLS_TOLD_WHY = CALLS_PER_ADDRESS // 4 + 1
DESCRIPTORS = 256
# Beside these, the connections of a process with so few descriptors would all be taken.
IDLE_ADDRESSES, IDLE_PER_ADDRESS = 40, 8
OTHER = "127.0.0.2"


def metric(server, name: str) -> float:
    """The sum of the metrics whose names begin with `name`, read from another address."""
    return sum(value for series, value in metrics_of(server, reader=OTHER).items() if series.startswith(name))


def watches() -> bytes:
    """As many calls of Health/Watch as a connection may have, as bytes."""
    head, body = frames.block(frames.fields(path=calls.HEALTH_WATCH)), frames.message(b"")
    streams = range(1, 2 * STREAMS, 2)
    return b"".join(frames.headers(stream, head) + frames.data(stream, body, True) for stream in streams)


def status_line(address: str, source: str, path: str) -> bytes:
    """The first line of the response to a GET from `source`."""
    with contextlib.closing(Adversary(address, greet=False, source=source)) as caller:
        caller.send(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        assert caller.wait(lambda: b"\r\n" in caller.raw_start)
        return caller.raw_start.split(b"\r\n")[0]


def is_answered(stream) -> bool:
    return bool(stream.fields) or stream.reset is not None


def is_refused(stream) -> bool:
    exhausted = str(grpc.StatusCode.RESOURCE_EXHAUSTED.value[0])
    return stream.reset == Code.REFUSED_STREAM or stream.fields.get("grpc-status") == exhausted


def is_served(address: str, source: str, tls: bool = False) -> bool:
    with contextlib.closing(Adversary(address, source=source, tls=tls)) as caller:
        return caller.answer(caller.call(*calls.GOOD_CALL)).fields.get("grpc-status") == "0"


@pytest.fixture(scope="module")
def server(start_shop, database):
    return start_shop(database(), FASTSHOP_RATE_LIMITS="on")


def test_one_address_cannot_take_all_calls(server):
    all_watches = watches()
    with contextlib.ExitStack() as held:
        attackers = []
        for _ in range(CONNECTIONS):
            attackers.append(held.enter_context(contextlib.closing(Adversary(server.address))))
            attackers[-1].send(all_watches)
        for attacker in attackers:
            assert attacker.wait(lambda: attacker.closed or is_answered(attacker.seen(LAST_STREAM)), 60)
        assert attackers[-1].closed or all(is_refused(stream) for stream in attackers[-1].streams.values())
        assert metric(server, "fastshop_streams") <= CALLS_PER_ADDRESS + CALLS_TOLD_WHY
        # Refused calls end at once, so that the limit of the address's calls is not reached.
        assert metric(server, 'fastshop_open_call_refusals_total{caller="guest",kind="stream"}') > 0
        assert is_served(server.address, OTHER)
        assert status_line(server.address, OTHER, "/healthz") == b"HTTP/1.1 200 OK"
        assert status_line(server.address, "127.0.0.1", "/healthz") == b"HTTP/1.1 200 OK"
    assert is_served(server.address, "127.0.0.1")


@pytest.fixture(scope="module")
def small(start_shop, database, tmp_path_factory):
    """A server that may open few files."""
    wrapper = tmp_path_factory.mktemp("wrapper") / "fastshop"
    wrapper.write_text(f'#!/bin/sh\nulimit -n {DESCRIPTORS}\nexec {BINARY} "$@"\n')
    wrapper.chmod(0o755)
    return start_shop(database(), binary=wrapper)


def test_idle_connections_leave_descriptors_for_others_and_for_ourselves(small):
    product = products_of(small)[0]
    watcher = inventory_of(small).WatchInventory(
        inventory.WatchInventoryRequest(product_id=product.id), timeout=60)
    next(watcher)
    sources = [f"127.0.1.{1 + number}" for number in range(IDLE_ADDRESSES) for _ in range(IDLE_PER_ADDRESS)]
    with contextlib.ExitStack() as held:
        for source in sources:
            held.enter_context(contextlib.closing(Adversary(small.address, source=source)))
        # On a busy machine, a newcomer may come before the idle ones have made way. It comes again, as clients do.
        wait_until(lambda: is_served(small.address, OTHER))
        wait_until(lambda: is_served(small.tls_address, OTHER, tls=True))
        assert small.staff_token  # a sign-in opens what is sealed
        assert metric(small, "fastshop_idle_connections_closed_total") > 0
        assert metric(small, 'fastshop_connections_refused_total{cause="descriptors"}') == 0
        open_files = len(list(pathlib.Path(f"/proc/{small.worker_pid}/fd").iterdir()))
        assert open_files < DESCRIPTORS - DESCRIPTORS // 8
    assert watcher.is_active()
    watcher.cancel()


def test_idle_connections_make_way_when_no_descriptor_is_left(small):
    """The limit falls while the server runs, as it does when the whole machine has no descriptors left."""
    open_files = pathlib.Path(f"/proc/{small.worker_pid}/fd")
    before = cpu_seconds(small.worker_pid)
    with contextlib.ExitStack() as held:
        for number in range(IDLE_ADDRESSES):
            held.enter_context(contextlib.closing(Adversary(small.address, source=f"127.0.3.{1 + number}")))
        wait_until(lambda: is_served(small.address, OTHER))  # and so the others have been accepted
        resource.prlimit(small.worker_pid, resource.RLIMIT_NOFILE, (len(list(open_files.iterdir())), DESCRIPTORS))
        try:
            late = [held.enter_context(contextlib.closing(Adversary(small.address, source=OTHER))) for _ in range(4)]
            for caller in late:
                assert caller.answer(caller.call(*calls.GOOD_CALL)).fields["grpc-status"] == "0"
        finally:
            resource.prlimit(small.worker_pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        assert metric(small, 'fastshop_connections_refused_total{cause="descriptors"}') > 0
    assert cpu_seconds(small.worker_pid) - before < CPU_SECONDS_MAX


def test_one_address_cannot_take_all_connections(small):
    with contextlib.ExitStack() as held:
        idle = [held.enter_context(contextlib.closing(Adversary(small.address))) for _ in range(DESCRIPTORS)]
        assert idle[-1].wait(lambda: idle[-1].closed)
        assert is_served(small.address, OTHER)
        assert metric(small, 'fastshop_connections_refused_total{cause="address"}') > 0
