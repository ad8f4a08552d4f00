"""Object stores with the S3 API: moto's, and others that misbehave in known ways.

Prints both ports; ends when its standard input does. It needs the tests' .venv.
"""

import logging
import os
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from moto.server import ThreadedMotoServer

PIECE_BYTES = 64 * 1024


class Misbehaving(BaseHTTPRequestHandler):
    """The first part of the path says how a request ends."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_) -> None:
        pass

    def handle_any(self) -> None:
        getattr(self, "do_" + self.path.split("/")[1])(int(self.headers.get("Content-Length") or 0))

    do_GET = do_PUT = do_DELETE = handle_any

    def answer(self, status: int, body: bytes, content_range: str = "") -> None:
        self.send_response(status)
        if content_range:
            self.send_header("Content-Range", content_range)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_slow(self, length: int) -> None:
        """Takes the body slowly, and answers with its size."""
        taken = 0
        while taken < length:
            taken += len(self.rfile.read(min(PIECE_BYTES, length - taken)))
            time.sleep(0.002)
        self.answer(200, str(taken).encode())

    def do_cut(self, length: int) -> None:
        """Closes the connection in the middle of the body."""
        self.rfile.read(length // 2)
        self.close_connection = True

    def do_short(self, _length: int) -> None:
        """Answers with fewer bytes than it says."""
        self.wfile.write(b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-99/100\r\n"
                         b"Content-Length: 100\r\n\r\nhalf")
        self.close_connection = True

    def do_shifted(self, _length: int) -> None:
        """Answers with another range than it was asked for."""
        self.answer(206, bytes(100), "bytes 1-100/200")

    def do_empty(self, _length: int) -> None:
        """Answers without a byte of the blob."""
        self.answer(206, b"", "bytes 0-99/100")

    def do_whole(self, _length: int) -> None:
        """Answers with the whole blob, whatever the range."""
        self.answer(200, bytes(range(256)))

    def do_busy(self, length: int) -> None:
        self.rfile.read(length)
        self.answer(503, b"<Error><Code>SlowDown</Code></Error>")

    def do_no_bucket(self, length: int) -> None:
        self.rfile.read(length)
        self.answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")

    def do_skewed(self, length: int) -> None:
        self.rfile.read(length)
        self.answer(403, b"<Error><Code>RequestTimeTooSkewed</Code></Error>")

    def do_late(self, length: int) -> None:
        self.rfile.read(length)
        self.answer(400, b"<Error><Code>RequestTimeout</Code></Error>")

    def do_forbidden(self, length: int) -> None:
        self.rfile.read(length)
        self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    os.environ.update(AWS_ACCESS_KEY_ID="key", AWS_SECRET_ACCESS_KEY="secret", AWS_DEFAULT_REGION="us-east-1")
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    boto3.client("s3", endpoint_url=f"http://{host}:{port}").create_bucket(Bucket="media")
    socketserver.TCPServer.allow_reuse_address = True
    other = ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving)
    other.daemon_threads = True
    threading.Thread(target=other.serve_forever, daemon=True).start()
    print(port, other.server_address[1], flush=True)
    sys.stdin.read()
    os._exit(0)


main()
