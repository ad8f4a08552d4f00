"""What costs a loop without a large request: floods of frames, calls, chunks, handshakes, subscribers."""

import concurrent.futures
import gzip
import socket
import ssl
import struct

from worst.http2 import (
    DATA, END_HEADERS, END_STREAM, HEADERS, PING, RESET, SETTINGS, WINDOW_UPDATE, Attacker, frame, message,
)

CALLS = 1_000
CATALOG = "/fastshop.catalog.v1.CatalogService/"


def _flood(make):
    def attack(shop) -> None:
        attacker = Attacker(shop.address)
        attacker.read_all(0.05)
        attacker.send(make(attacker))
        attacker.read_all()
        attacker.close()

    return attack


def _calls(path: str, body: bytes = b"", more: list[tuple[str, str]] = ()):
    return _flood(lambda attacker: b"".join(attacker.call(path, body, more) for _ in range(CALLS)))


def _indexed_headers(attacker: Attacker) -> bytes:
    """Each call names a value of 3 KiB by one byte, four times."""
    more = [(f"x-large-{number}", "v" * 900) for number in range(4)]
    first = attacker.call(CATALOG + "GetProduct", b"", more)
    return first + b"".join(attacker.call(CATALOG + "GetProduct", b"", more * 3) for _ in range(CALLS - 1))


def _many_fields(attacker: Attacker) -> bytes:
    more = [(f"x-{number}", str(number)) for number in range(110)]
    return b"".join(attacker.call(CATALOG + "GetProduct", b"", more) for _ in range(CALLS))


def _tiny_data(attacker: Attacker) -> bytes:
    stream = attacker.stream
    body = message(bytes(20_000))
    head = attacker.head(CATALOG + "GetProduct")
    return head + b"".join(frame(DATA, 0, stream, body[at:at + 1]) for at in range(len(body)))


def _resets(attacker: Attacker) -> bytes:
    made = b""
    for _ in range(CALLS):
        stream = attacker.stream
        made += attacker.head(CATALOG + "GetProduct") + frame(RESET, 0, stream, struct.pack(">I", 8))
    return made


def _messages(attacker: Attacker) -> bytes:
    """Thousands of questions of one stream."""
    stream = attacker.stream
    head = attacker.head("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
    question = message(b"\x22\x20fastshop.identity.v1.AuthService")
    return head + frame(DATA, 0, stream, question * 400)


def _chunks(shop) -> None:
    with socket.create_connection(tuple(shop.address.rsplit(":", 1)), timeout=5) as connection:
        head = f"POST {CATALOG}GetProduct HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
        connection.sendall(head.encode() + b"transfer-encoding: chunked\r\n\r\n")
        try:
            connection.sendall(b"1\r\n \r\n" * 60_000 + b"2\r\n{}\r\n0\r\n\r\n")
            connection.recv(4096)
        except OSError:
            pass


def _pipelined(shop) -> None:
    request = f"POST {CATALOG}ListProducts HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
    with socket.create_connection(tuple(shop.address.rsplit(":", 1)), timeout=5) as connection:
        try:
            connection.sendall((request + "content-length: 2\r\n\r\n{}").encode() * 500)
            connection.settimeout(0.5)
            while connection.recv(1 << 18):
                pass
        except OSError:
            pass


def _handshakes(shop) -> None:
    host, port = shop.tls_address.rsplit(":", 1)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def shake(_) -> None:
        try:
            with socket.create_connection((host, int(port)), timeout=10) as plain, context.wrap_socket(plain):
                pass
        except OSError:
            pass

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        list(pool.map(shake, range(256)))


def _connections(shop) -> None:
    host, port = shop.address.rsplit(":", 1)
    opened = [socket.create_connection((host, int(port))) for _ in range(200)]
    for connection in opened:
        connection.close()


def _subscribers(shop) -> None:
    """One event for thousands of subscribers of the whole stock."""
    attackers = []
    for _ in range(shop.subscribers // CALLS):
        attacker = Attacker(shop.address)
        body = shop.watched
        attacker.send(b"".join(attacker.call("/fastshop.inventory.v1.InventoryService/WatchInventory", body)
                               for _ in range(CALLS)))
        attacker.read_all(1)
        attackers.append(attacker)
    shop.turns.wait_until_idle()
    shop.reset()
    shop.change_stock()
    for attacker in attackers:
        attacker.read_all()
    shop.keep()
    for attacker in attackers:
        attacker.close()


def _empty_bomb(attacker: Attacker) -> bytes:
    packed = gzip.compress(bytes(4 << 20))
    stream = attacker.stream
    head = attacker.head(CATALOG + "GetProduct", [("grpc-encoding", "gzip")])
    body = message(packed, 1)
    frames = [frame(DATA, 0, stream, body[at:at + 16_000]) for at in range(0, len(body), 16_000)]
    return head + b"".join(frames) + frame(DATA, END_STREAM, stream)


FLOODS = {
    "1,000 calls of GetProduct": _calls(CATALOG + "GetProduct"),
    "1,000 calls of ListProducts, 250 each": _calls(CATALOG + "ListProducts", b"\x08\xfa\x01"),
    "1,000 calls of ListProducts, gzip": _calls(
        CATALOG + "ListProducts", b"\x08\xfa\x01", [("grpc-accept-encoding", "gzip")]),
    "1,000 calls of no method": _calls("/nothing/here"),
    "1,000 calls of health": _calls("/grpc.health.v1.Health/Check"),
    "1,000 calls with indexed header fields": _flood(_indexed_headers),
    "1,000 calls with 110 header fields": _flood(_many_fields),
    "DATA frames of one byte": _flood(_tiny_data),
    "calls that are reset": _flood(_resets),
    "PING": _flood(lambda _: frame(PING, 0, 0, bytes(8)) * 1_000),
    "SETTINGS": _flood(lambda _: frame(SETTINGS, 0, 0) * 100),
    "WINDOW_UPDATE": _flood(lambda _: frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)) * 5_000),
    "header frames without end": _flood(lambda _: frame(HEADERS, 0, 1) + frame(9, 0, 1) * 9 + frame(9, END_HEADERS, 1)),
    "4 MiB of gzip": _flood(_empty_bomb),
    "400 questions of reflection": _flood(_messages),
    "chunks of one byte, HTTP/1.1": _chunks,
    "500 requests, HTTP/1.1": _pipelined,
    "256 TLS handshakes": _handshakes,
    "200 connections": _connections,
    "an event for all subscribers": _subscribers,
}
