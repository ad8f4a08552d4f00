"""Web callers of a server that stops: like with gRPC, no call that has begun is lost."""

import concurrent.futures
import contextlib
import http.client
import signal
import socket

import pytest
from google.protobuf import json_format
from row_lock import RowLock
from stubs import CALL_SECONDS, adjustment, products_of
from wire import frame

ADJUST = "/fastshop.inventory.v1.InventoryService/AdjustStock"
WATCH = "/fastshop.inventory.v1.InventoryService/WatchInventory"
STREAM = {"content-type": "application/connect+json"}


@pytest.fixture
def stopping_shop(start_shop, database):
    return start_shop(database())


def connect(server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.address, timeout=CALL_SECONDS)


def test_a_call_in_flight_is_answered_and_its_connection_closed(cluster, stopping_shop):
    variant = products_of(stopping_shop)[0].variants[0].id
    body = json_format.MessageToJson(adjustment(variant)).encode()
    with (
        contextlib.closing(connect(stopping_shop)) as connection,
        RowLock(cluster, stopping_shop.database, variant) as lock,
        concurrent.futures.ThreadPoolExecutor() as pool,
    ):
        signed = {"content-type": "application/json", "authorization": f"Bearer {stopping_shop.staff_token}"}
        connection.request("POST", ADJUST, body, signed)
        lock.wait_for_waiters(1)
        ended = pool.submit(stopping_shop.stop, signal.SIGTERM)
        # It no longer listens, and continues to serve its connections.
        while accepts(stopping_shop):
            assert not ended.done()
        lock.release()
        answer = connection.getresponse()
        assert answer.status == 200 and b'"movementId"' in answer.read()
        # An answer from the moment between the end of listening and that of the connections does not say so.
        assert answer.headers["connection"] == "close" or connection.sock.recv(1) == b""
        assert ended.result() == 0


def test_who_waits_between_requests_is_let_go(stopping_shop):
    with contextlib.closing(connect(stopping_shop)) as connection:
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"serving\n"
        assert stopping_shop.stop() == 0
        assert connection.sock.recv(1) == b""


def test_a_watcher_is_sent_elsewhere_in_words_of_connect(stopping_shop):
    variant = products_of(stopping_shop)[0].variants[0].id
    with contextlib.closing(connect(stopping_shop)) as connection:
        connection.request("POST", WATCH, frame(b'{"variants":{"variantIds":["%s"]}}' % variant.encode()), STREAM)
        answer = connection.getresponse()
        assert stopping_shop.stop() == 0
        end = answer.read().rsplit(b"\x02", 1)[1][4:]
    assert b'"code":"unavailable"' in end


def accepts(server) -> bool:
    host, port = server.address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=CALL_SECONDS).close()
        return True
    except ConnectionResetError:
        return True  # the kernel had taken it in when the socket was closed
    except ConnectionRefusedError:
        return False
