"""gRPC-Web with Python's own HTTP client: frames and trailers as in PROTOCOL-WEB.md, binary and as text."""

import base64
import dataclasses
import gzip
import http.client
import struct
import urllib.parse

import pytest
from fastshop.inventory.v1 import inventory_service_pb2 as inventory
from google.rpc import error_details_pb2, status_pb2
from stubs import CALL_SECONDS, adjustment, catalog, catalog_of, inventory_of, products_of
from wire import Wire, frame

LIST = "/fastshop.catalog.v1.CatalogService/ListProducts"
GET = "/fastshop.catalog.v1.CatalogService/GetProduct"
WATCH = "/fastshop.inventory.v1.InventoryService/WatchInventory"
BINARY, TEXT = "application/grpc-web+proto", "application/grpc-web-text+proto"
TRAILERS_FLAG = 0x80
# The limit of a request of ListProducts: docs/api.md.
REQUEST_BYTES_MAX = 48 * 1024
PAGE = catalog.ListProductsRequest(page_size=3)
OK, INVALID, DEADLINE, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL = 0, 3, 4, 8, 12, 13


@dataclasses.dataclass
class WebAnswer:
    http_status: int
    headers: dict[str, str]
    messages: list[bytes]
    # None when they are in the headers: a response without a body.
    trailers: dict[str, str] | None

    @property
    def status(self) -> int:
        return int((self.headers if self.trailers is None else self.trailers)["grpc-status"])


def decoded(text: bytes) -> bytes:
    """Base 64 that may be padded wherever the sender flushed."""
    assert len(text) % 4 == 0
    return b"".join(base64.b64decode(text[at:at + 4], validate=True) for at in range(0, len(text), 4))


def frames(body: bytes) -> tuple[list[bytes], dict[str, str] | None]:
    messages, trailers = [], None
    while body:
        assert trailers is None, "something follows the trailers"
        flags, length = struct.unpack_from(">BI", body)
        payload, body = body[5:5 + length], body[5 + length:]
        assert len(payload) == length, "a frame is cut short"
        if flags & TRAILERS_FLAG:
            lines = payload.decode().split("\r\n")
            assert lines.pop() == ""
            trailers = dict(line.split(": ", 1) for line in lines)
        else:
            messages.append(gzip.decompress(payload) if flags & 1 else payload)
    return messages, trailers


def ask(server, path: str, body: bytes, kind: str = BINARY, **headers: str) -> WebAnswer:
    connection = http.client.HTTPConnection(server.address, timeout=CALL_SECONDS)
    fields = {"content-type": kind, "x-grpc-web": "1"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", path, base64.b64encode(body) if "-text" in kind else body, fields)
    answer = connection.getresponse()
    heads = {name.lower(): value for name, value in answer.getheaders()}
    content = answer.read()
    connection.close()
    messages, trailers = frames(decoded(content) if "-text" in heads.get("content-type", "") else content)
    return WebAnswer(answer.status, heads, messages, trailers)


def page_of(server, count: int = PAGE.page_size):
    return catalog_of(server).ListProducts(catalog.ListProductsRequest(page_size=count), timeout=CALL_SECONDS)


def listed(answer: WebAnswer):
    assert (answer.http_status, answer.status) == (200, OK)
    (message,) = answer.messages
    return catalog.ListProductsResponse.FromString(message)


CONTENT_TYPES = [
    ("application/grpc-web", BINARY), (BINARY, BINARY), ("application/grpc-web-text", TEXT), (TEXT, TEXT),
]


@pytest.mark.parametrize(("sent", "answered"), CONTENT_TYPES)
def test_a_call_in_each_content_type(shop, sent, answered):
    answer = ask(shop, LIST, frame(PAGE.SerializeToString()), sent)
    assert listed(answer) == page_of(shop)
    assert answer.headers["content-type"] == answered
    assert answer.trailers == {"grpc-status": "0"}


def test_text_is_answered_to_who_accepts_it(shop):
    answer = ask(shop, LIST, frame(PAGE.SerializeToString()), BINARY, accept="application/grpc-web-text")
    assert answer.headers["content-type"] == TEXT
    assert listed(answer) == page_of(shop)


def test_text_may_be_padded_wherever_its_sender_flushed(shop):
    body = frame(PAGE.SerializeToString())
    text = b"".join(base64.b64encode(body[at:at + 2]) for at in range(0, len(body), 2))
    connection = http.client.HTTPConnection(shop.address, timeout=CALL_SECONDS)
    connection.request("POST", LIST, iter([text[:3], text[3:4], text[4:]]), {"content-type": TEXT})
    messages, trailers = frames(decoded(connection.getresponse().read()))
    connection.close()
    assert catalog.ListProductsResponse.FromString(messages[0]) == page_of(shop)
    assert trailers == {"grpc-status": "0"}


@pytest.mark.parametrize("kind", [BINARY, TEXT])
def test_a_large_answer_is_whole(shop, kind):
    request = catalog.ListProductsRequest(page_size=100)
    assert listed(ask(shop, LIST, frame(request.SerializeToString()), kind)) == page_of(shop, 100)


@pytest.mark.parametrize("kind", [BINARY, TEXT])
def test_a_refusal_stands_in_the_headers(shop, kind):
    request = catalog.GetProductRequest(id="naïve %")
    answer = ask(shop, GET, frame(request.SerializeToString()), kind)
    assert (answer.http_status, answer.status, answer.messages) == (200, INVALID, [])
    assert answer.headers["content-length"] == "0"
    details = answer.headers["grpc-status-details-bin"]
    status = status_pb2.Status.FromString(base64.b64decode(details + "=" * (-len(details) % 4)))
    assert status.message == urllib.parse.unquote(answer.headers["grpc-message"])
    violations = error_details_pb2.BadRequest()
    assert status.details[0].Is(error_details_pb2.ErrorInfo.DESCRIPTOR)
    assert status.details[1].Unpack(violations)
    assert violations.field_violations[0].field == "id"


BAD_BODIES = [
    ("nothing", b"", INTERNAL),
    ("half a prefix", b"\0\0", INTERNAL),
    ("half a message", frame(PAGE.SerializeToString(), declared=100), INTERNAL),
    ("two messages", frame(b"") * 2, INTERNAL),
    ("no protobuf", frame(b"\xff\xff"), INVALID),
    ("an unknown flag", frame(b"", compressed=4), INTERNAL),
    ("trailers, which only servers send", frame(b"a: b\r\n", compressed=TRAILERS_FLAG), INTERNAL),
    ("a message that is compressed, it is not said how", frame(b"", compressed=1), INTERNAL),
    ("a message above the limit", frame(bytes(REQUEST_BYTES_MAX + 1)), RESOURCE_EXHAUSTED),
    ("a gigabyte, announced", frame(b"", declared=2**30), RESOURCE_EXHAUSTED),
]


@pytest.mark.parametrize("kind", [BINARY, TEXT])
@pytest.mark.parametrize(("body", "status"), [row[1:] for row in BAD_BODIES], ids=[row[0] for row in BAD_BODIES])
def test_a_body_that_is_wrong(shop, kind, body, status):
    answer = ask(shop, LIST, body, kind)
    assert (answer.http_status, answer.status, answer.messages) == (200, status, [])


@pytest.mark.parametrize("text", [b"!", b"AAAA*AAA", b"=AAA", b"A===", b"AA=A", b"AAAAA"])
def test_text_that_is_no_base_64(shop, text):
    connection = http.client.HTTPConnection(shop.address, timeout=CALL_SECONDS)
    connection.request("POST", LIST, text, {"content-type": TEXT})
    answer = connection.getresponse()
    assert int(answer.headers["grpc-status"]) == INTERNAL
    connection.close()


def test_an_unknown_method(shop):
    answer = ask(shop, "/no.Such/Method", frame(b""))
    assert (answer.http_status, answer.status) == (200, UNIMPLEMENTED)


@pytest.mark.parametrize("kind", [BINARY, TEXT])
def test_messages_may_be_compressed_both_ways(shop, kind):
    packed = gzip.compress(catalog.ListProductsRequest(page_size=20).SerializeToString(), mtime=0)
    answer = ask(shop, LIST, frame(packed, compressed=1), kind, grpc_encoding="gzip", grpc_accept_encoding="gzip")
    assert answer.headers["grpc-encoding"] == "gzip"
    assert listed(answer) == page_of(shop, 20)


def test_an_unknown_encoding_is_unimplemented(shop):
    assert ask(shop, LIST, frame(b""), grpc_encoding="br").status == UNIMPLEMENTED


@pytest.mark.parametrize("kind", [BINARY, TEXT])
def test_a_stream_comes_as_it_happens(shop, kind):
    variant = products_of(shop)[0].variants[0].id
    request = inventory.WatchInventoryRequest(variants=inventory.VariantSelection(variant_ids=[variant]))
    body = frame(request.SerializeToString())
    connection = http.client.HTTPConnection(shop.address, timeout=CALL_SECONDS)
    connection.request("POST", WATCH, base64.b64encode(body) if kind == TEXT else body, {"content-type": kind})
    answer = connection.getresponse()

    def event():
        if kind == BINARY:
            _, length = struct.unpack(">BI", answer.read(5))
            return inventory.WatchInventoryResponse.FromString(answer.read(length))
        # Each flush is padded: an event begins at a group of base 64.
        start = answer.read(8)
        _, length = struct.unpack(">BI", decoded(start)[:5])
        rest = answer.read((5 + length + 2) // 3 * 4 - 8)
        return inventory.WatchInventoryResponse.FromString(decoded(start + rest)[5:])

    assert event().state.stocks[0].variant_id == variant
    assert event().WhichOneof("event") == "state_complete"
    for _ in range(3):
        changed = inventory_of(shop).AdjustStock(adjustment(variant), timeout=CALL_SECONDS)
        assert event().change.stock.version == changed.stock.version
    connection.close()


@pytest.mark.parametrize("kind", [BINARY, TEXT])
def test_the_server_keeps_the_deadline_of_a_stream(shop, kind):
    variant = products_of(shop)[0].variants[0].id
    request = inventory.WatchInventoryRequest(variants=inventory.VariantSelection(variant_ids=[variant]))
    answer = ask(shop, WATCH, frame(request.SerializeToString()), kind, grpc_timeout="300m")
    assert len(answer.messages) == 2
    assert answer.trailers["grpc-status"] == str(DEADLINE)


@pytest.mark.parametrize("kind", [BINARY, TEXT])
def test_http_2_carries_it_alike(shop, kind):
    wire = Wire(shop)
    body = frame(PAGE.SerializeToString())
    answer = wire.call(LIST, base64.b64encode(body) if kind == TEXT else body, content_type=kind)
    wire.close()
    messages, trailers = frames(decoded(answer.body) if kind == TEXT else answer.body)
    assert len(answer.header_blocks) == 1, "trailers are in the body"
    assert catalog.ListProductsResponse.FromString(messages[0]) == page_of(shop)
    assert trailers == {"grpc-status": "0"}


def test_what_follows_a_call_on_its_connection_is_served(shop):
    connection = http.client.HTTPConnection(shop.address, timeout=CALL_SECONDS)
    for kind, body in ((BINARY, b"\0"), (TEXT, b"!"), (BINARY, frame(PAGE.SerializeToString()))):
        connection.request("POST", LIST, body, {"content-type": kind})
        answer = connection.getresponse()
        content = answer.read()
    connection.close()
    assert frames(content)[1] == {"grpc-status": "0"}
