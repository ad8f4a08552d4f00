"""Clocks are set while servers run: the clock of one of two servers, which has no effect, and the clock of the
database."""

import concurrent.futures
import datetime
import email.utils
import json
import threading
import time
import urllib.request

import grpc
import jwt
import pytest
from fake_clock import FakeClock
from fastshop.identity.v1 import api_key_service_pb2 as api_keys
from fastshop.identity.v1 import api_key_service_pb2_grpc as api_keys_grpc
from accounts import bearer, list_sessions, new_account, refresh, refused_as
from postgres_cluster import PostgresCluster
from preloaded import needs_compiler
from stubs import CALL_SECONDS, adjustment, inventory_grpc, inventory_of, products_of, with_id

import shop_server
from waiting import wait_until

pytestmark = needs_compiler
HOUR, DAY = 3_600, 86_400
STEPS = [1, -1, HOUR, -HOUR, 30 * DAY, -30 * DAY, 3_650 * DAY, -3_650 * DAY]


def own_time(server) -> float:
    """The time of the server's own clock, from the date of its responses."""
    with urllib.request.urlopen(f"http://{server.address}/healthz", timeout=CALL_SECONDS) as answer:
        return email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp()


@pytest.fixture(scope="module")
def clock():
    clock = FakeClock()
    yield clock
    clock.remove()


@pytest.fixture(scope="module")
def two(start_shop, database, clock):
    """Two servers of one database; the second has a clock that can be set."""
    url = database()
    return start_shop(url), start_shop(url, **clock.environment)


def make_key(server, seconds: float):
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    request = with_id(api_keys.CreateApiKeyRequest(name="a till", scopes=["inventory.write", "sellers.any"]))
    request.expire_time.FromDatetime(end)
    return api_keys_grpc.ApiKeyServiceStub(server.channel).CreateApiKey(
        request, metadata=bearer(server.staff_token), timeout=CALL_SECONDS).secret


def adjust(server, secret: str):
    variant = products_of(server)[0].variants[0].id
    stub = inventory_grpc.InventoryServiceStub(server.channel)
    return stub.AdjustStock(adjustment(variant), metadata=bearer(secret), timeout=CALL_SECONDS)


def test_a_server_whose_clock_is_set_goes_by_the_others_time(two, clock, cluster):
    right, other = two
    person = new_account(right, cluster)
    secret = make_key(right, HOUR / 2)
    for step in STEPS:
        clock.set(step)
        wait_until(lambda: abs(own_time(other) - time.time() - step) < 1)
        # Each server accepts the tokens of the other, with the correct time.
        here, there = person.tokens(right), person.tokens(other)
        for server in two:
            list_sessions(server, here.access_token)
            list_sessions(server, there.access_token)
        assert abs(there.access_expire_time.seconds - time.time() - 600) < 60, step
        list_sessions(other, refresh(other, refresh(right, there.refresh_token).refresh_token).access_token)
        # A key of half an hour's life is neither over nor eternal, and an end that has passed is none.
        wait_until(lambda: refused_as(lambda: adjust(other, secret)) is None)
        assert refused_as(lambda: make_key(other, -60)) == grpc.StatusCode.INVALID_ARGUMENT
    wait_until(lambda: "this machine's clock differs from the database's clock" in other.log)
    clock.set(0)


@pytest.fixture(scope="module")
def database_clock():
    clock = FakeClock()
    yield clock
    clock.remove()


@pytest.fixture(scope="module")
def clocked_cluster(database_clock):
    cluster = PostgresCluster(environment=database_clock.environment)
    try:
        cluster.start()
        shop_server.prepare(cluster.create("shop"), products=20)
        yield cluster
    finally:
        cluster.remove()


def set_clock(clock: FakeClock, seconds: int, servers) -> None:
    """Sets the database's clock, and waits until the servers go by it."""
    told = [server.log.count("the database's clock was changed") for server in servers]
    clock.set(seconds)
    changed = "the database's clock was changed"
    wait_until(lambda: all(server.log.count(changed) > n for server, n in zip(servers, told)))


def published(server) -> set[str]:
    with urllib.request.urlopen(f"http://{server.address}/.well-known/jwks.json", timeout=CALL_SECONDS) as answer:
        return {key["kid"] for key in json.load(answer)["keys"]}


def signer(token: str) -> str:
    return jwt.get_unverified_header(token)["kid"]


def test_keys_rotate_while_tokens_are_refreshed(clocked_cluster, database_clock, start_shop):
    """No token is refused because a server lacks its key, or because the key no longer signs."""
    url = clocked_cluster.url("shop")
    servers = [start_shop(url, FASTSHOP_SIGNING_KEY_DAYS="1") for _ in range(2)]
    people = [new_account(servers[0], clocked_cluster) for _ in range(4)]
    former, = published(servers[0])
    made = "SELECT extract(epoch FROM signs_until - clock_timestamp())::bigint FROM identity.signing_key"
    left = int(clocked_cluster.sql("shop", made))
    set_clock(database_clock, left - 360, servers)
    wait_until(lambda: all(len(published(server)) == 2 for server in servers))
    set_clock(database_clock, left - 30, servers)
    assert signer(people[0].tokens(servers[0]).access_token) == former, "the next key is known before it signs"
    ends, signers = threading.Event(), set()

    def refresh_all_the_time(person) -> int:
        count, mine = 0, person.tokens(servers[0])
        while not ends.is_set():
            for giver, taker in (servers, servers[::-1]):
                mine = refresh(giver, mine.refresh_token)
                list_sessions(taker, mine.access_token)
                signers.add(signer(mine.access_token))
                count += 1
        return count

    with concurrent.futures.ThreadPoolExecutor(len(people)) as threads:
        loads = [threads.submit(refresh_all_the_time, person) for person in people]
        try:
            # Within the tolerance of clocks, because one server learns of it before the other.
            set_clock(database_clock, left + 20, servers)
            wait_until(lambda: len(signers) == 2 or any(load.done() for load in loads))
        finally:
            ends.set()
        assert sum(load.result() for load in loads) > len(people)
    assert all(signer(person.tokens(server).access_token) != former for person in people for server in servers)
    for server in servers:
        server.stop()
    database_clock.set(0)


def test_a_database_whose_clock_is_set_forgets_nobody(clocked_cluster, database_clock, start_shop):
    """Ten years ahead by mistake, and back by more: nothing is deleted by age, and people sign in all the time."""
    url = clocked_cluster.url("shop")
    two = start_shop(url), start_shop(url)
    person = new_account(two[0], clocked_cluster)
    inventory_of(two[0]).AdjustStock(adjustment(products_of(two[0])[0].variants[0].id), timeout=CALL_SECONDS)
    count = "SELECT (SELECT count(*) FROM platform.event), (SELECT count(*) FROM identity.session)"
    for step in [3_650 * DAY, -40 * DAY]:
        kept = clocked_cluster.sql("shop", count)
        set_clock(database_clock, step, two)
        # Upkeep runs when a server starts.
        third = start_shop(url)
        wait_until(lambda: int(clocked_cluster.sql(
            "shop", "SELECT count(*) FROM platform.retention WHERE reached_at <= now()")))
        for server in (*two, third):
            fresh = person.tokens(server)
            for taker in (*two, third):
                wait_until(lambda: refused_as(lambda: list_sessions(taker, fresh.access_token)) is None)
        now = clocked_cluster.sql("shop", count)
        assert [int(a) >= int(b) for a, b in zip(now.split("|"), kept.split("|"))] == [True, True], (step, kept, now)
        third.stop()
