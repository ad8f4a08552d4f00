"""The server with few resources: 256 MB of memory, 256 descriptors, too little address space."""

import concurrent.futures
import pathlib
import resource
import shutil
import signal
import socket
import subprocess

import grpc
import pytest
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import auth_service_pb2_grpc as auth_grpc
from accounts import mails_to, new_email, refused_as, register
from shop_server import BINARY, FRESH_CHANNEL
from stubs import products_of
from waiting import wait_until

# The beginning of an HTTP/2 connection: the preface, and empty SETTINGS.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
MEMORY_BYTES = 256 << 20
DESCRIPTORS = 256
CONNECTIONS, SIGN_INS = 1_000, 200
DEFAULTS = dict.fromkeys(
    ("FASTSHOP_ACCOUNT_FAILURES", "FASTSHOP_ADDRESS_FAILURES", "FASTSHOP_RATE_LIMITS", "FASTSHOP_METRICS_CACHE_SECONDS",
     "FASTSHOP_LOOPS"), "")


@pytest.fixture(scope="module")
def start_with(start_shop, tmp_path_factory):
    """Starts servers under a limit of prlimit's."""
    if not shutil.which("prlimit"):
        pytest.skip("NOT TRIED: there is no prlimit to set limits with")

    def start(url: str, limit: str, **settings: str):
        program = pathlib.Path(tmp_path_factory.mktemp("limited")) / "fastshop"
        program.write_text(f'#!/bin/sh\nexec prlimit {limit} {BINARY} "$@"\n')
        program.chmod(0o755)
        return start_shop(url, binary=program, **(DEFAULTS | settings))

    return start


def peak_bytes(pid: int) -> int:
    """The most memory that a process had at once."""
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["VmHWM"].split()[0]) * 1024


def sign_in_as_a_stranger(server) -> grpc.StatusCode | None:
    with grpc.insecure_channel(server.address, options=FRESH_CHANNEL) as channel:
        request = auth.SignInRequest(email=new_email(), password="plain words do nicely")
        return refused_as(lambda: auth_grpc.AuthServiceStub(channel).SignIn(request, timeout=60))


def test_many_connections_are_served_in_256_mb(start_with, database):
    server = start_with(database(), f"--data={MEMORY_BYTES}")
    host, port = server.address.rsplit(":", 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * CONNECTIONS)), hard))
    load = []
    for _ in range(CONNECTIONS):
        load.append(socket.create_connection((host, int(port))))
        load[-1].sendall(PREFACE)
    with concurrent.futures.ThreadPoolExecutor(SIGN_INS) as threads:
        codes = set(threads.map(lambda _: sign_in_as_a_stranger(server), range(SIGN_INS)))
    # Callers from the same address as the load get a retry delay, and not an internal error.
    assert codes <= {
        grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE}, codes
    # On a busy machine, all of them may be refused. A single one is not.
    wait_until(lambda: sign_in_as_a_stranger(server) == grpc.StatusCode.UNAUTHENTICATED, lambda: server.log)
    for link in load:
        link.close()
    wait_until(lambda: refused_as(lambda: products_of(server, 100)) is None, lambda: server.log)
    assert server.is_unharmed
    assert peak_bytes(server.worker_pid) + peak_bytes(server.process.pid) < MEMORY_BYTES


def test_256_descriptors_are_enough_to_start_and_for_what_is_opened_later(start_with, database, tmp_path):
    server = start_with(database(), f"--nofile={DESCRIPTORS}", FASTSHOP_RATE_LIMITS="off")
    opened = len(list(pathlib.Path(f"/proc/{server.worker_pid}/fd").iterdir()))
    assert opened < DESCRIPTORS / 2, "half of them are for callers"
    host, port = server.address.rsplit(":", 1)
    load = [socket.create_connection((host, int(port))) for _ in range(DESCRIPTORS // 4)]
    email = new_email()
    register(server, email)
    mails_to(server.folder / "data" / "mail", email)
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "reloaded the certificate" in server.log, lambda: server.log)
    assert server.is_unharmed
    for link in load:
        link.close()


def test_too_few_addresses_are_said_and_not_found_out_by_a_crash():
    if not shutil.which("prlimit"):
        pytest.skip("NOT TRIED: there is no prlimit to set limits with")
    done = subprocess.run(
        ["prlimit", f"--as={MEMORY_BYTES}", BINARY, "serve"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode > 0, done.stderr
    assert "ulimit -v" in done.stderr and "MemoryMax" in done.stderr and "crashed" not in done.stderr
