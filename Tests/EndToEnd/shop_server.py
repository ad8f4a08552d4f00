"""Our program, run as a user would run it, and the clients to talk to it."""

import base64
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("FASTSHOP_BINARY", ROOT / ".build/debug/fastshop"))
# The servers of a test share a database, and so the keys of its secrets.
KEYS = base64.b64encode(b"the key of the end-to-end tests!").decode()
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 20
CALL_SECONDS = 10


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def run(*arguments: str, env: dict[str, str] | None = None, timeout: float = 120) -> subprocess.CompletedProcess:
    """Runs the program to its end. Settings of whoever runs the tests do not reach it."""
    return subprocess.run(
        [BINARY, *arguments], capture_output=True, text=True, timeout=timeout, check=False, env=environment(env or {})
    )


def environment(settings: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FASTSHOP_", "DATABASE_", "PG"))}
    return kept | settings


class ShopServer:
    """One `fastshop serve` on free ports."""

    def __init__(self, folder: pathlib.Path, database_url: str, *arguments: str, **settings: str) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self.tls_address = f"127.0.0.1:{free_port()}"
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.log_file = folder / "server.log"
        self.settings = {
            "DATABASE_URL": database_url,
            "FASTSHOP_LISTEN": self.address,
            "FASTSHOP_TLS_LISTEN": self.tls_address,
            "FASTSHOP_DATA_DIR": str(folder / "data"),
            "FASTSHOP_LOOPS": "2",
            "FASTSHOP_RATE_LIMITS": "off",  # but in the tests of the limits
            "FASTSHOP_KEYS": KEYS,
        } | settings
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve", *arguments], stdout=log, stderr=log, env=environment(self.settings)
            )
        self.channel = grpc.insecure_channel(self.address, options=FRESH_CHANNEL)

    @property
    def database(self) -> str:
        """The name of its database."""
        return re.fullmatch(r"postgresql:///(\w+)\?.*", self.settings["DATABASE_URL"])[1]

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def health(self, service: str = "", timeout: float = CALL_SECONDS) -> str:
        stub = health_pb2_grpc.HealthStub(self.channel)
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=timeout)
        return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)

    def wait_until(self, status: str = "SERVING", within: float = START_SECONDS_MAX) -> float:
        """Seconds it took until health says `status`."""
        start = time.monotonic()
        while True:
            seen = self._health_or_code()
            if seen == status:
                return time.monotonic() - start
            assert self.process.poll() is None, f"the server ended with {self.process.returncode}:\n{self.log}"
            assert time.monotonic() - start < within, f"still {seen} after {within} s:\n{self.log}"
            time.sleep(0.02)

    def _health_or_code(self) -> str:
        try:
            return self.health(timeout=1)
        except grpc.RpcError as error:
            return error.code().name

    def stop(self, kind: signal.Signals = signal.SIGTERM) -> int:
        """The exit code; it must end by itself in good time."""
        if self.process.poll() is None:
            self.process.send_signal(kind)
        try:
            return self.process.wait(STOP_SECONDS_MAX)
        finally:
            self.process.kill()
            self.channel.close()


# Without this, channels to one address share a connection, and its back-off after a refused one.
FRESH_CHANNEL = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
]
