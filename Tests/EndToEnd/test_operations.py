"""The server for its operators: its version, its log, its metrics, and its shutdown."""

import json
import os
import pathlib
import re
import subprocess
import time

import grpc
import pytest
from collector import Collector
from curl import curl
from prometheus_client.parser import text_string_to_metric_families as prometheus
from stubs import CALL_SECONDS, catalog, catalog_of, products_of

from shop_server import BINARY, CHEAP_PASSWORDS, ROOT, free_port, run
from waiting import WAIT_SECONDS_MAX, wait_until

VERSION = re.search(r'text = "([^"]+)"', (ROOT / "Sources/fastshop/Version.swift").read_text())[1]


def samples(text: str) -> dict[tuple[str, tuple], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in prometheus(text) for sample in family.samples}


def test_the_version_is_told():
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"fastshop {VERSION}\n")


# Not for production.


def test_what_is_not_for_production_is_one_warning_with_the_settings_that_mend_it(start_shop, database):
    shop = start_shop(database(), FASTSHOP_KEYS="")
    (line,) = wait_until(lambda: [line for line in shop.log.splitlines() if "not ready for production" in line])
    assert "level=warning" in line
    wanted = ["FASTSHOP_KEY_FILE", "back it up", "FASTSHOP_TLS_CERTIFICATE", "FASTSHOP_SMTP_URL", "FASTSHOP_SITE_URL"]
    for setting in wanted:
        assert setting in line, line


@pytest.mark.skipif(BINARY.parent.name != "debug", reason="no other build makes cheap hashes")
def test_hashes_that_are_cheap_are_warned_of(start_shop, database):
    shop = start_shop(database(), **{CHEAP_PASSWORDS: "on"})
    wait_until(lambda: "as only tests want them" in shop.log)


def test_whoever_sets_them_is_not_warned(start_shop, database):
    shop = start_shop(
        database(), FASTSHOP_TLS_LISTEN="off", FASTSHOP_SMTP_URL="smtp://127.0.0.1:1?tls=off",
        FASTSHOP_SITE_URL="https://shop.example", **{CHEAP_PASSWORDS: "off"})
    wait_until(lambda: "fastshop is listening on" in shop.log)
    assert "not ready for production" not in shop.log


# The log.


def test_a_json_log_is_json_throughout(start_shop, database):
    shop = start_shop(database(), FASTSHOP_LOG_FORMAT="json", FASTSHOP_ACCESS_LOG="1", FASTSHOP_NODE="node-7")
    catalog_of(shop).ListProducts(
        catalog.ListProductsRequest(page_size=1), timeout=CALL_SECONDS,
        metadata=[("authorization", f"Bearer {shop.staff_token}"), ("x-request-id", "0017")])
    assert shop.stop() == 0
    lines = [json.loads(line) for line in shop.log.splitlines()]
    (listening,) = [line for line in lines if line["msg"] == "listening"]
    assert any(shop.address in address for address in listening["addresses"])
    assert listening["version"] == VERSION
    (call,) = [line for line in lines if line.get("request_id") == "0017"]
    assert type(call["duration_ms"]) in (int, float) and call["duration_ms"] >= 0
    for count in ("received_messages", "received_bytes", "sent_messages", "sent_bytes"):
        assert type(call[count]) is int
    assert (call["version"], call["node"], call["code"]) == (VERSION, "node-7", "OK")
    assert re.fullmatch(r"[0-9a-f-]{36}", call["caller"])


@pytest.mark.parametrize(("arguments", "settings"), [
    (["serve"], {"FASTSHOP_LISTEN": "nowhere"}),
    (["serve", "--nonsense"], {}),
    (["serve", "--loops", "none"], {}),
    (["serve"], {"FASTSHOP_LOG_LEVEL": "loud"}),
    (["migrate"], {"DATABASE_URL": "mysql://shop"}),
    (["migrate"], {"FASTSHOP_DATA_DIR": "/dev/null/data"}),
])
def test_what_ends_a_start_is_json_as_well(arguments, settings):
    done = run(*arguments, env={"FASTSHOP_LOG_FORMAT": "json"} | settings, timeout=20)
    assert done.returncode not in (0, -6, -4, -5, -11)
    lines = [json.loads(line) for line in (done.stdout + done.stderr).splitlines()]
    assert lines[-1]["level"] == "critical" and lines[-1]["msg"]


# Metrics.


def test_the_process_the_build_and_the_certificate_have_metrics(start_shop, database):
    shop = start_shop(database(), FASTSHOP_NODE="node-7")
    products_of(shop)
    found = samples(curl(f"http://{shop.address}/metrics").text)
    process = pathlib.Path(f"/proc/{shop.worker_pid}")
    assert 0 < found["process_cpu_seconds_total", ()] < 600
    assert 1e6 < found["process_resident_memory_bytes", ()] < found["process_virtual_memory_bytes", ()]
    assert abs(found["process_open_fds", ()] - len(list(process.joinpath("fd").iterdir()))) <= 10
    assert f"{found['process_max_fds', ()]:.0f}" in process.joinpath("limits").read_text()
    assert abs(found["process_start_time_seconds", ()] - process.stat().st_ctime) < 30
    assert found["fastshop_build_info", (("node", "node-7"), ("version", VERSION))] == 1
    assert found["fastshop_certificate_expire_time_seconds", ()] > time.time()


@pytest.fixture(scope="module")
def watched(start_shop, database):
    """A server behind a proxy, whose metrics one other address may read."""
    return start_shop(
        database(), FASTSHOP_TRUSTED_PROXIES="127.0.0.1", FASTSHOP_METRICS_ADDRESSES="198.51.100.7",
        FASTSHOP_METRICS_CACHE_SECONDS="1")


@pytest.mark.parametrize(("address", "status"), [("198.51.100.7", 200), ("198.51.100.8", 403), ("10.0.0.1", 403)])
def test_metrics_are_for_those_who_are_named(watched, address, status):
    answer = curl(f"http://{watched.address}/metrics", "--header", f"x-forwarded-for: {address}")
    assert answer.status == status
    assert ("grpc_server_handled_total" in answer.text) == (status == 200)
    if status == 403:
        assert "FASTSHOP_METRICS_ADDRESSES" in answer.text


@pytest.mark.parametrize("field", ["x-forwarded-for: 127.0.0.1", "forwarded: for=127.0.0.1"])
def test_what_an_unknown_proxy_passes_on_sees_no_metrics(shop, field):
    """The proxy's own address is private, for any client behind it."""
    assert curl(f"http://{shop.address}/metrics").status == 200
    assert curl(f"http://{shop.address}/metrics", "--header", field).status == 403


def test_metrics_can_have_a_port_of_their_own(start_shop, database):
    own = f"127.0.0.1:{free_port()}"
    shop = start_shop(database(), FASTSHOP_METRICS_LISTEN=own)
    assert curl(f"http://{shop.address}/metrics").status == 404
    assert "grpc_server_handled_total" in curl(f"http://{own}/metrics").text
    assert curl(f"http://{own}/healthz").status == 200
    with grpc.insecure_channel(own) as channel, pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary("/fastshop.catalog.v1.CatalogService/ListProducts")(b"", timeout=CALL_SECONDS)
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert shop.stop() == 0


def test_a_page_of_metrics_is_given_again_for_a_second(start_shop, database):
    shop = start_shop(database(), FASTSHOP_METRICS_CACHE_SECONDS="60")
    first = curl(f"http://{shop.address}/metrics").text
    products_of(shop)
    assert curl(f"http://{shop.address}/metrics").text == first
    # The other format is another page.
    other = curl(f"http://{shop.address}/metrics", "--header", "accept: application/openmetrics-text")
    assert other.text.endswith("# EOF\n")


def test_a_page_of_metrics_does_not_grow_old(watched):
    def handled() -> float:
        text = curl(f"http://{watched.address}/metrics", "--header", "x-forwarded-for: 198.51.100.7").text
        return sum(value for (name, _), value in samples(text).items() if name == "grpc_server_handled_total")

    before = handled()
    products_of(watched)
    wait_until(lambda: handled() > before)


# Traces.


def test_a_collector_that_is_dead_is_told_of_once_and_when_it_is_back(start_shop, database):
    port = free_port()
    shop = start_shop(database(), FASTSHOP_OTLP_ENDPOINT=f"http://127.0.0.1:{port}")
    products_of(shop)
    wait_until(lambda: "the collector does not accept spans" in shop.log)
    for _ in range(20):
        products_of(shop)
    collector = Collector(port)
    try:
        wait_until(lambda: "the collector accepts spans again" in shop.log)
        assert shop.log.count("the collector does not accept spans") == 1
        assert collector.wait_for("CatalogService/ListProducts", 20)
    finally:
        collector.stop()


# The end.


def test_a_lame_duck_serves_on_while_balancers_turn_away(start_shop, database):
    shop = start_shop(database(), FASTSHOP_LAME_DUCK_SECONDS="600")
    shop.process.terminate()
    shop.wait_until("NOT_SERVING")
    assert curl(f"http://{shop.address}/healthz").status == 503
    with grpc.insecure_channel(shop.address) as late:
        assert late.unary_unary("/fastshop.catalog.v1.CatalogService/ListProducts")(b"", timeout=CALL_SECONDS)
    assert shop.process.poll() is None
    assert shop.stop() == 0, "a second signal does not wait"


def test_a_lame_duck_leaves_in_the_end(start_shop, database):
    shop = start_shop(database(), FASTSHOP_LAME_DUCK_SECONDS="1")
    start = time.monotonic()
    assert shop.stop() == 0
    assert time.monotonic() - start >= 1


# The links of mails.


@pytest.mark.parametrize("path", ["/verify-email", "/reset-password", "/accept-invitation"])
def test_links_of_mails_lead_to_a_page_while_there_is_no_site(shop, path):
    answer = curl(f"http://{shop.address}{path}")
    assert answer.status == 200 and "<form" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_a_shop_with_a_site_shows_no_pages(start_shop, database):
    shop = start_shop(database(), FASTSHOP_SITE_URL="https://shop.example")
    assert curl(f"http://{shop.address}/verify-email").status == 404


@pytest.mark.parametrize("path, title, fields", [
    ("/verify-email", "Confirm your e-mail address", ["password"]),
    ("/reset-password", "Choose a new password", ["password"]),
    ("/accept-invitation", "Accept the invitation", ["name", "password"]),
])
def test_the_page_of_a_link_works_in_a_browser(shop, tmp_path, path, title, fields):
    """Its content policy lets its own script run, which says what the page is for and asks for what its call needs."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    done = subprocess.run(
        ["chromium", "--headless=new", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", *sandbox,
         f"--user-data-dir={tmp_path}", "--dump-dom", f"http://{shop.address}{path}#token=abc"],
        capture_output=True, text=True, timeout=WAIT_SECONDS_MAX, check=False)
    assert f'<h1 id="title">{title}</h1>' in done.stdout, done.stderr
    assert [name for name in ("name", "password") if f'<label id="{name}">' in done.stdout] == fields
