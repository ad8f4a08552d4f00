"""Processes of one of two servers are stopped and continued (SIGSTOP, SIGCONT), like on a suspended machine."""

import concurrent.futures
import os
import pathlib
import signal
import time
import uuid

import grpc
from fastshop.identity.v1 import auth_service_pb2 as auth
from accounts import auth_of, bearer, list_sessions, new_account, refresh, refused_as
from shop_server import FRESH_CHANNEL
from stubs import CALL_SECONDS, adjustment, catalog, catalog_grpc, inventory_of, products_of
from test_inventory import Watcher, stock_of
from test_upgrade import FOLLOWED
from waiting import wait_until

# Longer than the event log may go unread.
PAUSE_SECONDS = 6
IMPATIENT_SECONDS = 1
CALLERS = 4


def stop(*pids: int) -> None:
    """Returns when no thread of the processes runs any more: one that still does would take the next call."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    for pid in pids:
        wait_until(lambda: set(states_of_threads(pid)) == {"T"})


def states_of_threads(pid: int) -> list[str]:
    stats = (task / "stat" for task in pathlib.Path(f"/proc/{pid}/task").iterdir())
    return [stat.read_text().rpartition(")")[2].split()[0] for stat in stats]


def go_on(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def exchange(server, token: str, exchange_id: str, timeout: float = CALL_SECONDS):
    request = auth.RefreshTokenRequest(refresh_token=token, exchange_id=exchange_id)
    return auth_of(server).RefreshToken(request, timeout=timeout).tokens


def adjust_somewhere(servers, variant: str) -> None:
    """A change that its client sends again, there and here in turn, until it is answered."""
    request = adjustment(variant)
    for attempt in range(60):
        try:
            inventory_of(servers[attempt % 2]).AdjustStock(request, timeout=IMPATIENT_SECONDS)
            return
        except grpc.RpcError as error:
            assert error.code() in (
                grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED), error
    raise AssertionError("it is never answered")


def test_a_worker_stops_under_load_and_goes_on(two_shops, cluster):
    here, there = two_shops
    product = products_of(here)[0]
    variant = product.variants[0].id
    person, leaver = new_account(here, cluster), new_account(here, cluster)
    tokens, ended = person.tokens(here), leaver.tokens(here)
    list_sessions(there, ended.access_token)
    watcher = Watcher(there, product_id=product.id)
    before = watcher.state()[variant].on_hand
    worker, changes = there.worker_pid, 0
    with concurrent.futures.ThreadPoolExecutor(CALLERS + 1) as threads:
        stop(worker)
        paused_at = time.monotonic()
        # A client gives a refresh up and sends it again elsewhere; the server that is stopped has the first one still.
        exchange_id = str(uuid.uuid4())
        code = refused_as(lambda: exchange(there, tokens.refresh_token, exchange_id, IMPATIENT_SECONDS))
        assert code == grpc.StatusCode.DEADLINE_EXCEEDED
        again = exchange(here, tokens.refresh_token, exchange_id)
        auth_of(here).SignOut(auth.SignOutRequest(), metadata=bearer(ended.access_token), timeout=CALL_SECONDS)
        late = threads.submit(lambda: refused_as(lambda: list_sessions(there, ended.access_token)))
        while time.monotonic() - paused_at < PAUSE_SECONDS:
            list(threads.map(lambda _: adjust_somewhere((there, here), variant), range(CALLERS)))
            changes += CALLERS
        go_on(worker)
        # An ended session is refused, even before the server has been notified.
        assert late.result() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAUTHENTICATED)
    wait_until(lambda: refused_as(lambda: list_sessions(there, ended.access_token)) == grpc.StatusCode.UNAUTHENTICATED)
    # A repeated request does not sign its user out; the change was made once, and no event was missed.
    assert refresh(there, again.refresh_token).session_id == tokens.session_id
    assert stock_of(there, variant).on_hand == before + changes
    wait_until(lambda: watcher.change().stock.on_hand == before + changes)
    watcher.stop()


def test_a_supervisor_stops_and_goes_on(two_shops):
    """Its worker serves without it; a worker that dies meanwhile is replaced once the supervisor continues."""
    _, there = two_shops
    there.may_die = True
    former = there.worker_pid
    stop(there.process.pid)
    products_of(there)
    os.kill(former, signal.SIGKILL)
    go_on(there.process.pid)
    there.wait_until("SERVING")
    assert there.worker_pid != former


def test_whoever_is_to_end_while_stopped_ends_once_it_goes_on(start_shop, two_shops):
    server = start_shop(two_shops[0].settings["DATABASE_URL"])
    pids = (server.process.pid, server.worker_pid)
    stop(*pids)
    server.process.send_signal(signal.SIGTERM)
    go_on(*pids)
    assert server.process.wait(20) == 0


def test_an_upgrade_goes_past_a_worker_that_is_stopped(start_shop, two_shops):
    server = start_shop(two_shops[0].settings["DATABASE_URL"])
    former = server.worker_pid
    stop(former)
    server.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: "the new version serves" in server.log)
    wait_until(lambda: calls_served(server))
    go_on(former)
    wait_until(lambda: not os.path.exists(f"/proc/{former}"))
    wait_until(lambda: FOLLOWED in server.log)
    products_of(server)


def calls_served(server) -> bool:
    """Whether a new connection is served, which may have been given to the worker that is stopped."""
    with grpc.insecure_channel(server.address, options=FRESH_CHANNEL) as channel:
        stub = catalog_grpc.CatalogServiceStub(channel)
        return refused_as(lambda: stub.ListProducts(
            catalog.ListProductsRequest(page_size=1), timeout=IMPATIENT_SECONDS)) is None
