"""Callers that half-close the connection after their request get a response; callers that are gone do not."""

import contextlib
import json
import socket
import ssl
import uuid

import h2.events
import pytest
from hostile.http1 import GOOD, HEALTHZ, WATCH, RawHTTP, request
from row_lock import RowLock
from stubs import CALL_SECONDS, adjustment, catalog, inventory, products_of
from wire import Wire, frame

LIST = "/fastshop.catalog.v1.CatalogService/ListProducts"
ADJUST = "/fastshop.inventory.v1.InventoryService/AdjustStock"
STREAM_WINDOW_BYTES = 65_535
CANCELLED, OK = 1, 0


@pytest.fixture
def raw(shop):
    with contextlib.closing(RawHTTP(shop.address)) as raw:
        yield raw


@pytest.fixture
def variant(shop) -> str:
    return products_of(shop)[0].variants[0].id


def adjust_by_json(shop, variant: str) -> bytes:
    body = {"variantId": variant, "delta": 1, "reason": "STOCK_REASON_COUNTED", "requestId": str(uuid.uuid4())}
    return request(
        f"authorization: Bearer {shop.staff_token}", path=ADJUST, body=json.dumps(body).encode())


def rest_of(wire: Wire) -> list:
    """Reads until the server closes, without sending."""
    events = []
    while data := wire._socket.recv(65_536):
        events += wire.http2.receive_data(data)
    return events


def status_in(events) -> int:
    (trailers,) = [event for event in events if isinstance(event, h2.events.TrailersReceived)]
    return int(dict(trailers.headers)["grpc-status"])


# HTTP/1.1.


def test_a_request_is_answered_and_the_connection_closed_behind_it(raw):
    raw.send(GOOD)
    raw.half_close()
    assert raw.read_to_end() == [200]


def test_a_pipeline_is_answered_to_its_end(raw):
    count = 2000
    raw.send(HEALTHZ * count)
    raw.half_close()
    assert raw.read_to_end() == [200] * count


@pytest.mark.parametrize("sent", [GOOD[:30], GOOD[:-3]], ids=["half a head", "half a body"])
def test_half_a_request_is_none(raw, sent):
    raw.send(HEALTHZ + sent)
    raw.half_close()
    assert raw.read_to_end() == [200, 400]


def test_who_says_nothing_more_is_let_go(raw):
    raw.send(HEALTHZ)
    assert raw.wait_for_answers(1) == [200]
    raw.half_close()
    assert raw.read_to_end() == [200]


def test_a_call_that_takes_its_time_is_answered(cluster, shop, raw, variant):
    with RowLock(cluster, shop.database, variant) as lock:
        raw.send(adjust_by_json(shop, variant) + HEALTHZ)
        raw.half_close()
        lock.wait_for_waiters(1)
        lock.release()
        assert raw.read_to_end() == [200, 200]


def test_a_broken_connection_ends_the_call(cluster, shop, raw, variant):
    with RowLock(cluster, shop.database, variant) as lock:
        raw.send(adjust_by_json(shop, variant))
        raw.half_close()
        lock.wait_for_waiters(1)
        raw.abort()
        lock.wait_for_waiters(0)


def test_a_stream_without_end_ends(shop, raw, variant):
    message = b'{"variants":{"variantIds":["%s"]}}' % variant.encode()
    body = b"\0" + len(message).to_bytes(4, "big") + message
    raw.send(request(path=WATCH, kind="application/connect+json", body=body))
    raw.half_close()
    assert raw.read_to_end() == [200]
    assert b'"canceled"' in raw.received


# HTTP/2.


def test_the_end_of_a_stream_and_of_the_connection_together(shop, wire):
    body = frame(catalog.ListProductsRequest(page_size=1).SerializeToString())
    stream = wire.http2.get_next_available_stream_id()
    wire.http2.send_headers(stream, [
        (":method", "POST"), (":scheme", "http"), (":path", LIST), (":authority", "shop"), ("te", "trailers"),
        ("content-type", "application/grpc"),
    ])
    wire.http2.send_data(stream, body, end_stream=True)
    wire.flush()
    wire._socket.shutdown(socket.SHUT_WR)
    assert status_in(rest_of(wire)) == OK


def start_adjusting(shop, wire, variant: str) -> None:
    stream = wire.start(ADJUST, authorization=f"Bearer {shop.staff_token}")
    wire.send(stream, frame(adjustment(variant).SerializeToString()))


def test_a_call_that_takes_its_time_is_answered_over_http_2(cluster, shop, wire, variant):
    with RowLock(cluster, shop.database, variant) as lock:
        start_adjusting(shop, wire, variant)
        wire._socket.shutdown(socket.SHUT_WR)
        lock.wait_for_waiters(1)
        lock.release()
        assert status_in(rest_of(wire)) == OK


@pytest.mark.parametrize("reset", [False, True])
def test_who_is_gone_is_noticed_over_http_2(cluster, shop, wire, variant, reset):
    """The server sends a PING after the end of input; a closed socket answers it with a reset."""
    with RowLock(cluster, shop.database, variant) as lock:
        start_adjusting(shop, wire, variant)
        lock.wait_for_waiters(1)
        if reset:
            wire._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        wire.close()
        lock.wait_for_waiters(0)


def test_requests_that_were_not_whole_are_reset(wire):
    whole, half = wire.start(LIST), wire.start(LIST)
    wire.send(half, b"\0", end_stream=False)
    wire.send(whole, frame(b""))
    wire._socket.shutdown(socket.SHUT_WR)
    events = rest_of(wire)
    assert [event.stream_id for event in events if isinstance(event, h2.events.StreamReset)] == [half]
    assert status_in(events) == OK


def test_a_stream_without_end_ends_over_http_2(wire, variant):
    stream = wire.start("/fastshop.inventory.v1.InventoryService/WatchInventory")
    selection = inventory.VariantSelection(variant_ids=[variant])
    wire.send(stream, frame(inventory.WatchInventoryRequest(variants=selection).SerializeToString()))
    wire._socket.shutdown(socket.SHUT_WR)
    events = rest_of(wire)
    (last,) = [event for event in events if isinstance(event, (h2.events.TrailersReceived, h2.events.ResponseReceived))
               and "grpc-status" in dict(event.headers)]
    assert int(dict(last.headers)["grpc-status"]) == CANCELLED


def test_no_more_is_sent_than_the_windows_have_place_for(wire):
    """The windows cannot grow any more: the rest of the response is dropped at once instead of being kept."""
    stream = wire.start(LIST)
    wire.send(stream, frame(catalog.ListProductsRequest(page_size=250).SerializeToString()))
    wire._socket.shutdown(socket.SHUT_WR)
    events = rest_of(wire)
    taken = sum(len(event.data) for event in events if isinstance(event, h2.events.DataReceived))
    resets = [event for event in events if isinstance(event, h2.events.StreamReset)]
    assert (taken, [event.stream_id for event in resets]) == (STREAM_WINDOW_BYTES, [stream])


# TLS.


@pytest.mark.parametrize("closes_tcp", [False, True])
def test_a_close_notice_of_tls_is_the_end_of_a_half(shop, closes_tcp):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    host, port = shop.tls_address.rsplit(":", 1)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing)
    with socket.create_connection((host, int(port)), timeout=CALL_SECONDS) as connection:
        def flush():
            if data := outgoing.read():
                connection.sendall(data)

        def step(action):
            while True:
                try:
                    result = action()
                    flush()
                    return result
                except ssl.SSLWantReadError:
                    flush()
                    data = connection.recv(65_536)
                    if not data:
                        return b""
                    incoming.write(data)

        step(tls.do_handshake)
        tls.write(GOOD)
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.unwrap()
        flush()
        if closes_tcp:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        with contextlib.suppress(ssl.SSLZeroReturnError):
            while data := step(lambda: tls.read(65_536)):
                received += data
        assert received.startswith(b"HTTP/1.1 200 OK\r\n") and received.endswith(b"}")
