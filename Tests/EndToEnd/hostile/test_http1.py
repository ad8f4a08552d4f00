"""HTTP/1.1 that is ambiguous, endless or too large: it is refused, the connection ends, and other clients are not
affected."""

import contextlib
import time

import pytest

from hostile.http1 import GOOD, HEALTHZ, LIST, WATCH, RawHTTP, request
from hostile.attack_trial import MIB
from stubs import products_of
from waiting import wait_out, wait_until

CHUNKED = "transfer-encoding: chunked"
# The server closes within its own patience; a test waits a little longer.
HEAD_SECONDS_MAX = 10
CLOSE_SECONDS_MAX = HEAD_SECONDS_MAX + 10
SMUGGLED = b"GET /metrics HTTP/1.1\r\nhost: shop\r\n\r\n"
HEADER_BYTES_MAX = 16 * 1024


@pytest.fixture
def raw(attacked_server):
    with contextlib.closing(RawHTTP(attacked_server.address)) as raw:
        yield raw


def with_line(line: bytes) -> bytes:
    """A good request with another line in its head."""
    return GOOD.replace(b"host: shop\r\n", b"host: shop\r\n" + line)


def chunked(body: bytes) -> bytes:
    return request(CHUNKED, length=False, body=body)


# Two programs that interpret one of these differently see two different requests: RFC 9112, sections 6.3 and 11.2.
SMUGGLING = [
    ("a length and chunks", request(CHUNKED, body=b"0\r\n\r\n"), 400),
    ("chunks and a length", request(CHUNKED, "content-length: 5", length=False, body=b"0\r\n\r\n"), 400),
    ("two lengths", request("content-length: 0", body=b"{}"), 400),
    ("the same length twice", request("content-length: 2", body=b"{}"), 400),
    ("a list of lengths", request("content-length: 2, 2", length=False, body=b"{}"), 400),
    ("a length with a sign", request("content-length: +2", length=False, body=b"{}"), 400),
    ("a length below nothing", request("content-length: -2", length=False, body=b"{}"), 400),
    ("a length in hexadecimal", request("content-length: 0x2", length=False, body=b"{}"), 400),
    ("a length with a blank in it", request("content-length: 2 2", length=False, body=b"{}"), 400),
    ("no digits of a length", request("content-length:", length=False), 400),
    ("a length beyond all numbers", request("content-length: " + "9" * 30, length=False), 400),
    ("chunks twice", request(CHUNKED, CHUNKED, length=False, body=b"0\r\n\r\n"), 501),
    ("another coding", request("transfer-encoding: gzip", length=False), 501),
    ("another coding before chunks", request("transfer-encoding: gzip, chunked", length=False), 501),
    ("chunks, spelt by their enemy", request("transfer-encoding: xchunked", length=False), 501),
    ("chunks before another coding", request("transfer-encoding: chunked, identity", length=False), 501),
    ("chunks in HTTP/1.0", chunked(b"0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
    ("a blank before the colon", with_line(b"transfer-encoding : chunked\r\n"), 400),
    ("a folded line", with_line(b"x-a: b\r\n c\r\n"), 400),
    ("a folded coding", with_line(b"transfer-encoding:\r\n chunked\r\n"), 400),
    ("a line feed alone", with_line(b"x-a: b\nx-c: d\r\n"), 400),
    ("line feeds alone", GOOD.replace(b"\r\n", b"\n"), 400),
    ("a carriage return alone", with_line(b"x-a: b\rtransfer-encoding: chunked\r\n"), 400),
    ("two carriage returns", with_line(b"x-a: b\r\r\n"), 400),
    ("a NUL in a value", with_line(b"x-a: b\0c\r\n"), 400),
    ("a NUL in a name", with_line(b"x\0a: b\r\n"), 400),
    ("a name with a blank", with_line(b"x a: b\r\n"), 400),
    ("a line without a colon", with_line(b"x-a\r\n"), 400),
    ("a line without a name", with_line(b": b\r\n"), 400),
    ("a name with letters beyond ASCII", with_line("x-\xe9: b\r\n".encode("latin-1")), 400),
    ("two hosts", with_line(b"host: other\r\n"), 400),
    ("no host", request(host=None), 400),
    ("a first line with more blanks", GOOD.replace(b" HTTP", b"  HTTP"), 400),
    ("a first line with a tab", GOOD.replace(b"POST ", b"POST\t"), 400),
    ("a blank before the method", b" " + GOOD, 400),
    ("a blank behind the version", GOOD.replace(b"HTTP/1.1\r\n", b"HTTP/1.1 \r\n"), 400),
    ("no version", b"GET /healthz\r\n\r\n", 400),
    ("HTTP/0.9's version", GOOD.replace(b"HTTP/1.1", b"HTTP/0.9"), 505),
    ("a version to come", GOOD.replace(b"HTTP/1.1", b"HTTP/1.2"), 505),
    ("HTTP/2 without its preface", GOOD.replace(b"HTTP/1.1", b"HTTP/2.0"), 505),
    ("a target with letters beyond ASCII", GOOD.replace(LIST.encode(), b"/\xe9"), 400),
    ("another protocol", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100) + b"\r\n\r\n", 400),
    ("two empty lines before", b"\r\n\r\n" + GOOD, 400),
    ("a carriage return before", b"\r" + GOOD, 400),
    ("a chunk's size without digits", chunked(b"\r\n{}\r\n0\r\n\r\n"), 400),
    ("a chunk's size with a sign", chunked(b"+2\r\n{}\r\n0\r\n\r\n"), 400),
    ("a chunk's size with 0x", chunked(b"0x2\r\n{}\r\n0\r\n\r\n"), 400),
    ("a chunk's size with blanks", chunked(b"2 \r\n{}\r\n0\r\n\r\n"), 400),
    ("a chunk's size beyond all numbers", chunked(b"f" * 17 + b"\r\n{}"), 400),
    ("a chunk's size with a line feed alone", chunked(b"2\n{}\r\n0\r\n\r\n"), 400),
    ("a chunk without its end", chunked(b"2\r\n{}0\r\n\r\n"), 400),
    ("a chunk longer than it says", chunked(b"2\r\n{}{}\r\n0\r\n\r\n"), 400),
    ("a chunk's end by a line feed alone", chunked(b"2\r\n{}\n0\r\n\r\n"), 400),
    ("a line feed in a chunk's extension", chunked(b"2;a\nb\r\n{}\r\n0\r\n\r\n"), 400),
    ("a NUL in a chunk's extension", chunked(b"2;a=\0\r\n{}\r\n0\r\n\r\n"), 400),
    ("a body's end by a line feed alone", chunked(b"2\r\n{}\r\n0\r\n\n"), 400),
    ("a trailer by a line feed alone", chunked(b"2\r\n{}\r\n0\r\nx-a: b\n\r\n"), 400),
]


@pytest.mark.parametrize(("sent", "status"), [row[1:] for row in SMUGGLING], ids=[row[0] for row in SMUGGLING])
def test_what_could_be_read_in_two_ways_is_refused(raw, sent, status):
    """The bytes after it are not treated as a request, for either length."""
    raw.send(sent + SMUGGLED)
    assert raw.read_to_end(CLOSE_SECONDS_MAX) == [status]
    assert b"grpc_server" not in raw.received


@pytest.mark.parametrize(("sent", "status"), [row[1:] for row in SMUGGLING], ids=[row[0] for row in SMUGGLING])
def test_it_is_refused_also_byte_by_byte(raw, sent, status):
    for index in range(len(sent)):
        if not raw.send(sent[index:index + 1]) or raw.received:
            break
    raw.send(SMUGGLED)
    assert raw.read_to_end(CLOSE_SECONDS_MAX) == [status]
    assert b"grpc_server" not in raw.received


HUGE = [
    ("a target", b"GET /" + b"a" * (2 * HEADER_BYTES_MAX) + b" HTTP/1.1\r\n", 414),
    ("a target without an end", b"GET /" + b"a" * (4 * MIB), 414),
    ("a method without an end", b"A" * (4 * MIB), 414),
    ("a field", with_line(b"x-a: " + b"a" * HEADER_BYTES_MAX + b"\r\n"), 431),
    ("a field without an end", GOOD[:20] + b"\r\nx-a: " + b"a" * (4 * MIB), 431),
    ("a name without an end", b"POST / HTTP/1.1\r\n" + b"a" * (4 * MIB), 431),
    ("fields", with_line(b"".join(b"x-%d: a\r\n" % n for n in range(1000))), 431),
    ("fields without an end", b"POST / HTTP/1.1\r\n" + b"a: b\r\n" * (MIB // 2), 431),
    ("a chunk's extension", chunked(b"2;" + b"a" * 4 * MIB), 431),
    ("extensions, one a byte", chunked((b"1;" + b"a" * 2000 + b"\r\n \r\n") * 100), 431),
    ("a trailer", chunked(b"0\r\nx-a: " + b"a" * 4 * MIB), 431),
    ("trailers", chunked(b"0\r\n" + b"x-a: b\r\n" * MIB), 431),
]


@pytest.mark.parametrize(("sent", "status"), [row[1:] for row in HUGE], ids=[row[0] for row in HUGE])
def test_what_is_too_large_is_refused(trial, sent, status):
    def attack(raw):
        raw.send(sent)
        assert raw.read_to_end(CLOSE_SECONDS_MAX) == [status]

    withstands(trial, attack)


def withstands(trial, attack) -> None:
    """As the trials of HTTP/2: bounded memory and CPU, and a control client beside it who does not wait."""

    def over_http():
        with contextlib.closing(RawHTTP(trial.server.address)) as raw:
            attack(raw)

    trial.withstands_beside(over_http)


def test_empty_chunks_of_one_byte_cost_little(trial):
    def attack(raw):
        raw.send(request(CHUNKED, length=False) + b"2\r\n{}\r\n" + b"1\r\n \r\n" * 32_000 + b"0\r\n\r\n")
        assert raw.wait_for_answers(1) == [200]

    withstands(trial, attack)


def test_a_body_that_nobody_wants_is_not_read_for_ever(trial):
    def attack(raw):
        raw.send(request("content-length: 1000000000000", kind="text/plain", length=False))
        end = time.monotonic() + CLOSE_SECONDS_MAX
        while raw.send(bytes(MIB // 4)):
            assert time.monotonic() < end, "the server reads on"
        assert raw.read_to_end() == [415]

    withstands(trial, attack)


def test_a_pipeline_without_end_is_no_memory(trial):
    """Unread responses: TCP stops the sender, and its requests wait."""

    def attack(raw):
        assert raw.send_until_stopped(HEALTHZ * 1000, 64 * MIB) < 64 * MIB, "the server takes whatever comes"

    withstands(trial, attack)


# Slow.


def test_slow_heads_end_in_time_however_many(trial):
    def attack():
        slow = [RawHTTP(trial.server.address) for _ in range(200)]
        start = time.monotonic()
        for raw in slow:
            raw.send(GOOD[:30])
        while time.monotonic() - start < HEAD_SECONDS_MAX - 2:
            wait_out(1)  # whatever has passed by the end of it, the heads are late
            for raw in slow:
                raw.send(b"a")
        for raw in slow:
            assert raw.read_to_end(CLOSE_SECONDS_MAX) == [408]
            raw.close()

    trial.withstands_beside(attack)


def test_who_says_nothing_is_let_go_without_a_word(raw):
    """Byte by byte a preface of HTTP/2 could still become."""
    raw.send(b"PRI")
    assert raw.read_to_end(60) == []


# Valid requests.


def test_a_pipeline_is_answered_in_order(raw):
    raw.send(GOOD + HEALTHZ + b"GET /nowhere HTTP/1.1\r\nhost: shop\r\n\r\n" + GOOD)
    assert raw.wait_for_answers(4) == [200, 200, 404, 200]
    assert raw.bodies[1] == b"serving\n"
    assert raw.bodies[0] == raw.bodies[3]


def test_a_long_pipeline_is_answered_whole(raw):
    count = 2000
    raw.send(HEALTHZ * count)
    assert raw.wait_for_answers(count) == [200] * count


def test_what_follows_connection_close_is_not_answered(raw):
    raw.send(request("connection: close", body=b"{}") + HEALTHZ)
    assert raw.read_to_end() == [200]
    assert b"connection: close" in raw.received


def test_one_connection_serves_many_requests(raw):
    for index in range(1, 51):
        raw.send(GOOD)
        assert raw.wait_for_answers(index) == [200] * index


def test_http_1_0_is_answered_once_unless_it_asks_to_go_on(attacked_server):
    for fields, answers in ((b"", 1), (b"connection: keep-alive\r\n", 2)):
        with contextlib.closing(RawHTTP(attacked_server.address)) as raw:
            raw.send(b"GET /healthz HTTP/1.0\r\n" + fields + b"\r\n")
            raw.send(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert raw.read_to_end() == [200] * answers


def test_a_refusal_early_in_a_short_body_keeps_the_connection(raw):
    raw.send(request(kind="text/plain", body=bytes(100_000)) + HEALTHZ)
    assert raw.wait_for_answers(2) == [415, 200]


def test_who_waits_to_go_on_is_told_so_or_refused(raw):
    raw.send(request("expect: 100-continue", "content-length: 2", length=False))
    assert raw.wait(lambda: b"\r\n\r\n" in raw.received)
    assert raw.received == b"HTTP/1.1 100 Continue\r\n\r\n"
    raw.send(b"{}")
    assert raw.wait_for_answers(2) == [200]
    raw.send(request("expect: 100-continue", "content-length: 2", kind="text/plain", length=False))
    # It is unknown whether the body follows, so the connection ends with the refusal.
    assert raw.read_to_end() == [200, 415]
    assert raw.received.count(b"100 Continue") == 1


def test_a_target_may_be_a_whole_url(raw):
    for target, status in (("http://shop/healthz", 200), ("http://shop?a", 404)):
        before = raw.statuses
        raw.send(request(method="GET", path=target, kind=None))
        assert raw.wait_for_answers(len(before) + 1) == [*before, status]


def test_one_empty_line_between_requests_is_overlooked(raw):
    raw.send(HEALTHZ + b"\r\n" + HEALTHZ)
    assert raw.wait_for_answers(2) == [200, 200]


def test_extensions_and_trailers_of_chunks_are_overlooked(raw):
    raw.send(request(CHUNKED, length=False) + b'2;a=b;c="d"\r\n{}\r\n0;e\r\nx-trailer: f\r\n\r\n' + HEALTHZ)
    assert raw.wait_for_answers(2) == [200, 200]


def test_trailers_of_a_request_that_was_refused_begin_no_other(raw):
    fields = b"host: shop\r\ncontent-type: application/json\r\nx-trailer: f\r\n"
    raw.send(request(CHUNKED, kind="text/plain", length=False))
    assert raw.wait_for_answers(1) == [415]
    raw.send(b"2\r\n{}\r\n0\r\n" + fields + b"\r\n" + HEALTHZ)
    assert raw.wait_for_answers(2) == [415, 200]


def test_an_upgrade_is_not_taken(raw):
    fields = ("connection: upgrade, http2-settings", "upgrade: h2c", "http2-settings: AAMAAABkAARAAAAAAAIAAAAA")
    raw.send(request(*fields, body=b"{}") + HEALTHZ)
    assert raw.wait_for_answers(2) == [200, 200]


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "DELETE", "PUT"])
def test_other_methods_are_told_which_there_are(raw, method):
    raw.send(request(method=method, kind=None))
    assert raw.wait_for_answers(1) == [405]
    assert b"allow: GET, HEAD, POST, OPTIONS\r\n" in raw.received


# Leaving.


def in_flight(attacked_server) -> int:
    """The open watches, according to the server."""
    with contextlib.closing(RawHTTP(attacked_server.address)) as raw:
        raw.send(SMUGGLED)
        raw.wait_for_answers(1)
        lines = raw.bodies[0].decode().splitlines()
    (line,) = [line for line in lines if line.startswith("grpc_server_in_flight") and '"WatchInventory"' in line]
    return int(line.rsplit(" ", 1)[1])


@pytest.mark.parametrize("leave", ["close", "abort", "half_close"])
@pytest.mark.parametrize("ahead", [b"", HEALTHZ * 2_000], ids=["quietly", "with requests ahead"])
def test_who_leaves_a_stream_is_noticed_though_nothing_happens_in_it(attacked_server, leave, ahead):
    raw = RawHTTP(attacked_server.address)
    message = b'{"variants":{"variantIds":["%s"]}}' % products_of(attacked_server)[0].variants[0].id.encode()
    body = b"\0" + len(message).to_bytes(4, "big") + message
    raw.send(request(path=WATCH, kind="application/connect+json", body=body))
    assert raw.wait(lambda: b"stateComplete" in raw.received)
    assert in_flight(attacked_server) == 1
    raw.send(ahead)
    getattr(raw, leave)()
    wait_until(lambda: in_flight(attacked_server) == 0, "the server goes on for nobody")
    raw.close()
