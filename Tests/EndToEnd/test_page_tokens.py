"""Page tokens and cursors: forged ones are refused, without effect on other callers."""

import base64
import json
import struct
import urllib.parse

import grpc
import pytest
import shop_server
from curl import curl, post_json
from fastshop.audit.v1 import audit_service_pb2 as audit
from fastshop.audit.v1 import audit_service_pb2_grpc as audit_grpc
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from fastshop.security.v1 import security_service_pb2 as security
from fastshop.security.v1 import security_service_pb2_grpc as security_grpc
from stubs import CALL_SECONDS, catalog, catalog_of, inventory, inventory_of, products_of, wrong_fields

LIST = "fastshop.catalog.v1.CatalogService/ListProducts"
# It ended the server: a checksum that anybody can compute, and a time beyond all times.
DEADLY = "UEw1aJp4iH0lgAAAAAAAAAABjMJR-yx8263Ux5j130TgyhsPjg"
SORT_KEYS = [-(2**63), -(2**63) + 1, -1, 0, 253_402_300_800_000_000, 2**63 - 1]


def fnv(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


def with_checksum(data: bytes) -> str:
    """A token in the form of earlier releases, which anybody could make."""
    total = fnv(data)
    data += struct.pack(">I", (total ^ total >> 32) & 0xFFFFFFFF)
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def forged_page(sort_key: int, filters: bytes) -> str:
    return with_checksum(b"P" + struct.pack(">Qq", fnv(filters), sort_key) + bytes(16))


def lists_of(server) -> dict:
    """Every list with page tokens: what asks for a page of it, and the filters that a forger writes for it."""
    audits = audit_grpc.AuditServiceStub(server.staff)
    events = security_grpc.SecurityServiceStub(server.staff)
    accounts = users_grpc.UserServiceStub(server.staff)
    products = catalog_of(server)
    return {
        "products": (products.ListProducts, catalog.ListProductsRequest, b"newest\xff" + b"\xff" * 5),
        "entries": (audits.ListAuditEntries, audit.ListAuditEntriesRequest, b"\xff" * 6),
        "events": (events.ListSecurityEvents, security.ListSecurityEventsRequest, b"\xff" * 2),
        "users": (accounts.ListUsers, users.ListUsersRequest, b"users\xff" + b"\xff" * 3),
    }


def is_refused(call, field: str) -> bool:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT and wrong_fields(caught.value) == [field]


def first_page(server) -> catalog.ListProductsResponse:
    return catalog_of(server).ListProducts(catalog.ListProductsRequest(page_size=2), timeout=CALL_SECONDS)


def second_page(server, token: str) -> catalog.ListProductsResponse:
    request = catalog.ListProductsRequest(page_size=2, page_token=token)
    return catalog_of(server).ListProducts(request, timeout=CALL_SECONDS)


def cursor_of(server) -> tuple[str, str]:
    """A product, and the cursor after the current state of its stock."""
    product = products_of(server)[0].id
    stream = inventory_of(server).WatchInventory(
        inventory.WatchInventoryRequest(product_id=product), timeout=CALL_SECONDS)
    cursor = next(answer.cursor for answer in stream if answer.cursor)
    stream.cancel()
    return product, cursor


def test_no_guest_ends_the_server_with_a_token(shop):
    request = {"pageSize": 1, "pageToken": DEADLY}
    answer = post_json(shop, LIST, request)
    assert (answer.status, answer.json["code"]) == (400, "invalid_argument")
    query = urllib.parse.urlencode({"encoding": "json", "message": json.dumps(request)})
    assert curl(f"http://{shop.address}/{LIST}?{query}").status == 400
    assert shop.health() == "SERVING"


@pytest.mark.parametrize("name", ["products", "entries", "events", "users"])
def test_a_forged_page_token_is_refused_by_every_list(shop, name):
    ask, request, filters = lists_of(shop)[name]
    for key in SORT_KEYS:
        forged = forged_page(key, filters)
        assert is_refused(lambda: ask(request(page_size=1, page_token=forged), timeout=CALL_SECONDS), "page_token")
    assert shop.health() == "SERVING"


@pytest.mark.parametrize("under_way", [0, 1, 4_096])
def test_a_forged_cursor_is_refused(shop, under_way):
    product = products_of(shop)[0].id
    log = shop_log(shop)
    listed = b"".join(struct.pack(">Q", 10 + number) for number in range(under_way))
    forged = with_checksum(b"E" + struct.pack(">IqqQQ", log, 0, 2**62, 1, 2**63) + listed)
    request = inventory.WatchInventoryRequest(product_id=product, cursor=forged)
    assert is_refused(lambda: list(inventory_of(shop).WatchInventory(request, timeout=CALL_SECONDS)), "cursor")


def shop_log(server) -> int:
    """The log's number, which every cursor of it says."""
    cursor = cursor_of(server)[1]
    return struct.unpack(">I", base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[1:5])[0]


def test_a_token_of_one_server_is_good_on_the_others(two_shops):
    here, there = two_shops
    token = first_page(here).next_page_token
    assert second_page(here, token) == second_page(there, token)
    assert len(token) <= 130


def test_a_token_of_another_method_or_stream_is_refused(shop):
    token, (product, cursor) = first_page(shop).next_page_token, cursor_of(shop)
    lists = lists_of(shop)
    for name in ["entries", "events", "users"]:
        ask, request, _ = lists[name]
        assert is_refused(lambda: ask(request(page_token=token), timeout=CALL_SECONDS), "page_token"), name
    assert is_refused(lambda: second_page(shop, cursor), "page_token")
    events = security_grpc.SecurityServiceStub(shop.staff)
    for wrong in [cursor, token]:
        request = security.WatchSecurityEventsRequest(cursor=wrong)
        assert is_refused(lambda: list(events.WatchSecurityEvents(request, timeout=CALL_SECONDS)), "cursor")
    request = inventory.WatchInventoryRequest(product_id=product, cursor=token)
    assert is_refused(lambda: list(inventory_of(shop).WatchInventory(request, timeout=CALL_SECONDS)), "cursor")


def test_a_token_of_another_database_is_refused(shop, start_shop, cluster):
    elsewhere = start_shop(cluster.create("shop_elsewhere"))
    assert is_refused(lambda: second_page(elsewhere, first_page(shop).next_page_token), "page_token")


def test_rotated_keys_leave_lists_and_streams_where_they_are(start_shop, database):
    url = database()
    shop = start_shop(url)
    token, (product, cursor) = first_page(shop).next_page_token, cursor_of(shop)
    expected = [product.id for product in second_page(shop, token).products]
    done = shop_server.run("keys", "rotate", env={"DATABASE_URL": url, "FASTSHOP_KEYS": shop_server.KEYS})
    assert done.returncode == 0, done.stderr
    for server in [shop, start_shop(url)]:
        assert [product.id for product in second_page(server, token).products] == expected
        stream = inventory_of(server).WatchInventory(
            inventory.WatchInventoryRequest(product_id=product, cursor=cursor), timeout=2)
        with pytest.raises(grpc.RpcError) as ended:
            list(stream)
        assert ended.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED, "it was followed until the caller hung up"
