"""Spans reach every kind of collector; the access log has only permitted fields."""

import json
import time

import grpc
import pytest

from collector import Collector, attributes
from fastshop.catalog.v1 import catalog_service_pb2 as catalog
from stubs import catalog_of, products_of
from waiting import wait_until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
LIST = "CatalogService/ListProducts"
GET = "CatalogService/GetProduct"
ERROR = 2


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    collector.stop()


def list_products(server, *metadata, request=None):
    return catalog_of(server).ListProducts(
        request or catalog.ListProductsRequest(page_size=1), timeout=10, metadata=metadata
    )


def test_a_call_becomes_a_span_of_its_callers_trace(start_shop, database, collector):
    shop = start_shop(database(), FASTSHOP_OTLP_ENDPOINT=collector.url, FASTSHOP_OTLP_HEADERS="x-key=a,x-other=b=c")
    before = time.time_ns()
    list_products(shop, ("traceparent", f"00-{TRACE}-{PARENT}-01"), ("tracestate", "rojo=1"), ("tracestate", "congo=2"))
    after = time.time_ns()
    span = collector.wait_for(LIST)[0]
    assert span.trace_id.hex() == TRACE
    assert span.parent_span_id.hex() == PARENT
    assert len(span.span_id) == 8 and span.span_id.hex() != PARENT
    assert span.trace_state == "rojo=1,congo=2"
    assert span.flags & 0xFF == 1
    assert span.kind == span.SPAN_KIND_SERVER
    assert span.name == "fastshop.catalog.v1." + LIST
    slack = 50_000_000  # two clocks meet here
    assert before - slack <= span.start_time_unix_nano <= span.end_time_unix_nano <= after + slack
    seen = attributes(span)
    assert seen["rpc.system"] == "grpc"
    assert seen["rpc.service"] == "fastshop.catalog.v1.CatalogService"
    assert seen["rpc.method"] == "ListProducts"
    assert seen["rpc.grpc.status_code"] == 0
    assert seen["client.address"] == "127.0.0.1"
    assert span.status.code == 0
    assert attributes(collector.resources[0])["service.name"] == "fastshop"
    request = collector.requests[0]
    assert request[":path"] == "/v1/traces"
    assert request["Content-Type"] == "application/x-protobuf"
    assert (request["x-key"], request["x-other"]) == ("a", "b=c")


def test_calls_that_end_badly_say_so(start_shop, database, collector):
    shop = start_shop(database(), FASTSHOP_OTLP_ENDPOINT=collector.url)
    with pytest.raises(grpc.RpcError):
        catalog_of(shop).GetProduct(catalog.GetProductRequest(slug="nothing-like-it"), timeout=10)
    unknown = shop.channel.unary_unary("/no.Such/Method")
    with pytest.raises(grpc.RpcError):
        unknown(b"", timeout=10)
    missing = collector.wait_for(GET)[0]
    assert attributes(missing)["rpc.grpc.status_code"] == grpc.StatusCode.NOT_FOUND.value[0]
    assert missing.status.code == 0, "the caller's mistake is no error of the server's"
    refused = collector.wait_for("unknown/unknown")[0]
    assert refused.status.code == ERROR
    assert attributes(refused)["rpc.grpc.status_code"] == grpc.StatusCode.UNIMPLEMENTED.value[0]


def test_only_what_is_sampled_is_sent(start_shop, database, collector):
    shop = start_shop(database(), FASTSHOP_OTLP_ENDPOINT=collector.url, FASTSHOP_TRACE_RATIO="0")
    list_products(shop)
    list_products(shop, ("traceparent", f"00-{TRACE}-{PARENT}-00"))
    list_products(shop, ("traceparent", f"00-{TRACE}-{PARENT}-01"))
    assert shop.stop() == 0  # what is left is sent
    assert [span.trace_id.hex() for span in collector.spans] == [TRACE]


def test_a_collector_that_is_busy_is_asked_again(start_shop, database, collector):
    collector.refusals = [503, 429, 502]
    shop = start_shop(database(), FASTSHOP_OTLP_ENDPOINT=collector.url)
    list_products(shop)
    assert len(collector.wait_for(LIST)) == 1
    assert len(collector.requests) >= 4


@pytest.mark.parametrize("retry_after", ["-9223372036854775808", "-1", "0", "0.5", "soon"])
def test_a_collector_that_asks_for_no_patience_is_not_flooded(start_shop, database, collector, retry_after):
    collector.refusals, collector.retry_after = [503] * 1000, retry_after
    shop = start_shop(database(), FASTSHOP_OTLP_ENDPOINT=collector.url)
    list_products(shop)
    began, seen = time.monotonic(), len(collector.requests)
    wait_until(lambda: len(collector.requests) >= seen + 3)
    # The pauses are of 50 ms at least, however busy the machine.
    assert len(collector.requests) - seen <= 3 + (time.monotonic() - began) / 0.05
    collector.refusals = []
    assert len(collector.wait_for(LIST)) == 1


@pytest.mark.parametrize("retry_after", ["9223372036854775807", "99999999999999999999"])
def test_a_collector_that_asks_for_too_much_patience_holds_nothing_up(start_shop, database, collector, retry_after):
    collector.refusals, collector.retry_after = [503], retry_after
    shop = start_shop(database(), FASTSHOP_OTLP_ENDPOINT=collector.url)
    list_products(shop)
    wait_until(lambda: collector.requests)
    assert shop.health() == "SERVING"


def test_a_collector_that_refuses_is_not_asked_again(start_shop, database, collector):
    shop = start_shop(database(), FASTSHOP_OTLP_ENDPOINT=collector.url, FASTSHOP_TRACE_RATIO="0")
    collector.refusals = [400]
    list_products(shop, ("traceparent", f"00-{TRACE}-{PARENT}-01"))
    wait_until(lambda: "spans are lost" in shop.log)
    assert 'reason="HTTP 400"' in shop.log
    list_products(shop, ("traceparent", f"00-{TRACE}-{PARENT}-01"))
    assert len(collector.wait_for(LIST)) == 1
    assert collector.refusals == []


def test_a_collector_that_is_away_holds_nothing_up(start_shop, database):
    shop = start_shop(database(), FASTSHOP_OTLP_ENDPOINT="http://127.0.0.1:1")
    for _ in range(20):
        list_products(shop)
    assert shop.stop() == 0


def test_the_access_log_tells_who_called_what_and_no_secret(start_shop, database):
    shop = start_shop(database(), FASTSHOP_ACCESS_LOG="1", FASTSHOP_LOG_FORMAT="json")
    slug = products_of(shop)[0].slug
    secrets = [shop.staff_token, "hush-binary", "hush-search"]
    catalog_of(shop).GetProduct(
        catalog.GetProductRequest(slug=slug), timeout=10,
        metadata=[
            ("authorization", f"Bearer {shop.staff_token}"), ("x-secret-bin", b"hush-binary"),
            ("x-request-id", "order-7"), ("traceparent", f"00-{TRACE}-{PARENT}-01"),
        ],
    )
    with pytest.raises(grpc.RpcError):
        catalog_of(shop).GetProduct(catalog.GetProductRequest(slug="hush-search"), timeout=10)
    assert shop.stop() == 0
    lines = [json.loads(line) for line in shop.log.splitlines() if '"label":"fastshop.access"' in line]
    calls = [line for line in lines if line["method"] == "/fastshop.catalog.v1.CatalogService/GetProduct"]
    good, bad = calls
    assert (good["code"], bad["code"]) == ("OK", "NOT_FOUND")
    assert good["request_id"] == "order-7"
    assert good["trace_id"] == TRACE
    assert good["peer"].startswith("127.0.0.1:")
    assert "grpc-python" in good["user_agent"]
    assert good["duration_ms"] >= 0
    assert good["sent_bytes"] > 0 and good["sent_messages"] == 1
    for secret in [*secrets, slug]:
        assert secret not in shop.log


def test_the_access_log_may_leave_out_what_ends_well(start_shop, database):
    shop = start_shop(database(), FASTSHOP_ACCESS_LOG="0")
    list_products(shop)
    with pytest.raises(grpc.RpcError):
        list_products(shop, request=catalog.ListProductsRequest(page_size=-1))
    assert shop.stop() == 0
    lines = [line for line in shop.log.splitlines() if "label=fastshop.access" in line and "ListProducts" in line]
    assert len(lines) == 1 and "code=INVALID_ARGUMENT" in lines[0]
