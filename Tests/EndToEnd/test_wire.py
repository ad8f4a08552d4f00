"""gRPC's wire rules (PROTOCOL-HTTP2.md), frame by frame."""

import struct

import grpc
import h2.errors
import pytest
from row_lock import RowLock
from stubs import adjustment, catalog, inventory, products_of
from wire import frame

GET = "/fastshop.catalog.v1.CatalogService/GetProduct"
LIST = "/fastshop.catalog.v1.CatalogService/ListProducts"
WATCH = "/fastshop.inventory.v1.InventoryService/WatchInventory"
ADJUST = "/fastshop.inventory.v1.InventoryService/AdjustStock"


def code(status: grpc.StatusCode) -> int:
    return status.value[0]


@pytest.fixture
def request_of_one(shop) -> bytes:
    return frame(catalog.GetProductRequest(id=products_of(shop)[0].id).SerializeToString())


def test_an_answer_is_headers_one_message_and_trailers(wire, request_of_one):
    answer = wire.call(GET, request_of_one)
    assert answer.http_status == "200"
    assert answer.header_blocks[0]["content-type"].startswith("application/grpc")
    flag, length = struct.unpack(">BI", answer.body[:5])
    assert (flag, length) == (0, len(answer.body) - 5)
    assert catalog.GetProductResponse.FromString(answer.body[5:]).product.title
    assert len(answer.header_blocks) == 2
    assert answer.grpc_status == 0


def test_a_refusal_without_a_message_is_one_block_of_headers(wire):
    answer = wire.call(GET, frame(catalog.GetProductRequest(slug="no-such-thing").SerializeToString()))
    assert len(answer.header_blocks) == 1 and not answer.body
    assert answer.http_status == "200"
    assert answer.header_blocks[0]["content-type"].startswith("application/grpc")
    assert answer.grpc_status == code(grpc.StatusCode.NOT_FOUND)


def test_what_a_caller_wrote_comes_back_percent_encoded(wire):
    answer = wire.call(GET, frame(catalog.GetProductRequest(slug="bücher & 100%\n").SerializeToString()))
    assert answer.trailers["grpc-message"].isascii() and "\n" not in answer.trailers["grpc-message"]


def test_messages_may_come_in_pieces(wire, request_of_one):
    stream = wire.start(GET)
    for byte in request_of_one:
        wire.send(stream, bytes([byte]), end_stream=False)
    wire.send(stream, b"")
    assert wire.read(stream).grpc_status == 0


@pytest.mark.parametrize("kind", ["application/xml", "text/html", "application/grpcx", None])
def test_another_content_type_is_415(wire, request_of_one, kind):
    assert wire.call(GET, request_of_one, content_type=kind).http_status == "415"


@pytest.mark.parametrize("kind", ["application/grpc+proto", "application/grpc;charset=utf-8", "Application/gRPC"])
def test_content_types_of_grpc_are_served(wire, request_of_one, kind):
    assert wire.call(GET, request_of_one, content_type=kind).grpc_status == 0


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS"])
def test_another_http_method_is_no_call(wire, request_of_one, method):
    answer = wire.call(GET, request_of_one, method=method)
    assert answer.reset is not None or answer.http_status != "200" or answer.grpc_status != 0


BAD_BODIES = {
    "no message": b"",
    "half a prefix": b"\x00\x00",
    "less than declared": frame(b"abc", declared=10),
    "two messages": frame(b"") + frame(b""),
    "compressed, but nothing said how": frame(b"abc", compressed=1),
    "a flag that is none": frame(b"", compressed=7),
}
# gRPC leaves the choice to the implementation; the libraries say one of these.
NO_UNARY_CALL = {
    code(status)
    for status in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.INVALID_ARGUMENT)
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_unary_call_is_one_whole_message(wire, body):
    answer = wire.call(GET, body)
    assert answer.reset or answer.grpc_status in NO_UNARY_CALL


def test_a_declared_gigabyte_is_refused_before_it_comes(wire, shop):
    before = resident_bytes(shop.worker_pid)
    stream = wire.start(GET)
    wire.send(stream, frame(b"", declared=2**30), end_stream=False)
    assert wire.read(stream).grpc_status == code(grpc.StatusCode.RESOURCE_EXHAUSTED)
    assert resident_bytes(shop.worker_pid) - before < 64 * 2**20


def resident_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


def test_an_unknown_compression_is_unimplemented_and_the_known_ones_named(wire, request_of_one):
    answer = wire.call(GET, request_of_one, grpc_encoding="rot13")
    assert answer.grpc_status == code(grpc.StatusCode.UNIMPLEMENTED)
    assert "grpc-accept-encoding" in answer.header_blocks[0] | answer.trailers


def test_the_server_itself_keeps_the_deadline(wire, cluster, shop):
    variant = products_of(shop)[0].variants[0].id
    with RowLock(cluster, shop.database, variant) as lock:
        answer = wire.call(
            ADJUST, frame(adjustment(variant).SerializeToString()), grpc_timeout="200m",
            authorization=f"Bearer {shop.staff_token}",
        )
        assert answer.grpc_status == code(grpc.StatusCode.DEADLINE_EXCEEDED)
        lock.wait_for_waiters(0)


@pytest.mark.parametrize("timeout", ["1S", "200m", "200000u", "99999999n", "0m", "00000100m"])
def test_a_deadline_in_each_unit_ends_the_call(wire, shop, timeout):
    stream = wire.start(WATCH, grpc_timeout=timeout)
    wire.send(stream, frame(inventory.WatchInventoryRequest(product_id=products_of(shop)[0].id).SerializeToString()))
    assert wire.read(stream).grpc_status == code(grpc.StatusCode.DEADLINE_EXCEEDED)


@pytest.mark.parametrize("timeout", ["1H", "1M", "60S", "99999999H", "99999999M", "99999999S", "90000m", "90000000u"])
def test_a_far_deadline_in_each_unit_does_not(wire, request_of_one, timeout):
    assert wire.call(GET, request_of_one, grpc_timeout=timeout).grpc_status == 0


@pytest.mark.parametrize("timeout", ["", "1", "S", "-1S", "1s", "123456789S", "1.5S", "1 S"])
def test_a_malformed_deadline_harms_nobody(wire, shop, request_of_one, timeout):
    answer = wire.call(GET, request_of_one, grpc_timeout=timeout)
    assert answer.reset or answer.http_status == "400" or answer.grpc_status is not None
    assert products_of(shop)


def test_a_stream_sends_each_event_as_it_is_known(wire, shop):
    product = products_of(shop)[0]
    request = inventory.WatchInventoryRequest(product_id=product.id).SerializeToString()
    stream = wire.start(WATCH, grpc_timeout="1S")
    wire.send(stream, frame(request))
    answer = wire.read(stream)
    # The state came while the stream was open; then the deadline ended it.
    assert answer.body and answer.grpc_status == code(grpc.StatusCode.DEADLINE_EXCEEDED)


def test_metadata_of_ours_may_hold_anything_and_is_not_echoed(wire, request_of_one):
    answer = wire.call(GET, request_of_one, x_colour="blue", x_token_bin="AAEC,AAE=", user_agent="me/1.0")
    assert answer.grpc_status == 0
    assert not {"x-colour", "x-token-bin"} & set(answer.header_blocks[0] | answer.trailers)


def test_a_thousand_calls_share_a_connection(wire, request_of_one):
    assert {wire.call(GET, request_of_one).grpc_status for _ in range(1_000)} == {0}


def test_a_call_that_is_reset_leaves_the_connection_usable(wire, request_of_one):
    for _ in range(20):
        stream = wire.start(LIST)
        wire.http2.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
        wire.flush()
    assert wire.call(GET, request_of_one).grpc_status == 0


def test_headers_without_end_are_refused(wire, shop, request_of_one):
    try:
        answer = wire.call(GET, request_of_one, **{f"x_filler_{n}": "x" * 1_000 for n in range(64)})
    except (AssertionError, OSError):
        answer = None  # the connection was closed, which is an answer too
    assert answer is None or answer.reset or answer.http_status == "431" or answer.grpc_status != 0
    assert products_of(shop)
