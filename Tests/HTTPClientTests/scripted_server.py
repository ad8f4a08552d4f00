"""An HTTP server whose paths misbehave in known ways. Prints its port; ends when its standard input does.

usage: scripted_server.py [CERTIFICATE KEY]   (over TLS when they are given)
"""

import errno
import json
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHUNK = b"x" * 65_536
PATIENCE_SECONDS = 60


class Scripted(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[str] = []  # paths, of all connections

    def log_message(self, *_) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        Scripted.asked.append(self.path)
        kind, _, rest = self.path.strip("/").partition("/")
        getattr(self, f"do_{kind}", self.unknown)(rest, body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any

    def unknown(self, *_) -> None:
        self.answer(404, b"nothing here")

    def do_echo(self, _rest: str, body: bytes) -> None:
        """What was asked, and over which connection."""
        said = {
            "method": self.command,
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
            "body": body.decode("latin-1"),
            "port": self.client_address[1],
        }
        self.answer(200, json.dumps(said).encode(), Content_Type="application/json", X_Twice="  padded  ")

    def do_status(self, rest: str, _body: bytes) -> None:
        self.answer(int(rest), b"as you wish")

    def do_asked(self, rest: str, _body: bytes) -> None:
        """How often a path was asked for."""
        self.answer(200, str(Scripted.asked.count("/" + rest)).encode())

    def do_bytes(self, rest: str, _body: bytes) -> None:
        self.answer(200, b"y" * int(rest))

    def do_silent(self, *_) -> None:
        """Never answers; ends when the client goes, so that nothing waits for it."""
        self.connection.settimeout(PATIENCE_SECONDS)
        try:
            self.connection.recv(1)
        except OSError:
            pass
        Scripted.asked.append("/gone")
        self.close_connection = True

    def do_drip(self, *_) -> None:
        """A byte now and then, for ever."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.pour(b".", pause=0.05)

    def do_endless(self, *_) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.pour(CHUNK)

    def pour(self, chunk: bytes, pause: float = 0) -> None:
        try:
            while True:
                self.wfile.write(chunk)
                self.wfile.flush()
                time.sleep(pause)
        except OSError:
            self.close_connection = True

    def do_header(self, rest: str, _body: bytes) -> None:
        self.answer(200, X_Long="h" * int(rest))

    def do_headers(self, *_) -> None:
        """Header fields without end."""
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                self.wfile.write(b"X-Field: value\r\n" * 1000)
        except OSError:
            self.close_connection = True

    def do_short(self, *_) -> None:
        """Fewer bytes than were announced."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        self.close_connection = True

    def do_garbage(self, *_) -> None:
        self.wfile.write(b"\x00\x01\x02 this is no HTTP\r\n\r\n")
        self.close_connection = True

    def do_chunks(self, *_) -> None:
        """A chunk whose size is none."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n")
        self.close_connection = True

    def do_hangup(self, *_) -> None:
        self.close_connection = True

    def do_redirect(self, rest: str, _body: bytes) -> None:
        self.answer(302, Location="/" + rest)

    def do_around(self, *_) -> None:
        self.answer(302, Location="/around")

    def do_file(self, *_) -> None:
        self.answer(302, Location="file:///etc/hostname")


def on_one_port(addresses: list[str]) -> list[ThreadingHTTPServer]:
    """Servers on one port of several addresses. The port that is free on the first may be taken on another."""
    while True:
        made: list[ThreadingHTTPServer] = []
        try:
            for address in addresses:
                port = made[0].server_address[1] if made else 0
                made.append(ThreadingHTTPServer((address, port), Scripted))
            return made
        except OSError as error:
            for server in made:
                server.server_close()
            if error.errno != errno.EADDRINUSE:
                raise


def main() -> None:
    servers = on_one_port(["127.0.0.1", "127.0.0.2"])  # the second is not in the certificate
    for server in servers:
        server.daemon_threads = True
        if len(sys.argv) > 1:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[1], sys.argv[2])
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(servers[0].server_address[1], flush=True)
    sys.stdin.read()


main()
