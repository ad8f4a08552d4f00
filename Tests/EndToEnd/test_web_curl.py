"""Connect's unary calls with curl: JSON and protobuf by POST, and methods without side effects by GET."""

import base64
import gzip
import urllib.parse

import pytest
from curl import curl, post_json, trusting
from fastshop.inventory.v1 import inventory_service_pb2 as inventory
from google.protobuf import descriptor_pool, json_format, message_factory
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from row_lock import RowLock
from shop_server import STAFF_EMAIL, STAFF_PASSWORD
from stubs import CALL_SECONDS, adjustment, catalog, catalog_of, inventory_of, products_of

LIST = "fastshop.catalog.v1.CatalogService/ListProducts"
GET = "fastshop.catalog.v1.CatalogService/GetProduct"
ADJUST = "fastshop.inventory.v1.InventoryService/AdjustStock"
WATCH = "fastshop.inventory.v1.InventoryService/WatchInventory"
PAGE = catalog.ListProductsRequest(page_size=3)
PROTO = ("--header", "content-type: application/proto")
JSON = ("--header", "content-type: application/json")
NOT_ENOUGH = {"invalid_argument", "not_found", "failed_precondition", "unauthenticated", "permission_denied"}
# A message a byte above the server's limit, as JSON.
# Of ListProducts: docs/api.md.
REQUEST_BYTES_MAX = 48 * 1024
VERSIONS = [("--http1.0", "1.0"), ("--http1.1", "1.1"), ("--http2-prior-knowledge", "2")]


def page_of(server):
    return catalog_of(server).ListProducts(PAGE, timeout=CALL_SECONDS)


def url(server, method: str) -> str:
    return f"http://{server.address}/{method}"


def query(**items: str) -> str:
    return "?" + urllib.parse.urlencode(items)


def in_query(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def post(server, method: str, body: bytes, *arguments: str):
    return curl(url(server, method), *arguments, body=body)


@pytest.mark.parametrize(("flag", "version"), VERSIONS)
def test_json_is_answered_with_the_same_as_grpc(shop, flag, version):
    answer = post_json(shop, LIST, {"pageSize": 3}, flag)
    # curl's word for the version is the answer's: HTTP/1.1 also to a caller of HTTP/1.0 (RFC 9110, section 2.5).
    assert answer.http_version == ("1.1" if version == "1.0" else version)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert json_format.Parse(answer.text, catalog.ListProductsResponse()) == page_of(shop)


def test_json_reaches_every_unary_method(start_shop, database):
    """In the staff's name, with nothing said: each method answers, or says by its own rules what it lacks."""
    shop = start_shop(database())
    reflection = ProtoReflectionDescriptorDatabase(shop.channel)
    pool = descriptor_pool.DescriptorPool(reflection)
    answered = []
    for service in sorted(reflection.get_services()):
        for method in pool.FindServiceByName(service).methods:
            answer = post_json(shop, f"{service}/{method.name}", {}, *as_somebody_of_the_staff(shop))
            if method.client_streaming or method.server_streaming:
                assert answer.status == 415, method.full_name
                continue
            assert answer.headers["content-type"] == "application/json", method.full_name
            if answer.status == 200:
                json_format.Parse(answer.text, message_factory.GetMessageClass(method.output_type)())
                answered.append(method.name)
            else:
                assert answer.json["code"] in NOT_ENOUGH, f"{method.full_name}: {answer.text}"
    assert {"ListProducts", "ListUsers", "SignOut", "Check"} <= set(answered)


def as_somebody_of_the_staff(shop) -> tuple[str, str]:
    """A new session of the administrator: some methods end the session of their caller."""
    words = {"email": STAFF_EMAIL, "password": STAFF_PASSWORD}
    tokens = post_json(shop, "fastshop.identity.v1.AuthService/SignIn", words).json["tokens"]
    return "--header", f"authorization: Bearer {tokens['accessToken']}"


@pytest.mark.parametrize(("flag", "version"), VERSIONS)
def test_protobuf_is_answered_with_the_same_as_grpc(shop, flag, version):
    answer = post(shop, LIST, PAGE.SerializeToString(), *PROTO, flag)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/proto")
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert catalog.ListProductsResponse.FromString(answer.body) == page_of(shop)


@pytest.mark.parametrize(("flag", "version"), [("--http1.1", "1.1"), ("--http2", "2")])
def test_tls_serves_both_versions_by_alpn(shop, tmp_path, flag, version):
    answer = curl(f"https://{shop.tls_address}/{LIST}", flag, *JSON, *trusting(shop, tmp_path), body=b"{}")
    assert (answer.status, answer.http_version) == (200, version)
    assert len(answer.json["products"]) == 20


def test_the_field_names_of_the_proto_file_are_understood_too(shop):
    assert len(post_json(shop, LIST, {"page_size": 2}).json["products"]) == 2


def test_no_body_stands_for_the_message_without_fields(shop):
    for kind in (JSON, PROTO):
        assert post(shop, LIST, b"", *kind).status == 200


def test_a_content_type_may_have_parameters(shop):
    for kind in ("application/json; charset=utf-8", "Application/JSON;charset=utf-8"):
        assert post(shop, LIST, b"{}", "--header", f"content-type: {kind}").status == 200


def test_a_body_in_chunks_and_one_that_waits_for_100_continue(shop):
    body = b'{"pageSize":3' + b" " * 30_000 + b"}"
    for header in ("transfer-encoding: chunked", "expect: 100-continue"):
        answer = post(shop, LIST, body, *JSON, "--header", header)
        assert json_format.Parse(answer.text, catalog.ListProductsResponse()) == page_of(shop)


# Methods without side effects, by GET.


def test_get_with_json_and_with_protobuf(shop):
    as_json = curl(url(shop, LIST) + query(connect="v1", encoding="json", message='{"pageSize":3}'))
    packed = in_query(PAGE.SerializeToString())
    as_proto = curl(url(shop, LIST) + query(connect="v1", encoding="proto", base64="1", message=packed))
    assert (as_json.status, as_json.headers["vary"]) == (200, "accept-encoding, accept-language, authorization")
    assert json_format.Parse(as_json.text, catalog.ListProductsResponse()) == page_of(shop)
    assert catalog.ListProductsResponse.FromString(as_proto.body) == page_of(shop)


def test_get_with_a_compressed_message(shop):
    packed = in_query(gzip.compress(PAGE.SerializeToString(), mtime=0))
    answer = curl(url(shop, LIST) + query(encoding="proto", base64="1", compression="gzip", message=packed))
    # A caller that sends no `accept-encoding` reads the encoding that it writes.
    assert answer.headers["content-encoding"] == "gzip"
    assert catalog.ListProductsResponse.FromString(gzip.decompress(answer.body)) == page_of(shop)


def test_what_changes_something_is_not_to_be_had_by_get(shop):
    variant = products_of(shop)[0].variants[0].id
    message = json_format.MessageToJson(adjustment(variant))
    answer = curl(url(shop, ADJUST) + query(encoding="json", message=message))
    assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS")


BAD_QUERIES = [
    ({}, 415),
    ({"encoding": "xml", "message": "{}"}, 415),
    ({"encoding": "json"}, 400),
    ({"encoding": "json", "message": "{"}, 400),
    ({"encoding": "json", "message": "{}", "connect": "v2"}, 400),
    ({"encoding": "proto", "message": "not base 64", "base64": "1"}, 400),
    ({"encoding": "json", "message": "{}", "compression": "br"}, 501),
]


@pytest.mark.parametrize(("items", "status"), BAD_QUERIES, ids=[str(row[0]) for row in BAD_QUERIES])
def test_a_query_that_is_wrong(shop, items, status):
    answer = curl(url(shop, LIST) + query(**items))
    assert answer.status == status
    if status != 415:
        assert answer.json["message"]


# Errors.


def test_an_error_is_json_with_its_name_and_a_status(shop):
    answer = post_json(shop, GET, {"slug": "there-is-no-such-product"})
    assert (answer.status, answer.headers["content-type"]) == (404, "application/json")
    assert answer.json["code"] == "not_found"
    assert "no such product" in answer.json["message"]


def test_the_details_of_an_error_name_the_field(shop):
    answer = post_json(shop, LIST, {"pageSize": -1})
    assert (answer.status, answer.json["code"]) == (400, "invalid_argument")
    reason, detail = answer.json["details"]
    assert reason["type"] == "google.rpc.ErrorInfo"
    assert detail["type"] == "google.rpc.BadRequest"
    assert "=" not in detail["value"]
    packed = base64.b64decode(detail["value"] + "=" * (-len(detail["value"]) % 4))
    assert error_details_pb2.BadRequest.FromString(packed).field_violations[0].field == "page_size"
    assert detail["debug"]["fieldViolations"][0]["field"] == "page_size"


def test_json_that_is_wrong_names_the_field(shop):
    answer = post_json(shop, LIST, {"pageSize": "many"})
    assert (answer.status, answer.json["code"]) == (400, "invalid_argument")
    assert answer.json["details"][1]["debug"]["fieldViolations"][0]["field"] == "pageSize"
    for body in (b"{", b"[]", b"\xff", b'{"nothing":1}'):
        refused = post(shop, LIST, body, *JSON)
        assert (refused.status, refused.json["code"]) == (400, "invalid_argument")


def test_an_unknown_method_is_unimplemented(shop):
    answer = post_json(shop, "fastshop.catalog.v1.CatalogService/Nothing", {})
    assert (answer.status, answer.json["code"]) == (501, "unimplemented")


def test_another_content_type_is_told_which_there_are(shop):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/connect+json"):
        answer = post(shop, LIST, b"{}", "--header", f"content-type: {kind}")
        assert answer.status == 415
        assert "application/json" in answer.headers["accept-post"]


def test_a_stream_is_not_called_as_if_it_were_unary(shop):
    answer = post_json(shop, WATCH, {})
    assert answer.status == 415
    assert "application/connect+json" in answer.headers["accept-post"]


def test_grpc_itself_needs_http_2(shop):
    for kind in ("application/grpc", "application/grpc+proto"):
        assert post(shop, LIST, b"\0\0\0\0\0", "--http1.1", "--header", f"content-type: {kind}").status == 505


def test_the_protocol_version_if_given_must_be_ours(shop):
    assert post_json(shop, LIST, {}, "--header", "connect-protocol-version: 1").status == 200
    answer = post_json(shop, LIST, {}, "--header", "connect-protocol-version: 2")
    assert (answer.status, answer.json["code"]) == (400, "invalid_argument")


@pytest.mark.parametrize("flag", ["--http1.1", "--http2-prior-knowledge"])
def test_a_body_beyond_the_limit_is_refused(shop, flag):
    # Blanks count as what they are: bytes of the message.
    body = b"{}" + b" " * (REQUEST_BYTES_MAX - 2)
    assert post(shop, LIST, body, *JSON, flag).status == 200
    answer = post(shop, LIST, body + b" ", *JSON, flag)
    assert (answer.status, answer.json["code"]) == (429, "resource_exhausted")


# Time.


@pytest.mark.parametrize("flag", ["--http1.1", "--http2-prior-knowledge"])
def test_a_call_past_its_timeout_ends_and_changes_nothing(cluster, shop, flag):
    variant = products_of(shop)[0].variants[0].id
    stock = inventory.GetStockRequest(variant_ids=[variant])
    before = inventory_of(shop).GetStock(stock, timeout=CALL_SECONDS)
    with RowLock(cluster, shop.database, variant) as lock:
        body = json_format.MessageToJson(adjustment(variant)).encode()
        signed = ["--header", f"authorization: Bearer {shop.staff_token}"]
        answer = post(shop, ADJUST, body, *JSON, *signed, "--header", "connect-timeout-ms: 200", flag)
        assert (answer.status, answer.json["code"]) == (504, "deadline_exceeded")
        lock.wait_for_waiters(0)
    assert inventory_of(shop).GetStock(stock, timeout=CALL_SECONDS) == before


@pytest.mark.parametrize("text", ["-1", "1.5", "soon", "", "99999999999"])
def test_a_timeout_that_is_none_is_refused(shop, text):
    answer = post_json(shop, LIST, {}, "--header", f"connect-timeout-ms: {text}" if text else "connect-timeout-ms;")
    assert (answer.status, answer.json["code"]) == (400, "invalid_argument")


def test_the_longest_timeout_is_understood(shop):
    assert post_json(shop, LIST, {}, "--header", "connect-timeout-ms: 9999999999").status == 200


# Compression.


@pytest.mark.parametrize("flag", ["--http1.1", "--http2-prior-knowledge"])
def test_an_answer_is_compressed_for_who_accepts_it(shop, flag):
    plain = post_json(shop, LIST, {"pageSize": 20}, flag)
    packed = post_json(shop, LIST, {"pageSize": 20}, flag, "--header", "accept-encoding: br;q=1.0, gzip;q=0.5")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 2
    assert gzip.decompress(packed.body) == plain.body
    unpacked = post_json(shop, LIST, {"pageSize": 20}, flag, "--compressed")
    assert unpacked.body == plain.body


def test_an_encoding_of_weight_0_is_not_used(shop):
    answer = post_json(shop, LIST, {"pageSize": 20}, "--header", "accept-encoding: gzip;q=0, deflate;q=0")
    assert "content-encoding" not in answer.headers


def test_a_short_answer_and_an_error_are_not_compressed(shop):
    for method, request in ((LIST, {"pageSize": 1, "brand": "none such"}), (GET, {"slug": "none-such"})):
        answer = post_json(shop, method, request, "--header", "accept-encoding: gzip")
        assert "content-encoding" not in answer.headers
        assert isinstance(answer.json, dict)


def test_a_compressed_request_is_read(shop):
    body = gzip.compress(b'{"pageSize":3}', mtime=0)
    answer = post(shop, LIST, body, *JSON, "--header", "content-encoding: gzip")
    assert json_format.Parse(gzip.decompress(answer.body), catalog.ListProductsResponse()) == page_of(shop)


def test_a_compressed_request_counts_what_comes_out(shop):
    bomb = gzip.compress(b"{}" + b" " * REQUEST_BYTES_MAX, mtime=0)
    answer = post(shop, LIST, bomb, *JSON, "--header", "content-encoding: gzip")
    assert (answer.status, answer.json["code"]) == (429, "resource_exhausted")


def test_a_request_in_an_unknown_encoding_names_the_known_ones(shop):
    answer = post(shop, LIST, b"{}", *JSON, "--header", "content-encoding: br")
    assert (answer.status, answer.json["code"]) == (501, "unimplemented")
    assert "gzip" in answer.json["message"]
