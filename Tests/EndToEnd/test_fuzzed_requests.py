"""Every method of every module, with requests at the extremes of their fields: the server survives and names the error.

The requests are drawn at random from the descriptors, so a new module is tested without a line here. `BadInputTests`
tries each field alone, and several together, in process; this test is about encodings, connections and concurrent
requests. A few thousand requests suffice, and more find more. The seed FASTSHOP_EXTREMES_SEED repeats the same
requests. FASTSHOP_EXTREMES_REQUESTS limits their number, and FASTSHOP_EXTREMES_SECONDS the time; FASTSHOP_EXTREMES_ONLY
sends the one with that number.
"""

import collections
import concurrent.futures
import contextlib
import dataclasses
import os
import random
import subprocess
import threading
import time

import grpc
import pytest
from sample_environment import SampleEnvironment
from sample_requests import SAMPLES, begin, carry_out, changes_nothing, methods, policy_of, request_of
from fuzz_calls import GONE, Caller, Callers, Ending, Request
from fuzz_encodings import as_json, binary
from fuzz_requests import KnownValues, RequestMaker
from fastshop.identity.v1 import api_key_service_pb2 as api_keys
from fastshop.identity.v1 import api_key_service_pb2_grpc as api_keys_grpc
from fastshop.policy.v1 import policy_pb2
from accounts import PASSWORD, auth, auth_of, bearer, new_account
from shop_server import STAFF_EMAIL, STAFF_PASSWORD, ShopServer
from stubs import CALL_SECONDS, with_id

SEED = int(os.environ.get("FASTSHOP_EXTREMES_SEED", 9))
REQUESTS = int(os.environ.get("FASTSHOP_EXTREMES_REQUESTS", 5_000))
ONLY = os.environ.get("FASTSHOP_EXTREMES_ONLY")
# The requests that were not made by then are not made: on a busy machine a part of them must do.
SECONDS_MAX = int(os.environ.get("FASTSHOP_EXTREMES_SECONDS", 45))
REQUESTS_MIN = 2000
THREADS = 8
JSON_SHARE = 0.25
CALL_SECONDS_ALLOWED = 5
FAULTS_MAX = 20
WELL_SHARE = 0.6
RESTARTS_MAX = 8
# A server that crashes writes where it did, before it is gone.
CRASH_SECONDS_MAX = 60
CRASH_LINES = 8
CUSTOMERS = 4
# Requests of each method that would succeed, once: what those with extremes are made of.
SAMPLES_EACH = 2
# Methods that compute password hashes, or leave streams open, take long, and a request without fields has no extremes:
# they get fewer requests.
SLOW_SHARE = 0.15
# Most calls of a method come from accounts that may call it; the others are refused before their requests are read.
FOR_OTHERS = 0.05
# Requests made of a sample that its own caller sends.
OWNERS = 0.3
NEW_PASSWORD = "other plain words do nicely"


@dataclasses.dataclass(frozen=True)
class Fault:
    what: str
    request: Request

    def __str__(self) -> str:
        again = f"FASTSHOP_EXTREMES_SEED={SEED} FASTSHOP_EXTREMES_ONLY={self.request.number}"
        return f"{self.what}\n  {self.request}\n  again: {again}"


class Extremes:
    """The requests by their numbers, made of what `shop` knows."""

    def __init__(self, shop: ShopServer, cluster) -> None:
        self.shop, self.known = shop, KnownValues()
        staff_id = cluster.sql(
            shop.database, f"SELECT id FROM identity.user WHERE email_key = '{STAFF_EMAIL}'").strip()
        for value in (staff_id, STAFF_EMAIL, STAFF_PASSWORD):
            self.known.keep_back(value)
        self.known.add("password", PASSWORD)
        self.known.add("current_password", PASSWORD)
        self.known.add("new_password", NEW_PASSWORD)
        environment, samples = SampleEnvironment(shop, cluster), {}
        for name, make in SAMPLES.items():
            done, *undone = [make(environment) for _ in range(1 + SAMPLES_EACH)]
            samples[name] = [(request_of(name, sample.fields), _token_of(sample)) for sample in undone]
            request = request_of(name, done.fields)
            for each in (request, *(sample for sample, _ in samples[name])):
                self.known.learn(each, name)
            self.known.learn(carry_out(shop, name, with_id(request), done.metadata), name)
        self.makers = {
            name: RequestMaker(name, method, self.known, samples.get(name, []))
            for name, method in sorted(methods().items())}
        self.callers = Callers(
            lambda: _sign_in(self.shop), self._new_key(shop), [_customer(self, cluster) for _ in range(CUSTOMERS)])
        self._learn_by_reading(shop)

    def _new_key(self, shop: ShopServer) -> str:
        """An API key of the staff with every scope that a method asks for."""
        asked = {policy_of(method).scope for method in methods().values()} - {0}
        names = [policy_pb2.Permission.Name(scope).removeprefix("PERMISSION_").lower() for scope in asked]
        scopes = [name.replace("_", ".", 1) for name in names]
        request = with_id(api_keys.CreateApiKeyRequest(name="extremes", scopes=sorted({*scopes, "sellers.any"})))
        made = api_keys_grpc.ApiKeyServiceStub(shop.channel).CreateApiKey(
            request, metadata=bearer(shop.staff_token), timeout=CALL_SECONDS)
        self.known.keep_back(made.api_key.id)
        return made.secret

    def _learn_by_reading(self, shop: ShopServer) -> None:
        """Calls what changes nothing: empty at first, then with what that taught."""
        rng = random.Random(SEED)
        for _ in range(3):
            for name, method in sorted(methods().items()):
                if changes_nothing(method) and not method.server_streaming:
                    for request in (self.makers[name].type(), self.makers[name].plausible(rng)[0]):
                        future = begin(shop, name, request, bearer(shop.staff_token))
                        if future.exception() is None:
                            self.known.learn(future.result(), name)

    def request(self, number: int) -> Request:
        rng = random.Random(f"{SEED}/{number}")
        while True:
            name = rng.choice(list(self.makers))
            method = methods_once()[name]
            is_slow = method.server_streaming or not method.input_type.fields or (
                policy_of(method).limiter_class == policy_pb2.LIMITER_CLASS_CREDENTIALS)
            if not is_slow or rng.random() < SLOW_SHARE:
                break
        is_json = rng.random() < JSON_SHARE
        body, owner = (as_json if is_json else binary)(self.makers[name], rng)
        caller = "owner" if owner and rng.random() < OWNERS else _some_caller(rng, method)
        is_stream = method.server_streaming or method.client_streaming
        return Request(number, name, caller, is_json, is_stream, body, owner)


def _some_caller(rng: random.Random, method) -> str:
    policy, others = policy_of(method), FOR_OTHERS
    weights = {
        policy_pb2.ACCESS_WITHOUT_CREDENTIALS: {"guest": 1, "admin": others, "key": others, "customer": others},
        policy_pb2.ACCESS_EVERYBODY: {"guest": 1, "admin": 1, "key": 0.3, "customer": 0.3},
        policy_pb2.ACCESS_SIGNED_IN: {"guest": others, "admin": 1, "key": others, "customer": 1},
        policy_pb2.ACCESS_PERMITTED: {
            "guest": others, "admin": 1, "key": 0.5 if policy.scope else others, "customer": others},
    }[policy.access]
    return rng.choices(list(weights), weights.values())[0]


def _customer(extremes: Extremes, cluster):
    """Signs in a customer; a new one when an admin's request has disabled the last."""
    person = new_account(extremes.shop, cluster)

    def sign_in() -> str:
        nonlocal person
        try:
            return person.tokens(extremes.shop).access_token
        except (grpc.RpcError, AssertionError):
            person = new_account(extremes.shop, cluster)
            return person.tokens(extremes.shop).access_token

    return sign_in


def _token_of(sample) -> str:
    return dict(sample.metadata).get("authorization", "").removeprefix("Bearer ")


_methods: dict = {}


def methods_once() -> dict:
    _methods.update({} if _methods else methods())
    return _methods


def _sign_in(shop: ShopServer) -> str:
    request = auth.SignInRequest(email=STAFF_EMAIL, password=STAFF_PASSWORD)
    return auth_of(shop).SignIn(request, timeout=60).tokens.access_token


class Run:
    """Sends requests from several threads until they are all sent, the time is over, or the server has ended."""

    def __init__(self, extremes: Extremes, until: float) -> None:
        self.codes: collections.Counter[str] = collections.Counter()
        self.well: set[str] = set()
        self.faults: list[Fault] = []
        self.suspects: list[Request] = []
        self.slowest = 0.0
        self._shop, self._extremes, self._until = extremes.shop, extremes, until
        self._lock = threading.Lock()

    def send(self, numbers) -> None:
        """Takes the numbers of the requests from an iterator."""
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            for worker in [pool.submit(self._work, numbers) for _ in range(THREADS)]:
                worker.result()

    def _work(self, numbers) -> None:
        caller = Caller(self._shop, self._extremes.callers)
        try:
            while time.monotonic() < self._until and self._shop.process.poll() is None:
                with self._lock:
                    number = next(numbers, None) if len(self.faults) < FAULTS_MAX else None
                if number is None:
                    return
                request = self._extremes.request(number)
                ending = caller.send(request)
                self._note(request, ending)
                if ending.code == GONE and has_ended(self._shop):
                    return
        finally:
            caller.close()

    def _note(self, request: Request, ending: Ending) -> None:
        with self._lock:
            self.codes[ending.code] += 1
            if ending.code == "OK":
                self.well.add(request.method)
            self.slowest = max(self.slowest, ending.seconds)
            if ending.code == GONE:
                self.suspects.append(request)
            elif ending.code in ("INTERNAL", "UNKNOWN", "DATA_LOSS"):
                self.faults.append(Fault(f"{ending.code}: {ending.text[:300]}", request))
            elif ending.seconds >= CALL_SECONDS_ALLOWED:
                self.faults.append(Fault(f"took {ending.seconds:.1f} s and ended in {ending.code}", request))


def has_ended(shop: ShopServer) -> bool:
    """Whether a server that has cut a connection is gone, once it has written why."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        shop.process.wait(CRASH_SECONDS_MAX if "Crash" in shop.log or "crash" in shop.log else 1)
    return shop.process.poll() is not None


def crash_of(shop: ShopServer) -> str:
    """The crash in the server's log."""
    lines = shop.log.splitlines()
    start = next((number for number, line in enumerate(lines) if "crashed" in line), len(lines))
    return "\n".join(lines[start:start + CRASH_LINES])


def culprits(suspects: list[Request], extremes: Extremes, start) -> list[Fault]:
    """Which of the requests that were under way when the server ended does end it, sent alone to another."""
    found, what = [], crash_of(extremes.shop)
    extremes.shop = start()
    for request in suspects:
        caller = Caller(extremes.shop, extremes.callers)
        ending = caller.send(request)
        caller.close()
        if ending.code == GONE and has_ended(extremes.shop):
            found.append(Fault(f"the server ended: {crash_of(extremes.shop)}", request))
            extremes.shop = start()
    return found or [Fault(f"the server ended: {what}\n  after one of {len(suspects)}:", each) for each in suspects]


@pytest.mark.timeout(SECONDS_MAX * 2 + 300)
def test_no_request_of_any_method_ends_the_server_or_is_its_fault(start_shop, database, cluster):
    url = database()

    def start() -> ShopServer:
        # A crash ends the process, and says where: no other worker takes its place.
        return start_shop(url, FASTSHOP_SUPERVISOR="off")

    extremes = Extremes(start(), cluster)
    numbers = iter([int(ONLY)] if ONLY else range(REQUESTS))
    began, faults, servers = time.monotonic(), [], []
    codes, well, slowest = collections.Counter(), set(), 0.0
    for _ in range(RESTARTS_MAX):
        run = Run(extremes, began + SECONDS_MAX)
        servers.append(extremes.shop)
        run.send(numbers)
        codes, well, slowest = codes + run.codes, well | run.well, max(slowest, run.slowest)
        faults += run.faults
        if servers[-1].process.poll() is None:
            faults += [Fault("the connection was cut", request) for request in run.suspects]
            break
        # Continues with the others, so that one run reports all faults.
        faults += culprits(run.suspects, extremes, start)
    seconds, count = time.monotonic() - began, codes.total()
    told = f"{count} requests in {seconds:.0f} s, seed {SEED}, slowest {slowest:.2f} s: {dict(codes)}"
    print(told)
    for fault in faults:
        print(fault)
    complaints = [line for server in servers for line in server.log.splitlines() if "a handler failed" in line]
    assert not faults, f"{told}\n" + "\n".join(map(str, faults))
    assert not complaints, complaints[:10]
    assert ONLY or count >= min(REQUESTS, REQUESTS_MIN), told
    # Requests that always fail the first check test nothing: most methods must have succeeded.
    assert ONLY or count < REQUESTS or len(well) >= WELL_SHARE * len(methods_once()), set(methods_once()) - well
