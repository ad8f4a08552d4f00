"""Open calls and requests of one stream, with the default limits, as grpcio sees them."""

import concurrent.futures
import threading
import time
import uuid

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from accounts import bearer, reason_of
from metrics import metric
from shop_server import FRESH_CHANNEL
from stubs import CALL_SECONDS, catalog, catalog_of, details_of
from test_api_keys import new_key
from waiting import wait_until

FROM, FOR, KEY = "x-forwarded-for", "fastshop-client-address", "fastshop-forwarding-key"
STREAMS_OF_A_GUEST, STREAMS_OF_A_PERSON = 200, 100
# The limit of the class `browse`, which reflection uses.
QUESTIONS_AT_ONCE, QUESTIONS_PER_SECOND = 600, 10
OPEN_SECONDS = 60


@pytest.fixture(scope="module")
def usual(start_shop, database):
    """A server with the default limits that trusts the test as a proxy."""
    return start_shop(database(), FASTSHOP_RATE_LIMITS="on", FASTSHOP_TRUSTED_PROXIES="127.0.0.1")


@pytest.fixture
def address() -> str:
    """An address that no other test has called from."""
    number = uuid.uuid4().int
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@pytest.fixture
def channel(usual):
    with grpc.insecure_channel(usual.address, options=FRESH_CHANNEL) as own:
        yield own


def streams_of_guests(server) -> float:
    return metric(server, 'fastshop_open_calls{caller="guest",kind="stream"}')


def watch(channel, *metadata: tuple[str, str]):
    return health_pb2_grpc.HealthStub(channel).Watch(
        health_pb2.HealthCheckRequest(), timeout=OPEN_SECONDS, metadata=metadata)


def refusal(stream) -> grpc.RpcError | None:
    """Why the stream was not let on, if it was not."""
    try:
        next(stream)
        return None
    except grpc.RpcError as error:
        return error


def opened(channel, count: int, *metadata: tuple[str, str]) -> tuple[list, list[grpc.RpcError]]:
    """Streams that were let on, and how the others failed."""
    streams = [watch(channel, *metadata) for _ in range(count)]
    found = [(stream, refusal(stream)) for stream in streams]
    return [stream for stream, error in found if not error], [error for _, error in found if error]


def test_a_guest_behind_a_proxy_holds_so_many_streams_and_leaves_others_theirs(usual, channel, address):
    streams, errors = opened(channel, STREAMS_OF_A_GUEST + 10, (FROM, address))
    assert len(streams) == STREAMS_OF_A_GUEST and len(errors) == 10
    assert {error.code() for error in errors} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert {reason_of(error) for error in errors} == {"TOO_MANY_OPEN_CALLS"}
    (violation,) = details_of(errors[0], error_details_pb2.QuotaFailure).violations
    assert violation.subject == f"address:{address}" and str(STREAMS_OF_A_GUEST) in violation.description

    assert refusal(watch(channel, (FROM, "10.255.255.1"))) is None, "somebody else behind the same proxy"
    products = catalog_of(usual).ListProducts(
        catalog.ListProductsRequest(page_size=1), metadata=[(FROM, address)], timeout=CALL_SECONDS)
    assert products, "calls go on"

    streams[0].cancel()
    wait_until(lambda: refusal(watch(channel, (FROM, address))) is None)


def test_whoever_hangs_up_has_nothing_open(usual, address):
    with grpc.insecure_channel(usual.address, options=FRESH_CHANNEL) as hung_up:
        streams, errors = opened(hung_up, STREAMS_OF_A_GUEST, (FROM, address))
        assert not errors and streams_of_guests(usual) >= STREAMS_OF_A_GUEST
    wait_until(lambda: streams_of_guests(usual) == 0)
    with grpc.insecure_channel(usual.address, options=FRESH_CHANNEL) as again:
        assert not opened(again, STREAMS_OF_A_GUEST, (FROM, address))[1]


def test_streams_opened_and_given_up_thousands_of_times_are_all_closed(usual, address):
    def open_and_close(worker: int) -> None:
        with grpc.insecure_channel(usual.address, options=FRESH_CHANNEL) as own:
            for number in range(500):
                stream = watch(own, (FROM, address))
                if (number + worker) % 2:
                    refusal(stream)
                stream.cancel()

    with concurrent.futures.ThreadPoolExecutor(8) as workers:
        list(workers.map(open_and_close, range(8)))
    wait_until(lambda: streams_of_guests(usual) == 0)


def test_the_end_users_of_a_program_that_forwards_have_their_own(usual, channel):
    key = new_key(usual, ["traffic.forward", "catalog.read", "sellers.any"]).secret
    wait_until(lambda: refusal(watch(channel, (KEY, key), (FOR, "192.0.2.1"))) is None)
    _, errors = opened(channel, STREAMS_OF_A_GUEST + 5, (KEY, key), (FOR, "192.0.2.2"))
    assert len(errors) == 5
    subjects = {details_of(error, error_details_pb2.QuotaFailure).violations[0].subject for error in errors}
    assert subjects == {"address:192.0.2.2"}
    assert refusal(watch(channel, (KEY, key), (FOR, "192.0.2.3"))) is None


def test_made_up_forwarding_keys_count_as_bad_credentials(usual, address):
    def outcome(**fields: str) -> str:
        metadata = [(name.replace("_", "-"), value) for name, value in fields.items()]
        with pytest.raises(grpc.RpcError) as error:
            catalog_of(usual).ListProducts(
                catalog.ListProductsRequest(page_size=1), metadata=metadata, timeout=CALL_SECONDS)
        return reason_of(error.value)

    found = {number: outcome(x_forwarded_for=address, fastshop_client_address="192.0.2.1",
                             fastshop_forwarding_key=f"guess{number}") for number in range(400)}
    assert found[0] == "CREDENTIALS_INVALID" and found[399] == "RATE_LIMITED"
    assert outcome(x_forwarded_for=address, authorization=bearer(usual.staff_token)[0][1]) == "RATE_LIMITED"


def test_a_stream_of_a_thousand_questions_takes_as_long_as_a_thousand_calls(channel, address):
    """Requests beyond the allowance are delayed until it returns; none is lost."""
    ask = channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString)
    question = reflection_pb2.ServerReflectionRequest(file_containing_symbol="fastshop.catalog.v1.CatalogService")
    asked = threading.Event()

    def questions():
        yield from (question for _ in range(1_000))
        asked.set()

    began = time.monotonic()
    answers = ask(questions(), timeout=OPEN_SECONDS, metadata=[(FROM, address)])
    further = 20
    for _ in range(QUESTIONS_AT_ONCE + further):
        assert next(answers).file_descriptor_response.file_descriptor_proto
    # The allowance that returned while the first ones were answered was used sooner.
    assert time.monotonic() - began >= further / QUESTIONS_PER_SECOND
    answers.cancel()
