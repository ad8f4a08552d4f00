"""The program, run as a user runs it, and clients to call it."""

import base64
import contextlib
import itertools
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from network_namespace import NetworkNamespace

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("FASTSHOP_BINARY", ROOT / ".build/debug/fastshop"))
# The servers of a test share a database, and so the keys of its secrets.
KEYS = base64.b64encode(b"the key of the end-to-end tests!").decode()
# Cheap password hashes, which only a debug build has. Tests that measure or read hashes turn them off.
CHEAP_PASSWORDS = "FASTSHOP_TEST_CHEAP_PASSWORDS"
# The kernel chooses from 32768 on.
PORTS = range(10_000, 32_768)
_port_numbers = itertools.count(os.getpid() * 997)
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 60
CALL_SECONDS = 10


# The administrator in the databases of tests.
STAFF_EMAIL = "staff@example.com"
STAFF_PASSWORD = "plain words of the staff"
_STAFF_TOKEN_SECONDS = 240
_staff_tokens: dict[str, tuple[str, float]] = {}


# The server logs this for an error that is not declared for the method: no test may cause one.
UNDECLARED = "for a reason that its method does not declare"


def free_port() -> int:
    """A port on which no process listens. The kernel might give the same port to several workers, or to an outgoing
    connection. So each process counts through the ports below the kernel's range, from its own start."""
    for _ in range(len(PORTS)):
        port = PORTS[next(_port_numbers) % len(PORTS)]
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def run(*arguments: str, env: dict[str, str] | None = None, timeout: float = 120) -> subprocess.CompletedProcess:
    """Runs the program to its end, without the settings of the user who runs the tests."""
    return subprocess.run(
        [BINARY, *arguments], capture_output=True, text=True, timeout=timeout, check=False, env=environment(env or {})
    )


def environment(settings: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FASTSHOP_", "DATABASE_", "PG"))}
    return kept | settings


def prepare(url: str, products: int, seconds_max: float = 120) -> None:
    """Makes a demo shop with staff of an empty database."""
    settings = {"DATABASE_URL": url, "FASTSHOP_ADMIN_PASSWORD": STAFF_PASSWORD}
    for arguments in (["migrate"], ["seed", "--products", str(products)], ["create-admin", STAFF_EMAIL]):
        done = run(*arguments, env=settings, timeout=seconds_max)
        assert done.returncode == 0, f"fastshop {arguments[0]}: {done.stdout}{done.stderr}"


class ShopServer:
    """One `fastshop serve` on free ports."""

    DEATH = "the worker died"

    def __init__(
        self, folder: pathlib.Path, database_url: str, *arguments: str, binary: pathlib.Path = BINARY,
        network: NetworkNamespace | None = None, **settings: str,
    ) -> None:
        # A worker that dies is followed by another: a test that means it to die says so.
        self.may_die = False
        self.address = f"127.0.0.1:{free_port()}"
        self.tls_address = f"127.0.0.1:{free_port()}"
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if network:  # its own: only a Unix socket leads there
            self.address = f"unix:{folder}/shop"
        self.log_file = folder / "server.log"
        self.settings = {
            "DATABASE_URL": database_url,
            "FASTSHOP_LISTEN": self.address,
            "FASTSHOP_TLS_LISTEN": self.tls_address,
            "FASTSHOP_DATA_DIR": str(folder / "data"),
            "FASTSHOP_LOOPS": "2",
            "FASTSHOP_RATE_LIMITS": "off",  # but in the tests of the limits
            "FASTSHOP_ACCOUNT_FAILURES": "1000000",  # but in the tests of lock-outs
            "FASTSHOP_ADDRESS_FAILURES": "1000000",
            "FASTSHOP_KEYS": KEYS,
            "FASTSHOP_METRICS_CACHE_SECONDS": "0",  # but in the tests of the cache
            **({CHEAP_PASSWORDS: "on"} if BINARY.parent.name == "debug" else {}),
        } | settings
        with open(self.log_file, "ab") as log:
            command = [binary, "serve", *arguments]
            self.process = subprocess.Popen(
                network.command(command) if network else command, stdout=log, stderr=log,
                env=environment(self.settings),
            )
        self.channel = grpc.insecure_channel(self.address, options=FRESH_CHANNEL)
        self.staff = grpc.intercept_channel(self.channel, StaffCredentials(self))

    @property
    def staff_token(self) -> str:
        """An access token of the administrator, shared by the servers of one database."""
        token, made = _staff_tokens.get(self.settings["DATABASE_URL"], ("", 0))
        if not token or time.monotonic() - made > _STAFF_TOKEN_SECONDS:
            from fastshop.identity.v1 import auth_service_pb2, auth_service_pb2_grpc

            stub = auth_service_pb2_grpc.AuthServiceStub(self.channel)
            request = auth_service_pb2.SignInRequest(email=STAFF_EMAIL, password=STAFF_PASSWORD)
            token, made = stub.SignIn(request, timeout=CALL_SECONDS).tokens.access_token, time.monotonic()
            _staff_tokens[self.settings["DATABASE_URL"]] = (token, made)
        return token

    @property
    def database(self) -> str:
        """The name of its database."""
        return re.fullmatch(r"postgresql:///(\w+)\?.*", self.settings["DATABASE_URL"])[1]

    @property
    def is_unharmed(self) -> bool:
        """Whether it runs, and no worker has died."""
        return self.process.poll() is None and self.DEATH not in self.log

    @property
    def worker_pid(self) -> int:
        """The process that serves at present; `process` is its supervisor."""
        workers = children(self.process.pid, "fastshop-worker")
        assert len(workers) == 1, f"{len(workers)} workers:\n{self.log}"
        return workers[0]

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
            undeclared = {line for line in self.log.splitlines() if UNDECLARED in line}
            assert not undeclared, "\n".join(undeclared)


def copy_of_the_program(folder: pathlib.Path) -> pathlib.Path:
    """The program in a folder where it may be replaced."""
    return pathlib.Path(shutil.copy2(BINARY, folder / "fastshop"))


def refuses(address: str) -> bool:
    """Whether no process listens there."""
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=CALL_SECONDS).close()
        return False
    except ConnectionResetError:
        return False  # the kernel had taken it in when the socket was closed
    except ConnectionRefusedError:
        return True


def children(parent: int, name: str) -> list[int]:
    """The processes of that name that `parent` has started."""
    found = []
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue  # it has ended meanwhile
        if fields["PPid"] == str(parent) and fields["Name"] == name and not fields["State"].startswith("Z"):
            found.append(int(fields["Pid"]))
    return found


class StaffCredentials(
    grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Makes calls in the name of the staff."""

    def __init__(self, server: ShopServer) -> None:
        self._server = server

    def _signed(self, details):
        signed = type("Details", (grpc.ClientCallDetails,), {})()
        for name in ("method", "timeout", "credentials", "wait_for_ready", "compression"):
            setattr(signed, name, getattr(details, name))
        signed.metadata = [*(details.metadata or []), ("authorization", f"Bearer {self._server.staff_token}")]
        return signed

    def intercept_unary_unary(self, continuation, details, request):
        return continuation(self._signed(details), request)

    intercept_unary_stream = intercept_stream_unary = intercept_stream_stream = intercept_unary_unary


# Without this, channels to one address share a connection, and its back-off after a refused one.
FRESH_CHANNEL = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
]
