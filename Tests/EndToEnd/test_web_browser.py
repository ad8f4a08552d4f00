"""Pages of another origin in a real browser, and the preflight responses that decide about them."""

import pytest
import shop_server
from browser import Browser, PageError, Pages
from curl import curl
from stubs import products_of

LIST = "fastshop.catalog.v1.CatalogService/ListProducts"
ADJUST = "fastshop.inventory.v1.InventoryService/AdjustStock"
ELSEWHERE = "https://elsewhere.example"
CALL_BY_JSON = f"""
  const answer = await fetch(shop + "/{LIST}", {{
    method: "POST", headers: {{"content-type": "application/json", "connect-protocol-version": "1"}},
    body: '{{"pageSize": 3}}'}});
  return (await answer.json()).products.length;
"""
CALL_BY_GET = f"""
  const query = new URLSearchParams({{connect: "v1", encoding: "json", message: '{{"pageSize": 4}}'}});
  return (await (await fetch(shop + "/{LIST}?" + query)).json()).products.length;
"""


@pytest.fixture(scope="module")
def pages():
    pages = Pages()
    yield pages
    pages.stop()


@pytest.fixture(scope="module")
def browser(pages, tmp_path_factory):
    return Browser(pages, tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="module")
def open_shop(start_shop, database, pages):
    """One that lets the pages' origin call, and another."""
    origins = f"{ELSEWHERE},{pages.origin}"
    return start_shop(
        database(), FASTSHOP_ALLOWED_ORIGINS=origins, FASTSHOP_RATE_LIMITS="on", FASTSHOP_RATE_PUBLIC="10000/min",
        FASTSHOP_RATE_SIGNED_IN="10000/min")


@pytest.fixture(scope="module")
def shop_for_all(start_shop, database):
    return start_shop(database(), "--allowed-origins", "*")


# In the browser.


def test_a_page_of_an_allowed_origin_calls_with_json(browser, open_shop):
    assert browser.run(open_shop, CALL_BY_JSON) == 3


def test_a_page_of_an_allowed_origin_calls_by_get(browser, open_shop):
    assert browser.run(open_shop, CALL_BY_GET) == 4


@pytest.mark.parametrize("call", [CALL_BY_JSON, CALL_BY_GET])
def test_a_page_of_another_origin_is_kept_out_by_its_browser(browser, shop, call):
    with pytest.raises(PageError, match="TypeError"):
        browser.run(shop, call)


def test_a_page_may_come_from_anywhere_if_all_may(browser, shop_for_all):
    assert browser.run(shop_for_all, CALL_BY_JSON) == 3


def test_a_page_reads_the_status_of_grpc_web(browser, open_shop):
    status = browser.run(open_shop, """
      const answer = await fetch(shop + "/fastshop.catalog.v1.CatalogService/GetProduct", {
        method: "POST", headers: {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"},
        body: new Uint8Array(5)});
      return [answer.headers.get("grpc-status"), answer.headers.get("grpc-message") !== null];
    """)
    assert status == ["3", True]


def test_a_page_watches_a_stream_over_tls_and_http_2(browser, open_shop):
    variant = products_of(open_shop)[0].variants[0].id
    seen = browser.run(open_shop, """
      const request = new TextEncoder().encode(JSON.stringify({variants: {variantIds: ["%s"]}}));
      const body = new Uint8Array(5 + request.length);
      new DataView(body.buffer).setUint32(1, request.length);
      body.set(request, 5);
      const url = tlsShop + "/fastshop.inventory.v1.InventoryService/WatchInventory";
      const abort = new AbortController();
      const answer = await fetch(url, {
        method: "POST", headers: {"content-type": "application/connect+json"}, body, signal: abort.signal});
      const reader = answer.body.getReader();
      let text = "";
      while (!text.includes("stateComplete")) text += new TextDecoder().decode((await reader.read()).value);
      abort.abort();
      return [answer.status, text.includes("%s"), performance.getEntriesByName(url)[0]?.nextHopProtocol ?? "h2"];
    """ % (variant, variant))
    assert seen == [200, True, "h2"]


def test_a_page_reads_what_is_left_to_it(browser, open_shop):
    left = browser.run(open_shop, f"""
      const answer = await fetch(shop + "/{LIST}", {{
        method: "POST", headers: {{"content-type": "application/json"}}, body: "{{}}"}});
      return [...answer.headers.keys()].filter(name => name.startsWith("ratelimit-")).sort();
    """)
    assert left == ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]


# Below it.


def preflight(server, origin: str, method: str = "POST", path: str = LIST, **fields: str):
    fields |= {"origin": origin, "access-control-request-method": method}
    headers = [f"-H{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return curl(f"http://{server.address}/{path}", "--request", "OPTIONS", *headers)


def allowed(answer) -> list[str]:
    return sorted(name for name in answer.headers if name.startswith("access-control-"))


def test_a_preflight_names_what_may_be_sent(open_shop):
    answer = preflight(
        open_shop, ELSEWHERE, access_control_request_headers="content-type, connect-timeout-ms, x-own")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == ELSEWHERE
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert answer.headers["access-control-allow-headers"] == "content-type, connect-timeout-ms, x-own"
    assert "origin" in answer.headers["vary"]
    assert preflight(open_shop, ELSEWHERE, path=ADJUST).headers["access-control-allow-methods"] == "POST"


STRANGERS = [
    "https://evil.example", "null", ELSEWHERE + ".evil.example", ELSEWHERE + ":8443", "http://elsewhere.example",
]


@pytest.mark.parametrize("origin", STRANGERS)
def test_a_stranger_is_given_nothing(open_shop, origin):
    answer = preflight(open_shop, origin)
    assert (answer.status, allowed(answer)) == (403, [])
    assert origin in answer.text and "FASTSHOP_ALLOWED_ORIGINS" in answer.text
    answer = curl(f"http://{open_shop.address}/{LIST}?encoding=json&message=%7B%7D", "--header", f"origin: {origin}")
    assert (answer.status, allowed(answer)) == (200, [])
    # A cache must not hand to one what was said to another.
    assert "origin" in answer.headers["vary"]


def test_without_the_setting_no_origin_is_known_and_the_log_says_so_once(shop):
    for path in (LIST, ADJUST, "healthz", "nowhere"):
        answer = preflight(shop, ELSEWHERE, path=path)
        assert (answer.status, allowed(answer)) == (403, [])
        assert "FASTSHOP_ALLOWED_ORIGINS" in answer.text
    lines = [line for line in shop.log.splitlines() if ELSEWHERE in line]
    assert len(lines) == 1 and "FASTSHOP_ALLOWED_ORIGINS" in lines[0]


def test_a_developers_page_may_have_any_port_of_this_machine(start_shop, database):
    shop = start_shop(database(), FASTSHOP_ALLOWED_ORIGINS="http://localhost:*,http://127.0.0.1:*")
    for origin in ("http://localhost:3000", "http://localhost", "http://127.0.0.1:5173"):
        answer = preflight(shop, origin)
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (204, origin)
    for origin in ("http://localhost.evil.example:3000", "https://localhost:3000", "http://192.0.2.1:3000"):
        assert preflight(shop, origin).status == 403


def test_a_list_of_header_names_is_all_that_comes_back(open_shop):
    answer = preflight(open_shop, ELSEWHERE, access_control_request_headers="x-a; <script>")
    assert answer.status == 204
    assert "access-control-allow-headers" not in answer.headers


def test_errors_and_routes_can_be_read_too(open_shop):
    for path in (f"{LIST}?encoding=json", "metrics", "healthz", "nowhere"):
        answer = curl(f"http://{open_shop.address}/{path}", "--header", f"origin: {ELSEWHERE}")
        assert answer.headers["access-control-allow-origin"] == ELSEWHERE
        assert "grpc-status" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("setting", ["elsewhere.example", "https://a.example/", "HTTPS://A", ",", "https://a.example:*"])
def test_an_origin_that_is_none_stops_the_start(setting):
    nowhere = {"DATABASE_URL": "postgresql:///none"}
    done = shop_server.run("serve", "--allowed-origins", setting, env=nowhere, timeout=20)
    assert done.returncode != 0
    assert "--allowed-origins" in done.stderr + done.stdout
