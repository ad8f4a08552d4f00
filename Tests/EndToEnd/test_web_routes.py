"""Plain HTTP besides the calls: /metrics for Prometheus, /healthz for load balancers."""

import http.client

import grpc
import pytest
from curl import curl, trusting
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
from stubs import CALL_SECONDS, catalog, catalog_of, inventory, inventory_of, products_of
from waiting import wait_until

CALLS = 3
LIST = {"grpc_type": "unary", "grpc_service": "fastshop.catalog.v1.CatalogService", "grpc_method": "ListProducts"}
GET = LIST | {"grpc_method": "GetProduct"}
WATCH = {
    "grpc_type": "server_stream", "grpc_service": "fastshop.inventory.v1.InventoryService",
    "grpc_method": "WatchInventory",
}


@pytest.fixture(scope="module")
def closed_shop(start_shop, database):
    """A server whose metrics no address may read."""
    return start_shop(database(), FASTSHOP_METRICS="off")


def metrics_of(server, *arguments: str):
    return curl(f"http://{server.address}/metrics", *arguments)


def sample(families, name: str, **labels: str) -> float:
    """The value of one series, whose other labels may be anything."""
    found = [
        each.value for family in families for each in family.samples
        if each.name == name and labels.items() <= each.labels.items()
    ]
    assert len(found) == 1, f"{len(found)} series {name} {labels}"
    return found[0]


def handled(families) -> float:
    return sample(families, "grpc_server_handled_total", grpc_code="OK", **LIST)


def test_prometheus_reads_what_the_calls_were(shop):
    products_of(shop)
    before = list(prometheus(metrics_of(shop).text))
    for _ in range(CALLS):
        products_of(shop)
    answer = metrics_of(shop)
    assert (answer.status, answer.http_version) == (200, "1.1")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    after = list(prometheus(answer.text))
    assert handled(after) == handled(before) + CALLS
    assert sample(after, "grpc_server_handling_seconds_count", **LIST) >= CALLS
    assert sample(after, "fastshop_connections") >= 1


def series(server, name: str, **labels: str) -> float:
    """As above, now; 0 where the series is not there yet."""
    families = list(prometheus(metrics_of(server).text))
    if not any(each.name == name and labels.items() <= each.labels.items() for f in families for each in f.samples):
        return 0
    return sample(families, name, **labels)


def test_what_each_call_was_can_be_read_from_the_metrics(shop):
    names = [
        "grpc_server_started_total", "grpc_server_handling_seconds_count", "grpc_server_msg_received_total",
        "grpc_server_msg_sent_total", "grpc_server_msg_received_bytes_total", "grpc_server_msg_sent_bytes_total",
    ]
    request = catalog.GetProductRequest(id=products_of(shop)[0].id)
    before = [series(shop, name, **GET) for name in names]
    fast = series(shop, "grpc_server_handling_seconds_bucket", le="+Inf", **GET)
    seconds = series(shop, "grpc_server_handling_seconds_sum", **GET)
    failed = series(shop, "grpc_server_handled_total", grpc_code="NotFound", **GET)
    answers = [catalog_of(shop).GetProduct(request, timeout=CALL_SECONDS) for _ in range(CALLS)]
    with pytest.raises(grpc.RpcError):
        catalog_of(shop).GetProduct(catalog.GetProductRequest(slug="nothing"), timeout=CALL_SECONDS)
    after = [series(shop, name, **GET) for name in names]
    asked = CALLS * request.ByteSize() + catalog.GetProductRequest(slug="nothing").ByteSize()
    told = sum(answer.ByteSize() for answer in answers)
    assert [now - then for now, then in zip(after, before)] == [CALLS + 1, CALLS + 1, CALLS + 1, CALLS, asked, told]
    assert series(shop, "grpc_server_handled_total", grpc_code="NotFound", **GET) == failed + 1
    assert series(shop, "grpc_server_handling_seconds_bucket", le="+Inf", **GET) == fast + CALLS + 1
    assert series(shop, "grpc_server_handling_seconds_sum", **GET) > seconds
    assert series(shop, "grpc_server_in_flight", **GET) == 0


def test_a_stream_is_in_flight_until_it_ends(shop):
    streams, messages = series(shop, "fastshop_streams"), series(shop, "grpc_server_msg_sent_total", **WATCH)
    watch = inventory_of(shop).WatchInventory(inventory.WatchInventoryRequest(product_id=products_of(shop)[0].id))
    next(watch)
    assert series(shop, "grpc_server_in_flight", **WATCH) == 1
    assert series(shop, "fastshop_streams") > streams
    watch.cancel()
    wait_until(lambda: series(shop, "grpc_server_in_flight", **WATCH) == 0)
    assert series(shop, "grpc_server_handled_total", grpc_code="Canceled", **WATCH) == 1
    assert series(shop, "grpc_server_msg_sent_total", **WATCH) > messages


def test_loops_and_pools_are_told_of(shop):
    products_of(shop)
    families = list(prometheus(metrics_of(shop).text))
    for loop in ("0", "1"):
        assert sample(families, "fastshop_postgres_open", loop=loop) >= 1
        assert sample(families, "fastshop_postgres_connects_total", loop=loop, outcome="opened") >= 1
        turns = sample(families, "fastshop_loop_turn_seconds_count", loop=loop)
        assert turns == sample(families, "fastshop_loop_turn_seconds_bucket", loop=loop, le="+Inf") > 0
        assert sample(families, "fastshop_loop_turn_seconds_sum", loop=loop) > 0
        assert sample(families, "fastshop_loop_events_total", loop=loop) > 0
        assert sample(families, "fastshop_loop_timers", loop=loop) > 0
        assert sample(families, "fastshop_loop_lag_seconds", loop=loop) >= 0


def test_openmetrics_is_answered_to_who_asks_for_it(shop):
    products_of(shop)
    answer = metrics_of(shop, "--header", "accept: application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert answer.text.endswith("# EOF\n")
    assert handled(list(open_metrics(answer.text))) >= 1


def test_head_has_the_length_and_no_body(shop):
    connection = http.client.HTTPConnection(shop.address, timeout=CALL_SECONDS)
    connection.request("HEAD", "/metrics")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"")
    assert int(answer.headers["content-length"]) > 0
    # Had a body come, it would be taken for the next answer.
    connection.request("GET", "/healthz")
    assert connection.getresponse().read() == b"serving\n"
    connection.close()


def test_other_methods_are_told_which_there_are(shop):
    answer = metrics_of(shop, "--request", "POST")
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_http_2_and_tls_are_answered_alike(shop, tmp_path):
    assert handled(list(prometheus(metrics_of(shop, "--http2-prior-knowledge").text))) >= 1
    trust = trusting(shop, tmp_path)
    for flag, version in (("--http1.1", "1.1"), ("--http2", "2")):
        answer = curl(f"https://{shop.tls_address}/metrics", flag, *trust)
        assert (answer.status, answer.http_version) == (200, version)
        assert handled(list(prometheus(answer.text))) >= 1


def test_metrics_can_be_switched_off(closed_shop):
    assert metrics_of(closed_shop).status == 404
    assert curl(f"http://{closed_shop.address}/healthz").status == 200


def test_healthz_says_serving(shop):
    answer = curl(f"http://{shop.address}/healthz")
    assert (answer.status, answer.text) == (200, "serving\n")


def test_nothing_else_is_there(shop):
    for path in ("/", "/metrics/", "/healthz/x", "/favicon.ico", "*"):
        assert curl(f"http://{shop.address}/", "--request-target", path).status == 404
