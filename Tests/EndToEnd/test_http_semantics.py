"""The details of HTTP (RFC 9110, 9112, 9113) and of the protocols over it, clause by clause."""

import contextlib
import email.utils
import gzip
import json
import time

import grpc
import pytest
from curl import curl, post_json
from hostile.http1 import HEALTHZ, RawHTTP, request
from stubs import CALL_SECONDS, catalog, products_of
from wire import frame

LIST = "/fastshop.catalog.v1.CatalogService/ListProducts"
GET = "/fastshop.catalog.v1.CatalogService/GetProduct"
ME = "/fastshop.identity.v1.AccountService/GetProfile"
JSON = ("--header", "content-type: application/json")
PAGE = catalog.ListProductsRequest(page_size=250)
QUERY = "?encoding=json&message=%7B%22pageSize%22%3A1%7D"


@pytest.fixture
def raw(shop):
    with contextlib.closing(RawHTTP(shop.address)) as raw:
        yield raw


def url(server, path: str) -> str:
    return f"http://{server.address}{path}"


def call_with(wire, fields: list[tuple[str, str]], path: str = LIST, body: bytes = frame(b"")):
    """A call whose further fields may have a name several times."""
    stream = wire.http2.get_next_available_stream_id()
    names = {name for name, _ in fields}
    usual = [
        (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "shop"), ("te", "trailers"),
        ("content-type", "application/grpc"),
    ]
    wire.http2.send_headers(stream, [*(pair for pair in usual if pair[0] not in names or pair[0] == "host"), *fields])
    wire.send(stream, body)
    return wire.read(stream)


# Encodings: RFC 9110, sections 5.3, 8.4.1 and 12.5.3.


@pytest.mark.parametrize("lines", [["gzip"], ["identity", "gzip"], ["br", "zstd", "identity,gzip;q=0.5"], ["x-gzip"]])
def test_several_lines_of_accepted_encodings_are_one_list(shop, raw, wire, lines):
    # One that may be chosen for its caller: in Connect, the server chooses.
    fields = [f"accept-encoding: {line}" for line in lines]
    raw.send(request(*fields, body=b'{"pageSize":250}'))
    assert raw.wait(lambda: b"\r\n\r\n" in raw.received)
    assert b"content-encoding: gzip\r\n" in raw.received
    # In gRPC, an answer is compressed as the request is, if its caller accepts that.
    answer = call_with(
        wire, [("grpc-encoding", "gzip")] + [("grpc-accept-encoding", line) for line in lines],
        body=frame(gzip.compress(PAGE.SerializeToString()), compressed=1))
    assert answer.header_blocks[0]["grpc-encoding"] == "gzip" and answer.body[0] == 1


@pytest.mark.parametrize("line", ["gzip;q=0", "gzip;q=0.000, identity", "*;q=0", "identity;q=0", "br", ""])
def test_an_encoding_that_is_refused_or_unknown_is_not_used(shop, line):
    answer = curl(url(shop, LIST), *JSON, "--header", f"accept-encoding: {line}", body=b'{"pageSize":250}')
    assert answer.status == 200 and "content-encoding" not in answer.headers
    assert len(answer.json["products"]) > 100


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "GZIP"])
def test_gzip_has_two_names(shop, wire, name):
    body = gzip.compress(json.dumps({"pageSize": 2}).encode())
    coding = ("--header", f"content-encoding: {name}", "--header", "accept-encoding: identity")
    answer = curl(url(shop, LIST), *JSON, *coding, body=body)
    assert len(answer.json["products"]) == 2
    packed = frame(gzip.compress(PAGE.SerializeToString()), compressed=1)
    assert call_with(wire, [("grpc-encoding", name)], body=packed).grpc_status == 0


# The target of a request: RFC 9112, section 3.2; RFC 9113, section 8.3.1.


@pytest.mark.parametrize(("authority", "host", "status"), [
    ("shop", "shop", "200"), ("shop", "SHOP", "200"), ("shop", "other", "400"), ("shop", "shop:1", "400"),
    (None, "shop", "200"),
])
@pytest.mark.parametrize("kind", ["application/grpc", "application/json"])
def test_host_and_authority_name_one_host(wire, authority, host, status, kind):
    pairs = [(":authority", authority)] if authority else []
    stream = wire.http2.get_next_available_stream_id()
    wire.http2.send_headers(stream, [
        (":method", "POST"), (":scheme", "http"), (":path", LIST), *pairs, ("host", host), ("te", "trailers"),
        ("content-type", kind)])
    wire.send(stream, frame(b"") if kind == "application/grpc" else b"{}")
    answer = wire.read(stream)
    assert answer.http_status == status


@pytest.mark.parametrize("host", ["a b", "shop/evil", "user@shop", "shop,other", "shop?", "sh\"op", "shop#a", "a\\b"])
def test_a_host_that_is_none_is_refused(raw, host):
    raw.send(request(host=host, body=b"{}"))
    assert raw.read_to_end() == [400]


@pytest.mark.parametrize("host", ["", "shop", "shop:8080", "[::1]:8080", "xn--bcher-kva.example"])
def test_hosts_of_every_form_are_served(raw, host):
    raw.send(request(host=host, body=b"{}"))
    assert raw.wait_for_answers(1) == [200]


# Credentials: RFC 9110, sections 5.3 and 11.4.


def test_blanks_after_the_scheme_do_not_count(shop):
    for blanks in (" ", "   "):
        for scheme in ("Bearer", "bearer", "BEARER"):
            answer = post_json(shop, ME[1:], {}, "--header", f"authorization: {scheme}{blanks}{shop.staff_token}")
            assert answer.status == 200, answer.text


def test_two_credentials_are_none(shop, wire):
    fields = [("authorization", f"Bearer {shop.staff_token}")] * 2
    assert call_with(wire, fields, path=ME).grpc_status == grpc.StatusCode.UNAUTHENTICATED.value[0]
    lines = ["--header", f"authorization: Bearer {shop.staff_token}"] * 2
    answer = post_json(shop, ME[1:], {}, *lines)
    assert answer.status == 401 and "www-authenticate" in answer.headers


# Content types: RFC 9110, sections 5.6.6 and 8.3.


@pytest.mark.parametrize("kind", [
    "application/grpc ;x", "application/grpc ; charset=utf-8", "application/grpc+proto ;a=b", "application/grpc;",
    'application/grpc;a="b;c"', "APPLICATION/GRPC+PROTO",
])
def test_parameters_of_content_types_may_have_blanks_before_them(wire, kind):
    assert wire.call(LIST, frame(b""), content_type=kind).grpc_status == 0


@pytest.mark.parametrize("kind", ["application/grpc x", "application/grpc+protox", "application/grpc+json", ""])
def test_what_is_no_content_type_of_grpc_is_415(wire, kind):
    assert wire.call(LIST, frame(b""), content_type=kind).http_status == "415"


def test_two_content_types_are_refused(wire, raw):
    two = [("content-type", "application/grpc"), ("content-type", "application/json")]
    assert call_with(wire, two).http_status == "400"
    raw.send(request("content-type: application/grpc-web", body=b"{}"))
    assert raw.wait_for_answers(1) == [400]


@pytest.mark.parametrize(("charset", "status"), [
    ("utf-8", 200), ('"UTF-8"', 200), ("utf-16", 415), ("iso-8859-1", 415),
])
def test_json_is_utf_8(shop, charset, status):
    answer = curl(url(shop, LIST), "--header", f"content-type: application/json; charset={charset}", body=b"{}")
    assert answer.status == status


# Methods: RFC 9110, section 9; RFC 9112, section 3.


@pytest.mark.parametrize("path", ["/healthz", "/metrics", LIST + QUERY])
@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
def test_head_is_get_without_its_body(shop, path, version):
    got = curl(url(shop, path), version)
    head = curl(url(shop, path), version, "--head")
    # curl writes the head instead of a body, and nothing after it.
    assert (got.status, head.status) == (200, 200) and head.body.endswith(b"\r\n\r\n")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert int(head.headers["content-length"]) > 0


@pytest.mark.parametrize(("target", "status", "allow"), [
    ("*", 204, b"GET, HEAD, POST, OPTIONS"), ("/healthz", 204, b"GET, HEAD, OPTIONS"),
    (LIST, 204, b"GET, HEAD, POST, OPTIONS"), ("/nowhere", 404, b""),
])
def test_options_tells_what_a_target_allows(raw, target, status, allow):
    raw.send(request(method="OPTIONS", path=target, kind=None) + HEALTHZ)
    assert raw.wait_for_answers(2) == [status, 200]
    assert b"allow: " + allow in raw.received if allow else b"allow: " not in raw.received


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("BREW", 501), ("get", 501)])
def test_a_star_or_a_method_that_nobody_knows_is_no_request(raw, method, status):
    raw.send(request(method=method, path="*", kind=None))
    assert raw.wait_for_answers(1) == [status]


# Answers: RFC 9110, sections 6.6.1 and 12.5.5; RFC 9111, section 3.5.


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
def test_answers_say_when_they_were_made(shop, version):
    for path in ("/healthz", "/nowhere", LIST + QUERY):
        answer = curl(url(shop, path), version)
        made = email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp()
        assert abs(made - time.time()) < 60


def test_caches_are_told_what_is_personal(shop):
    signed = ("--header", f"authorization: Bearer {shop.staff_token}")
    public, own = curl(url(shop, LIST + QUERY)), curl(url(shop, LIST + QUERY), *signed)
    assert (public.status, own.status) == (200, 200)
    assert "cache-control" not in public.headers and own.headers["cache-control"] == "no-store"
    for answer in (public, own):
        assert {"authorization", "accept-encoding"} <= set(answer.headers["vary"].split(", "))
    wrong = curl(url(shop, GET + "?encoding=json&message=%7B%22slug%22%3A%22none%22%7D"))
    assert (wrong.status, wrong.headers["cache-control"]) == (404, "no-store")


# HTTP/2: RFC 9113, section 8.2; gRPC's paths.


@pytest.mark.parametrize("field", [
    ("connection", "close"), ("keep-alive", "timeout=5"), ("transfer-encoding", "chunked"), ("upgrade", "h2c"),
    ("proxy-connection", "close"), ("te", "gzip"), ("X-Capital", "a"), ("x-a", " b"), ("x-a", "b "), ("x-a", "b\nc"),
])
def test_fields_that_http_2_forbids_make_a_request_malformed(wire, field):
    assert call_with(wire, [field]).reset is not None


@pytest.mark.parametrize("path", ["", "x", "http://shop/x"])
def test_paths_that_are_none_make_a_request_malformed(wire, path):
    assert wire.call(path, frame(b"")).reset is not None


@pytest.mark.parametrize("path", [LIST + "?a=b", LIST + "/", LIST.lower(), "/" + LIST, "/", "/a", LIST + "%20"])
def test_a_path_of_grpc_is_taken_letter_by_letter(wire, path):
    assert wire.call(path, frame(b"")).grpc_status == grpc.StatusCode.UNIMPLEMENTED.value[0]


def test_a_query_says_nothing_to_a_call_by_post(shop):
    assert curl(url(shop, LIST + "?pageSize=7"), *JSON, body=b'{"pageSize":2}').status == 200


def test_a_length_that_is_not_the_bodys_is_malformed(wire, shop):
    assert wire.call(LIST, frame(b""), content_length="7").reset is not None
    assert wire.call(LIST, frame(b""), content_length="5").grpc_status == 0
    assert products_of(shop)


@pytest.mark.parametrize("value", ["AAEC", "AAE=", "AAE", "AAEC,AAE=", "", "AA==,,AA"])
def test_binary_metadata_may_be_padded_joined_and_empty(wire, value):
    assert call_with(wire, [("x-own-bin", value)]).grpc_status == 0


def test_enum_values_are_found_by_their_full_name(shop):
    from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

    def file_of(symbol: str):
        asked = iter([reflection_pb2.ServerReflectionRequest(file_containing_symbol=symbol)])
        stub = reflection_pb2_grpc.ServerReflectionStub(shop.channel)
        return next(stub.ServerReflectionInfo(asked, timeout=CALL_SECONDS)).WhichOneof("message_response")

    assert file_of("fastshop.inventory.v1.STOCK_REASON_COUNTED") == "file_descriptor_response"
    assert file_of("fastshop.inventory.v1.StockReason.STOCK_REASON_COUNTED") == "error_response"
    assert file_of("fastshop.catalog.v1.Product.title") == "file_descriptor_response"
