"""Invalid input: the status, the field in the error, and no internal details."""

import re
import uuid

import grpc
import pytest
from curl import post_json
from fastshop.identity.v1 import role_service_pb2 as role
from fastshop.identity.v1 import role_service_pb2_grpc as role_grpc
from fastshop.inventory.v1 import stock_pb2
from google.rpc import error_details_pb2
from stubs import CALL_SECONDS, catalog, catalog_of, details_of, inventory, inventory_of, products_of, wrong_fields

ABSENT = "01890000-0000-7000-8000-000000000000"
INSIDE = re.compile(
    r"select |insert |update .* set|sqlstate|relation |pg_|postgres|syntax error|catalog\.product"
    r"|\.swift|0x[0-9a-f]{6}",
    re.IGNORECASE,
)

GET, LIST, TREE = "GetProduct", "ListProducts", "ListCategories"
STOCK, ADJUST, WATCH = "GetStock", "AdjustStock", "WatchInventory"
CATALOG_REQUESTS = {
    GET: catalog.GetProductRequest,
    LIST: catalog.ListProductsRequest,
    TREE: catalog.ListCategoriesRequest,
}
INVENTORY_REQUESTS = {
    STOCK: inventory.GetStockRequest,
    ADJUST: inventory.AdjustStockRequest,
    WATCH: inventory.WatchInventoryRequest,
}
COUNTED = stock_pb2.STOCK_REASON_COUNTED
# A change to which only the variant is lacking.
ADJUSTED = {"variant_id": ABSENT, "delta": 1, "reason": COUNTED, "request_id": str(uuid.uuid4())}


def call(shop, method: str, fields: dict):
    """Calls by name; of a stream, reads to its end."""
    if method in CATALOG_REQUESTS:
        stub, request = catalog_of(shop), CATALOG_REQUESTS[method](**fields)
    else:
        stub, request = inventory_of(shop), INVENTORY_REQUESTS[method](**fields)
    answer = getattr(stub, method)(request, timeout=CALL_SECONDS)
    return list(answer) if method == WATCH else answer


def refusal(shop, method: str, fields: dict) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as caught:
        call(shop, method, fields)
    assert_tells_nothing_inside(caught.value)
    return caught.value


def assert_tells_nothing_inside(error: grpc.RpcError) -> None:
    assert error.details(), f"{error.code().name} without a sentence"
    everything = error.details() + str(dict(error.trailing_metadata() or []))
    assert not INSIDE.search(everything), everything


# One of each method: all fields of all methods, with many more values, are tried in process, by `BadInputTests`.
INVALID = [
    # what is wrong, method, request, field
    ("a UUID and SQL", GET, {"id": ABSENT + "'; DROP TABLE catalog.product; --"}, "id"),
    ("a very long token", LIST, {"page_token": "A" * 30_000}, "page_token"),
    ("a depth below 0", TREE, {"depth_limit": -1}, "depth_limit"),
    ("stock of no UUID", STOCK, {"variant_ids": [ABSENT, "x"]}, "variant_ids[1]"),
    ("adjusting by too little", ADJUST, {**ADJUSTED, "delta": -(2**63)}, "delta"),
    ("watching nothing", WATCH, {}, "selection"),
]


@pytest.mark.parametrize(("what", "method", "fields", "field"), INVALID, ids=[row[0] for row in INVALID])
def test_invalid_input_is_refused_and_the_field_named(shop, what, method, fields, field):
    error = refusal(shop, method, fields)
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error.details()
    assert field in wrong_fields(error)


@pytest.mark.parametrize("name", ["n" * 32_000, "\u0301" * 5_000], ids=["letters", "combining marks"])
def test_an_error_repeats_only_the_beginning_of_what_was_sent(shop, name):
    answer = post_json(shop, "fastshop.catalog.v1.CatalogService/ListProducts", {name: 1})
    assert answer.status == 400 and answer.json["code"] == "invalid_argument"
    assert len(answer.body) < 3000 and name[:99] in answer.json["message"]


def test_an_error_about_a_name_of_any_length_arrives(shop):
    """HTTP/2 has no place for trailers of a hundred kilobytes: the caller used to wait for ever."""
    stub = role_grpc.RoleServiceStub(shop.staff)
    request = role.DeleteRoleRequest(name="\u0301" * 12_000, request_id=str(uuid.uuid4()))
    with pytest.raises(grpc.RpcError) as caught:
        stub.DeleteRole(request, timeout=CALL_SECONDS)
    assert caught.value.code() in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT)
    assert len(caught.value.details()) <= 1001


def test_a_watcher_with_a_cursor_that_is_not_ours_is_refused(shop):
    product = products_of(shop)[0]
    for cursor in ["made up", "AAAA", "0", "-1", "9" * 400]:
        error = refusal(shop, WATCH, {"product_id": product.id, "cursor": cursor})
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, cursor
        assert wrong_fields(error) == ["cursor"]


def test_a_token_serves_only_the_question_it_was_given_for(shop):
    page = call(shop, LIST, {"page_size": 3})
    error = refusal(shop, LIST, {"page_size": 3, "page_token": page.next_page_token, "brand": "Another"})
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert wrong_fields(error) == ["page_token"]


def test_every_wrong_field_is_named_at_once(shop):
    error = refusal(shop, LIST, {"page_size": -5, "category_id": "x", "seller_id": "y", "sort": 77})
    assert {"page_size", "category_id", "seller_id", "sort"} <= set(wrong_fields(error))


MISSING = [
    (GET, {"id": ABSENT}, ABSENT),
    (GET, {"slug": "no-such-thing"}, "no-such-thing"),
    (TREE, {"parent_id": ABSENT}, ABSENT),
    (STOCK, {"variant_ids": [ABSENT]}, ABSENT),
    (STOCK, {"product_id": ABSENT}, ABSENT),
    (ADJUST, ADJUSTED, ABSENT),
    (WATCH, {"product_id": ABSENT}, ABSENT),
    (WATCH, {"category_id": ABSENT}, ABSENT),
    (WATCH, {"seller_id": ABSENT}, ABSENT),
]


@pytest.mark.parametrize(("method", "fields", "name"), MISSING)
def test_what_is_absent_is_not_found_and_named(shop, method, fields, name):
    error = refusal(shop, method, fields)
    assert error.code() == grpc.StatusCode.NOT_FOUND
    resource = details_of(error, error_details_pb2.ResourceInfo)
    assert resource.resource_name == name
    assert resource.resource_type


def raw(shop, path: str, body: bytes):
    return shop.channel.unary_unary(path)(body, timeout=CALL_SECONDS)


UNKNOWN_PATHS = [
    "/fastshop.catalog.v1.CatalogService/NoSuchMethod",
    "/fastshop.catalog.v1.CatalogService/getProduct",
    "/no.such.Service/GetProduct",
    "/fastshop.catalog.v1.CatalogService",
    "/",
    "/" + "a" * 2_000,
]


@pytest.mark.parametrize("path", UNKNOWN_PATHS)
def test_an_unknown_method_is_unimplemented(shop, path):
    with pytest.raises(grpc.RpcError) as caught:
        raw(shop, path, b"")
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert_tells_nothing_inside(caught.value)


GARBAGE = {
    "no protobuf": b"\xff\xff\xff\xff",
    "a cut field": b"\x0a\x20abc",
    "an endless varint": b"\x08" + b"\xff" * 11,
    "a group": b"\x0b\x0c",
    "text that is not UTF-8": b"\x0a\x02\xc3\x28",
    "text with a NUL": b"\x0a\x03a\x00b",
    "field number 0": b"\x02\x01a",
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_refused(shop, body):
    with pytest.raises(grpc.RpcError) as caught:
        raw(shop, "/fastshop.catalog.v1.CatalogService/GetProduct", body)
    assert caught.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL)
    assert_tells_nothing_inside(caught.value)


def test_unknown_fields_are_no_error(shop):
    product = products_of(shop)[0]
    body = catalog.GetProductRequest(id=product.id).SerializeToString() + b"\x98\x06\x01"
    answer = raw(shop, "/fastshop.catalog.v1.CatalogService/GetProduct", body)
    assert catalog.GetProductResponse.FromString(answer).product.id == product.id


def test_a_message_above_the_limit_is_resource_exhausted(shop):
    with pytest.raises(grpc.RpcError) as caught:
        call(shop, GET, {"slug": "x" * 5 * 2**20})
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert_tells_nothing_inside(caught.value)


def test_after_all_that_the_shop_is_open(shop):
    with pytest.raises(grpc.RpcError):
        call(shop, GET, {"slug": f"missing-{uuid.uuid4()}"})
    assert products_of(shop, 3)
    assert shop.health() == "SERVING"
    assert shop.is_unharmed, shop.log
