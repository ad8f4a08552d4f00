"""The server's addresses: several at once, TCP over both versions of IP, and Unix sockets."""

import os
import signal
import socket
import stat

import grpc
import pytest
import shop_server
from grpc_health.v1 import health_pb2, health_pb2_grpc
from shop_server import free_port

CALL_SECONDS = 10


def serves(target: str) -> bool:
    with grpc.insecure_channel(target, options=shop_server.FRESH_CHANNEL) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(), timeout=CALL_SECONDS, wait_for_ready=True)
    return answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.fixture(scope="module")
def places(start_shop, database, tmp_path_factory):
    """A server on two ports of IPv4, one of IPv6 and a Unix socket."""
    path = tmp_path_factory.mktemp("socket") / "shop.sock"
    first, second, six = (free_port() for _ in range(3))
    listen = f"127.0.0.1:{first},127.0.0.1:{second},[::1]:{six},unix:{path}"
    shop = start_shop(database(), ready=False, FASTSHOP_LISTEN=listen, FASTSHOP_SOCKET_MODE="600")
    shop.address = f"127.0.0.1:{first}"
    shop.channel = grpc.insecure_channel(shop.address, options=shop_server.FRESH_CHANNEL)
    shop.wait_until("SERVING")
    return shop, path, [f"127.0.0.1:{first}", f"127.0.0.1:{second}", f"[::1]:{six}", f"unix:{path}"]


def test_every_place_serves(places):
    _, _, targets = places
    assert all(serves(target) for target in targets)


def test_a_unix_socket_has_the_permissions_that_were_asked_for(places):
    _, path, _ = places
    mode = os.stat(path).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600


def test_a_stop_leaves_no_socket_behind(start_shop, database, tmp_path):
    path = tmp_path / "shop.sock"
    shop = start_shop(database(), FASTSHOP_LISTEN=f"127.0.0.1:{(port := free_port())},unix:{path}", ready=False)
    assert serves(f"127.0.0.1:{port}") and serves(f"unix:{path}")
    assert shop.stop() == 0
    assert not path.exists()


def test_the_socket_of_a_server_that_ended_badly_is_replaced(start_shop, database, tmp_path):
    path, url = tmp_path / "shop.sock", database()
    first = start_shop(url, FASTSHOP_LISTEN=f"unix:{path}", ready=False)
    assert serves(f"unix:{path}")
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    assert path.exists()
    start_shop(url, FASTSHOP_LISTEN=f"unix:{path}", ready=False)
    assert serves(f"unix:{path}")


def test_another_file_is_not_replaced(database, tmp_path):
    path = tmp_path / "precious"
    path.write_text("mine")
    done = shop_server.run(
        "serve", env={
            "DATABASE_URL": database(), "FASTSHOP_LISTEN": f"unix:{path}", "FASTSHOP_TLS_LISTEN": "off",
            "FASTSHOP_DATA_DIR": str(tmp_path / "data")})
    assert done.returncode != 0 and str(path) in done.stdout + done.stderr
    assert path.read_text() == "mine"


def test_the_kernel_may_deal_connections_out_to_the_loops(start_shop, database):
    """With SO_REUSEPORT every loop has a socket of its own at the one port: connections reach all of them."""
    shop = start_shop(database(), FASTSHOP_SPREAD_CONNECTIONS="kernel", FASTSHOP_LOOPS="2")
    host, port = shop.address.rsplit(":", 1)
    with open("/proc/net/tcp") as table:
        listening = [line.split() for line in table if line.split()[1] == f"0100007F:{int(port):04X}"]
    assert sum(fields[3] == "0A" for fields in listening) == 2, "not one socket for each loop"
    connections = [socket.create_connection((host, int(port))) for _ in range(8)]
    assert all(serves(shop.address) for _ in range(8))
    for connection in connections:
        connection.close()
