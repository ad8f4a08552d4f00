"""Seeds of what web clients may send: sessions of HTTP/1.1, bodies of gRPC-Web and Connect."""

import base64
import gzip
import itertools

from rpc_seeds import PREFACE, message, request

ECHO, COLLECT, REPEAT, FAIL, SLEEP = (f"/fuzz.Fuzz/{name}" for name in ("Echo", "Collect", "Repeat", "Fail", "Sleep"))
JSON, PROTO, STREAM = "application/json", "application/proto", "application/connect+proto"
WEB, TEXT = "application/grpc-web+proto", "application/grpc-web-text"


def post(path, body=b"", kind=PROTO, *fields, length=True):
    lines = [f"POST {path} HTTP/1.1", "Host: fuzz", f"Content-Type: {kind}"]
    lines += [f"Content-Length: {len(body)}"] if length else []
    return "\r\n".join([*lines, *fields, "", ""]).encode() + body


def chunked(path, *chunks, kind=PROTO, extension="", trailer=""):
    body = b"".join(f"{len(chunk):x}{extension}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
    body += f"0\r\n{trailer}\r\n".encode()
    return post(path, b"", kind, "Transfer-Encoding: chunked", length=False) + body


def get(path, *fields, version="HTTP/1.1"):
    return "\r\n".join([f"GET {path} {version}", "Host: fuzz", *fields, "", ""]).encode()


def http1():
    echo = post(ECHO, request("hello", b"bytes"))
    sessions = [
        b"", echo, echo * 5, post(ECHO, b'{"id":"a","payload":"AAEC"}', JSON), post(ECHO, b"{", JSON),
        post(FAIL, request()), post(SLEEP, request(), PROTO, "Connect-Timeout-Ms: 5"),
        post(ECHO, request(), PROTO, "Connect-Timeout-Ms: soon", "Connect-Protocol-Version: 2"),
        post(ECHO, gzip.compress(request("z" * 50), mtime=0), PROTO, "Content-Encoding: gzip", "Accept-Encoding: gzip"),
        post(ECHO, request(), "text/plain"), post("/nowhere", request()), post(ECHO, bytes(1200)),
        chunked(ECHO, request("a")), chunked(ECHO, *(bytes([byte]) for byte in request("hello"))),
        chunked(ECHO, request("a"), extension=";a=b", trailer="X-A: b\r\nX-C: d\r\n") + echo,
        post(ECHO, message(request()), WEB), post(ECHO, base64.b64encode(message(request())), TEXT),
        post(REPEAT, message(request("r", b"x" * 300)), WEB), post(FAIL, message(request()), WEB),
        post(REPEAT, base64.b64encode(message(request("r", b"x" * 300))), TEXT),
        post(COLLECT, message(request("a")) + message(request("b")), STREAM), post(FAIL, message(request()), STREAM),
        post(REPEAT, message(b'{"id":"r"}'), "application/connect+json"),
        post("/fuzz.Fuzz/Chat", message(request()), STREAM), post(ECHO, message(request()), "application/grpc"),
        get(f"{ECHO}?encoding=json&message=%7B%7D"), get("/"), get("*"), get("http://fuzz/a?b"), get(ECHO),
        get("/", version="HTTP/1.0") + get("/"), get("/", "Connection: close") + echo, get("/", "Expect: 100-continue"),
        get("/", "Connection: upgrade", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"), b"\r\n" + get("/"),
        post(ECHO, request(), PROTO, "Expect: 100-continue"), get("/").replace(b"GET", b"HEAD"),
        get("/").replace(b"GET", b"OPTIONS"), get("/").replace(b"GET", b"CONNECT"), get("/").replace(b"GET", b"WHAT"),
        post(ECHO, b"0\r\n\r\n", PROTO, "Transfer-Encoding: chunked"),
        post(ECHO, request(), PROTO, "Content-Length: 3"), get("/", "Transfer-Encoding: gzip, chunked"),
        get("/").replace(b"\r\n", b"\n"), get("/", "A : b"), get("/", "A: b", " c: d"), get("/", "A: b\rC: d"),
        get("/", *(f"X-{n}: {n}" for n in range(130))), get("/", "X: " + "a" * 3000), get("/" + "a" * 3000),
        post(COLLECT, b"", STREAM, "Transfer-Encoding: chunked", length=False) + b"ffffffff\r\nabc",
        PREFACE[:18], get("/", version="HTTP/2.0"), b"GET /\r\n\r\n", b"\x16\3\1\2\0\1\0",
    ]
    pieces = itertools.cycle([0, 0, 1, 9, 40])
    return [bytes([next(pieces)]) + session for session in sessions]


def web():
    binary = [
        b"", message(b""), message(request("a")), message(request("a")) + message(request("b", b"x" * 50)),
        message(request("a")) * 20, message(request("exactly", b"l" * (1000 - 12))), message(b"l" * 1200),
        message(request("a"))[:-1], message(request("a")) + b"\0", message(b"\xff"), message(b"", flag=1),
        message(b"", flag=2), message(b"a: b\r\n", flag=0x80), b"\0\xff\xff\xff\xff",
    ]
    texts = [base64.b64encode(body) for body in binary]
    texts += [b"".join(base64.b64encode(bytes([byte])) for byte in body) for body in binary[1:4]]
    texts += [texts[2] + texts[2], texts[2][:-1], texts[2][:-4] + b"A===", b"=" + texts[2], texts[2] + b"\n", b"A_-A"]
    words = [b"", b"{}", b'{"id":"a"}', b'{"payload":"AAE="}', b"{", b"[]", b'{"other":1}', b" {} ", b'{"id":1}']
    streams = [message(word) for word in words] + [message(words[2]) * 3 + message(words[1])]
    bodies = [(0, body) for body in binary] + [(1, text) for text in texts] + [(2, body) for body in binary]
    bodies += [(3, body) for body in streams]
    return [bytes([size, kind]) + body for size in (0, 3) for kind, body in bodies]


SEEDS = {"http1": http1, "web": web}
