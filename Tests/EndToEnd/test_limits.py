"""Rate limits of callers, as grpcio and curl see them."""

import collections
import json
import os
import re
import subprocess
import sys
import uuid

import grpc
import pytest
from curl import curl, post_json
from fastshop.identity.v1 import (
    auth_service_pb2,
    auth_service_pb2_grpc,
    device_service_pb2,
    device_service_pb2_grpc,
    external_sign_in_service_pb2,  # noqa: F401 for its descriptors
    session_service_pb2,
    session_service_pb2_grpc,
    user_service_pb2,
    user_service_pb2_grpc,
)
from fastshop.policy.v1 import policy_pb2
from google.protobuf import descriptor_pool
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from shop_server import FRESH_CHANNEL, ROOT, STAFF_EMAIL, STAFF_PASSWORD
from stubs import (
    CALL_SECONDS, catalog, catalog_grpc, catalog_of, details_of, inventory, inventory_grpc, inventory_of, products_of)
from waiting import wait_out, wait_until

LIST = "fastshop.catalog.v1.CatalogService/ListProducts"
OK = grpc.StatusCode.OK
REFUSED = grpc.StatusCode.RESOURCE_EXHAUSTED
# Nothing comes back while a test lasts.
FIVE, FIFTY = "5/d", "50/d"
FROM = "x-forwarded-for"


@pytest.fixture(scope="module")
def start_limited(start_shop, database):
    """Starts a server whose callers may call so much, whether or not they are signed in."""
    url = database()

    def start(rate: str, **settings: str):
        # The calls of these tests are public reads, of the class for them.
        rates = rate if "=" in rate else f"{rate},browse={rate}"
        on = {"FASTSHOP_RATE_LIMITS": "on", "FASTSHOP_RATE_SIGNED_IN": rates, "FASTSHOP_RATE_PUBLIC": rates}
        return start_shop(url, **(on | settings))

    return start


@pytest.fixture(scope="module")
def behind_proxy(start_limited):
    """Trusts the test as a proxy, so that each test has its own callers."""
    return start_limited(FIVE, FASTSHOP_TRUSTED_PROXIES="127.0.0.0/8")


@pytest.fixture
def address() -> str:
    """An address that no other test has called from."""
    number = uuid.uuid4().int
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def call(server, **metadata: str) -> tuple[grpc.StatusCode, dict[str, str], grpc.RpcError | None]:
    """Status and leading metadata of a call, and the error if it is one."""
    given = [(name.replace("_", "-"), value) for name, value in metadata.items()]
    try:
        _, done = catalog_of(server).ListProducts.with_call(
            catalog.ListProductsRequest(page_size=1), metadata=given, timeout=CALL_SECONDS)
        return done.code(), dict(done.initial_metadata()), None
    except grpc.RpcError as error:
        return error.code(), dict(error.initial_metadata() or ()) | dict(error.trailing_metadata()), error


def codes(server, count: int, **metadata: str) -> list[grpc.StatusCode]:
    return [call(server, **metadata)[0] for _ in range(count)]


def test_five_calls_and_no_more(behind_proxy, address):
    assert codes(behind_proxy, 8, x_forwarded_for=address) == [OK] * 5 + [REFUSED] * 3


def test_every_answer_says_what_is_left(behind_proxy, address):
    answers = [call(behind_proxy, x_forwarded_for=address)[1] for _ in range(6)]
    assert [each["ratelimit-limit"] for each in answers] == ["5"] * 6
    assert [each["ratelimit-remaining"] for each in answers] == ["4", "3", "2", "1", "0", "0"]
    resets = [int(each["ratelimit-reset"]) for each in answers]
    # A fifth of a day for each call, less what has passed meanwhile.
    for calls, reset in enumerate(resets[:5], start=1):
        assert 86_400 / 5 * calls - 60 < reset <= 86_400 / 5 * calls
    assert "retry-after" not in answers[4] and 0 < int(answers[5]["retry-after"]) <= 86_400 / 5


def test_a_refusal_tells_programs_when_to_come_back(behind_proxy, address):
    codes(behind_proxy, 5, x_forwarded_for=address)
    code, metadata, error = call(behind_proxy, x_forwarded_for=address)
    assert code == REFUSED
    delay = details_of(error, error_details_pb2.RetryInfo).retry_delay
    assert 86_400 / 5 - 60 < delay.seconds <= 86_400 / 5
    (violation,) = details_of(error, error_details_pb2.QuotaFailure).violations
    assert violation.subject == f"address:{address}" and "browse" in violation.description
    assert int(metadata["grpc-retry-pushback-ms"]) // 1000 in (delay.seconds, delay.seconds + 1)


def test_after_that_time_the_call_succeeds(start_limited):
    shop = start_limited("2/s")
    found = wait_until(lambda: (answer := call(shop))[0] == REFUSED and answer[2])
    delay = details_of(found, error_details_pb2.RetryInfo).retry_delay.ToTimedelta().total_seconds()
    assert 0 < delay <= 0.5
    wait_out(delay)
    assert call(shop)[0] == OK


RETRYING = json.dumps({"methodConfig": [{"name": [{}], "retryPolicy": {
    "maxAttempts": 3, "initialBackoff": "0.001s", "maxBackoff": "0.002s", "backoffMultiplier": 1,
    "retryableStatusCodes": ["RESOURCE_EXHAUSTED"]}}]})


def test_grpcio_waits_as_long_as_a_refusal_asks_it_to(start_limited):
    shop = start_limited("1/s")
    options = [*FRESH_CHANNEL, ("grpc.service_config", RETRYING), ("grpc.enable_retries", 1)]
    with grpc.insecure_channel(shop.address, options=options) as channel:
        stub = catalog_grpc.CatalogServiceStub(channel)
        # By its own waits of a millisecond it would have failed thrice before the next call is allowed.
        for _ in range(3):
            stub.ListProducts(catalog.ListProductsRequest(page_size=1), timeout=CALL_SECONDS)


def test_many_connections_on_several_loops_are_one_caller(start_limited):
    shop = start_limited(FIFTY)
    channels = [grpc.insecure_channel(shop.address, options=FRESH_CHANNEL) for _ in range(8)]
    request = catalog.ListProductsRequest(page_size=1)
    stubs = [catalog_grpc.CatalogServiceStub(channel) for channel in channels]
    calls = [stubs[number % 8].ListProducts.future(request, timeout=60, wait_for_ready=True) for number in range(200)]
    found = collections.Counter(each.code() for each in calls)
    for channel in channels:
        channel.close()
    assert found == {OK: 50, REFUSED: 150}


def test_each_address_has_its_own_and_a_household_of_ipv6_one(behind_proxy):
    network = f"2001:db8:{uuid.uuid4().int & 0xffff:x}:1"
    assert codes(behind_proxy, 3, x_forwarded_for=f"{network}::1") == [OK] * 3
    assert codes(behind_proxy, 3, x_forwarded_for=f"{network}:ffff::2") == [OK, OK, REFUSED]
    assert codes(behind_proxy, 1, x_forwarded_for=f"{network[:-1]}2::1") == [OK]


def test_what_a_caller_says_itself_does_not_count(behind_proxy, start_limited, address):
    # The client's own value precedes the value of the proxy.
    for number in range(5):
        assert call(behind_proxy, x_forwarded_for=f"192.0.2.{number}, {address}")[0] == OK
    assert call(behind_proxy, x_forwarded_for=f"192.0.2.9, {address}")[0] == REFUSED
    # Without one, it is not read at all.
    alone = start_limited(FIVE)
    found = [call(alone, x_forwarded_for=f"192.0.2.{number}")[0] for number in range(6)]
    assert found == [OK] * 5 + [REFUSED]


def test_over_http_a_refusal_is_429_with_the_time_to_come_back(behind_proxy, address):
    field = ["--header", f"{FROM}: {address}"]
    answers = [post_json(behind_proxy, LIST, {"pageSize": 1}, *field) for _ in range(6)]
    assert [each.status for each in answers] == [200] * 5 + [429]
    assert [each.headers["ratelimit-remaining"] for each in answers] == ["4", "3", "2", "1", "0", "0"]
    refusal = answers[-1]
    assert 0 < int(refusal.headers["retry-after"]) <= 86_400 / 5
    assert refusal.headers["ratelimit-limit"] == "5" and refusal.json["code"] == "resource_exhausted"
    kinds = {detail["type"] for detail in refusal.json["details"]}
    assert kinds == {"google.rpc.ErrorInfo", "google.rpc.RetryInfo", "google.rpc.QuotaFailure"}


def test_streams_have_an_allowance_of_their_own(start_limited):
    shop = start_limited("5/d,browse=5/d,stream=2/d")
    request = inventory.WatchInventoryRequest(product_id=products_of(shop)[0].id)

    def watch() -> grpc.StatusCode:
        stream = inventory_of(shop).WatchInventory(request, timeout=CALL_SECONDS)
        try:
            next(stream)
            return OK
        except grpc.RpcError as error:
            return error.code()
        finally:
            stream.cancel()

    assert [watch() for _ in range(3)] == [OK, OK, REFUSED]
    assert codes(shop, 5) == [OK] * 4 + [REFUSED]


def test_health_is_never_refused(start_limited):
    shop = start_limited("1/d")
    stub = health_pb2_grpc.HealthStub(shop.channel)
    for _ in range(50):
        answer, done = stub.Check.with_call(health_pb2.HealthCheckRequest(), timeout=CALL_SECONDS)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        assert not [name for name, _ in done.initial_metadata() if name.startswith("ratelimit")]


@pytest.fixture(scope="module")
def usual(start_shop, database):
    """Has the limits that count if nothing is said."""
    return start_shop(database(), FASTSHOP_RATE_LIMITS="on", FASTSHOP_TRUSTED_PROXIES="127.0.0.1")


def told(method, request, **metadata: str) -> list[str]:
    """The response has the caller's quota, for every result of the call."""
    given = [(name.replace("_", "-"), value) for name, value in metadata.items()]
    _, done = method.with_call(request, metadata=given, timeout=CALL_SECONDS)
    leading = dict(done.initial_metadata())
    return [leading[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")]


def test_guests_may_call_twenty_times_a_minute_if_nothing_else_is_said(usual, address):
    polls = device_service_pb2_grpc.DeviceServiceStub(usual.channel).PollDeviceSignIn
    request = device_service_pb2.PollDeviceSignInRequest(device_code="made up")
    with pytest.raises(grpc.RpcError) as refusal:
        polls(request, metadata=[(FROM, address)], timeout=CALL_SECONDS)
    leading = dict(refusal.value.initial_metadata() or ()) | dict(refusal.value.trailing_metadata())
    assert [leading[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")] == ["20", "19", "3"]


def test_who_is_signed_in_may_call_a_hundred_times_from_wherever(usual):
    token = f"Bearer {usual.staff_token}"
    lists = session_service_pb2_grpc.SessionServiceStub(usual.channel).ListSessions
    left = []
    for number in range(3):
        limit, remaining, _ = told(
            lists, session_service_pb2.ListSessionsRequest(), x_forwarded_for=f"10.99.0.{number}", authorization=token)
        assert limit == "100"
        left.append(int(remaining))
    assert left[0] > left[1] > left[2]


def test_an_office_behind_one_address_browses_six_hundred_times_a_minute(usual, address):
    found = [call(usual, x_forwarded_for=address) for _ in range(120)]
    assert {code for code, _, _ in found} == {OK}
    assert {metadata["ratelimit-limit"] for _, metadata, _ in found} == {"600"}
    _, metadata, _ = call(usual, x_forwarded_for=address, authorization=f"Bearer {usual.staff_token}")
    assert metadata["ratelimit-limit"] == "600", "who is signed in has as many of their own"


def test_every_read_for_everybody_is_of_the_class_for_them():
    pool = descriptor_pool.Default()
    services = ["catalog.v1.CatalogService", "inventory.v1.InventoryService", "identity.v1.ExternalSignInService"]
    for name in services:
        for method in pool.FindServiceByName(f"fastshop.{name}").methods:
            options = method.GetOptions()
            policy = options.Extensions[policy_pb2.policy]
            is_read = options.idempotency_level == options.NO_SIDE_EFFECTS and not method.server_streaming
            is_for_all = policy.access in (policy_pb2.ACCESS_EVERYBODY, policy_pb2.ACCESS_WITHOUT_CREDENTIALS)
            is_browsing = policy.limiter_class == policy_pb2.LIMITER_CLASS_BROWSE
            assert is_browsing == (is_read and is_for_all), method.full_name


def test_reflection_draws_on_the_allowance_for_reads(usual, address):
    ask = usual.channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString)
    question = reflection_pb2.ServerReflectionRequest(list_services="")
    asked = ask(iter([question]), timeout=CALL_SECONDS, metadata=[(FROM, address)])
    list(asked)
    assert dict(asked.initial_metadata())["ratelimit-limit"] == "600"


def test_of_an_address_that_guesses_at_credentials_none_are_looked_at_any_more(start_limited, address):
    shop = start_limited(FIFTY, FASTSHOP_RATE_BAD_CREDENTIALS="3/d", FASTSHOP_TRUSTED_PROXIES="127.0.0.1")
    good = f"Bearer {shop.staff_token}"
    assert call(shop, x_forwarded_for=address, authorization=good)[0] == OK
    found = [call(shop, x_forwarded_for=address, authorization=f"Bearer guess{number}")[0] for number in range(5)]
    assert found == [grpc.StatusCode.UNAUTHENTICATED] * 3 + [REFUSED] * 2
    code, _, error = call(shop, x_forwarded_for=address, authorization=good)
    (violation,) = details_of(error, error_details_pb2.QuotaFailure).violations
    assert code == REFUSED and "bad credentials" in violation.description
    # Guests from there, and who is signed in elsewhere, are not concerned.
    assert call(shop, x_forwarded_for=address)[0] == OK
    assert call(shop, x_forwarded_for="192.0.2.1", authorization=good)[0] == OK


def test_sessions_are_noted_with_the_callers_address_not_the_proxys(usual, address):
    sign_in = auth_service_pb2.SignInRequest(email=STAFF_EMAIL, password=STAFF_PASSWORD)
    tokens = auth_service_pb2_grpc.AuthServiceStub(usual.channel).SignIn(
        sign_in, timeout=CALL_SECONDS, metadata=[(FROM, address)]).tokens
    sessions = session_service_pb2_grpc.SessionServiceStub(usual.channel).ListSessions(
        session_service_pb2.ListSessionsRequest(), timeout=CALL_SECONDS,
        metadata=[("authorization", f"Bearer {tokens.access_token}")]).sessions
    assert address in [session.ip_address for session in sessions]


def test_limits_can_be_switched_off(shop):
    assert codes(shop, 150) == [OK] * 150
    assert not [name for name in call(shop)[1] if name.startswith("ratelimit")]


def test_what_is_decided_is_in_the_metrics(start_limited):
    shop = start_limited(FIVE)
    codes(shop, 8)
    text = curl(f"http://{shop.address}/metrics").text
    counts = dict(re.findall(
        r'fastshop_limiter_decisions_total\{[^}]*allowance="browse",outcome="(\w+)"\} (\d+)', text))
    assert counts == {"admitted": "5", "refused": "3"}
    assert "fastshop_limiter_keys 1\n" in text and "fastshop_limiter_evictions_total 0\n" in text


@pytest.mark.parametrize(("origin", "may"), [
    ("198.51.100.7", True), ("2001:db8:7::1", True), ("198.51.101.7", False), ("2001:db8:8::1", False),
])
def test_staff_look_after_users_from_some_addresses_only(start_limited, origin, may):
    """A valid token with the permission is refused from another address, also over HTTP."""
    shop = start_limited(
        FIFTY, FASTSHOP_TRUSTED_PROXIES="127.0.0.1", FASTSHOP_ADMIN_ADDRESSES="198.51.100.0/24,2001:db8:7::/48")
    request = user_service_pb2.ListUsersRequest(page_size=1)
    ask = user_service_pb2_grpc.UserServiceStub(shop.staff).ListUsers
    try:
        assert ask(request, timeout=CALL_SECONDS, metadata=[(FROM, origin)]).users
        reason = ""
    except grpc.RpcError as error:
        reason = details_of(error, error_details_pb2.ErrorInfo).reason
    assert reason == ("" if may else "ADDRESS_NOT_ALLOWED")
    answer = post_json(
        shop, "fastshop.identity.v1.UserService/ListUsers", {"pageSize": 1},
        "--header", f"{FROM}: {origin}", "--header", f"authorization: Bearer {shop.staff_token}")
    assert answer.status == (200 if may else 403)


CHANNELZ = "/grpc.channelz.v1.Channelz/GetServers"


@pytest.mark.parametrize(("origin", "may"), [
    ("198.51.100.7", True), ("2001:db8:7::1", True), ("198.51.101.7", False), ("2001:db8:8::1", False),
    ("198.51.100.7, 203.0.113.1", False),
    # nginx appends to the value of its client: $proxy_add_x_forwarded_for.
    ('", 203.0.113.1', False), ('198.51.100.7", 203.0.113.1', False), ('198.51.100.7;x=", 203.0.113.1', False),
    ('", 198.51.100.7', True),
])
def test_administration_is_for_some_addresses_only(start_limited, origin, may):
    shop = start_limited(
        FIFTY, FASTSHOP_CHANNELZ="on", FASTSHOP_TRUSTED_PROXIES="127.0.0.1",
        FASTSHOP_ADMIN_ADDRESSES="198.51.100.0/24,2001:db8:7::/48")
    ask = shop.channel.unary_unary(CHANNELZ)
    try:
        ask(b"", timeout=CALL_SECONDS, metadata=[(FROM, origin)])
        reason = ""
    except grpc.RpcError as error:
        reason = details_of(error, error_details_pb2.ErrorInfo).reason
        assert may or error.code() == grpc.StatusCode.PERMISSION_DENIED
    assert (reason == "ADDRESS_NOT_ALLOWED") == (not may)
    # Public methods are open to all addresses.
    assert call(shop, x_forwarded_for=origin)[0] == OK


@pytest.mark.parametrize(("forwarded", "code"), [
    ("for=198.51.100.7", None), ("for=198.51.100.7, for=203.0.113.1", "ADDRESS_NOT_ALLOWED"),
    ('for=198.51.100.7;x=", for=203.0.113.1', "FORWARDED_MALFORMED"),
    ('for=198.51.100.7;x=", for="203.0.113.1"', "FORWARDED_MALFORMED"),
])
def test_an_open_quote_hides_nobody(start_limited, forwarded, code):
    """The proxy's own address would be no answer to it: here, administrators may call from that one, too."""
    shop = start_limited(
        FIFTY, FASTSHOP_CHANNELZ="on", FASTSHOP_TRUSTED_PROXIES="127.0.0.1", FASTSHOP_FORWARDED_HEADER="forwarded",
        FASTSHOP_ADMIN_ADDRESSES="198.51.100.0/24,127.0.0.1")
    with pytest.raises(grpc.RpcError) as caught:
        shop.channel.unary_unary(CHANNELZ)(b"", timeout=CALL_SECONDS, metadata=[("forwarded", forwarded)])
    reason = details_of(caught.value, error_details_pb2.ErrorInfo).reason
    assert reason == (code or "CREDENTIALS_MISSING")
    if code == "FORWARDED_MALFORMED":
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        answer = post_json(shop, LIST, {}, "--header", f"forwarded: {forwarded}")
        assert (answer.status, answer.json["code"]) == (400, "invalid_argument")


def test_the_example_comes_back_when_it_may(start_limited):
    shop = start_limited("browse=1000/min,stream=15/min:1")
    product = products_of(shop)[0]
    watched = inventory_grpc.InventoryServiceStub(shop.channel).WatchInventory(
        inventory.WatchInventoryRequest(product_id=product.id), timeout=CALL_SECONDS)
    assert next(watched).state.stocks
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    example = [sys.executable, ROOT / "Clients/python/watch_inventory.py", shop.address, "--events", "1"]
    done = subprocess.run(example, env=env, capture_output=True, text=True, timeout=CALL_SECONDS * 3, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert " available" in done.stdout
