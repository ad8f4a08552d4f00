"""Callers with client certificates, and certificates that change while the server runs."""

import concurrent.futures
import shutil
import signal
import socket
import ssl

import grpc
import pytest
import shop_server
from authority import Authority
from grpc_health.v1 import health_pb2, health_pb2_grpc
from waiting import WAIT_SECONDS_MAX, wait_until

CALL_SECONDS = 10


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def identities(authority):
    """Certificate and key of the server, of a caller and of one whose certificate is revoked."""
    return {name: authority.issue(name) for name in ("server", "caller", "revoked")}


@pytest.fixture(scope="module")
def strict(start_shop, database, authority, identities):
    """A server that wants to see certificates, and knows of the revoked one."""
    certificate, key = identities["server"]
    revocations = authority.revocations(identities["revoked"][0])
    return start_shop(
        database(), FASTSHOP_TLS_CERTIFICATE=str(certificate), FASTSHOP_TLS_KEY=str(key),
        FASTSHOP_TLS_CLIENT_AUTHORITY=str(authority.certificate), FASTSHOP_TLS_CLIENT_REVOCATIONS=str(revocations))


def check(server, authority, identity=None) -> int:
    """The status of a call by grpcio with this identity."""
    certificate, key = (path.read_bytes() for path in identity) if identity else (None, None)
    credentials = grpc.ssl_channel_credentials(
        authority.certificate.read_bytes(), private_key=key, certificate_chain=certificate)
    with grpc.secure_channel(server.tls_address, credentials, options=shop_server.FRESH_CHANNEL) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        return stub.Check(health_pb2.HealthCheckRequest(), timeout=CALL_SECONDS).status


def test_a_caller_with_a_certificate_is_served(strict, authority, identities):
    assert check(strict, authority, identities["caller"]) == health_pb2.HealthCheckResponse.SERVING


def test_a_caller_without_one_is_not(strict, authority):
    with pytest.raises(grpc.RpcError) as caught:
        check(strict, authority)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


def test_a_stranger_is_not(strict, authority, tmp_path):
    with pytest.raises(grpc.RpcError) as caught:
        check(strict, authority, Authority(tmp_path).issue("stranger"))
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


def test_a_revoked_certificate_is_worth_nothing(strict, authority, identities):
    with pytest.raises(grpc.RpcError) as caught:
        check(strict, authority, identities["revoked"])
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


def test_our_command_presents_a_certificate(strict, authority, identities):
    certificate, key = identities["caller"]
    server = ["call", "--address", strict.tls_address, "--trust", str(authority.certificate)]
    identity = ["--certificate", str(certificate), "--key", str(key)]
    answered = shop_server.run(*server, *identity, "grpc.health.v1.Health/Check", timeout=30)
    assert answered.returncode == 0 and "SERVING" in answered.stdout, answered.stderr
    refused = shop_server.run(*server, "grpc.health.v1.Health/Check", timeout=30)
    assert refused.returncode == 64 + grpc.StatusCode.UNAVAILABLE.value[0], refused.stderr
    halved = shop_server.run(*server, "--certificate", str(certificate), "grpc.health.v1.Health/Check", timeout=30)
    assert halved.returncode == 1 and "--certificate must be given together with --key" in halved.stderr


def presented(server, authority) -> bytes:
    """The certificate that a new connection is shown."""
    context = ssl.create_default_context(cafile=str(authority.certificate))
    host, port = server.tls_address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=CALL_SECONDS) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as link:
            return link.getpeercert(binary_form=True)


def test_new_certificates_are_taken_while_connections_go_on(start_shop, database, authority, tmp_path):
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"

    def install(name: str) -> None:
        for source, target in zip(authority.issue(name), (certificate, key)):
            shutil.copy(source, target)

    install("first")
    server = start_shop(database(), FASTSHOP_TLS_CERTIFICATE=str(certificate), FASTSHOP_TLS_KEY=str(key))
    credentials = grpc.ssl_channel_credentials(authority.certificate.read_bytes())
    with grpc.secure_channel(server.tls_address, credentials, options=shop_server.FRESH_CHANNEL) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
        next(watch)
        before = presented(server, authority)
        install("second")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: presented(server, authority) != before)
        # The connection from before serves on, and its stream with it.
        health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=CALL_SECONDS)
        assert watch.is_active()
        # An unusable certificate changes nothing.
        now = presented(server, authority)
        certificate.write_text("no certificate")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "the old certificate stays in use" in server.log)
        assert presented(server, authority) == now
        watch.cancel()


def watch_as(server, authority, identity, threads):
    """A stream on a connection of this identity, and the status that it ends with."""
    certificate, key = (path.read_bytes() for path in identity)
    credentials = grpc.ssl_channel_credentials(authority.certificate.read_bytes(), key, certificate)
    channel = grpc.secure_channel(server.tls_address, credentials, options=shop_server.FRESH_CHANNEL)
    stream = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=60)
    next(stream)
    return stream, threads.submit(stream.code)


def ticket_of(server, authority, identity):
    """The ticket of a connection that was served, and what it belongs to."""
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.load_cert_chain(*identity)
    context.set_alpn_protocols(["http/1.1"])
    host, port = server.tls_address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=CALL_SECONDS) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as link:
            link.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert link.recv(1000).startswith(b"HTTP/1.1 200")
            return context, link.session


def test_what_is_revoked_later_ends_at_once(start_shop, database, tmp_path):
    """Open connections and session tickets end with the certificate, like new connections."""
    authority = Authority(tmp_path)
    names = ("server", "kept", "lost")
    identities = {name: authority.issue(name) for name in names}
    certificate, key = identities["server"]
    url, settings = database(), {
        "FASTSHOP_TLS_CERTIFICATE": str(certificate), "FASTSHOP_TLS_KEY": str(key),
        "FASTSHOP_TLS_CLIENT_AUTHORITY": str(authority.certificate),
        "FASTSHOP_TLS_CLIENT_REVOCATIONS": str(authority.revocations()),
        "FASTSHOP_TLS_CLIENT_CERTIFICATES": "optional",
    }
    servers = [start_shop(url, **settings) for _ in range(2)]
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        streams = {
            (index, name): watch_as(server, authority, identities[name], threads)
            for index, server in enumerate(servers) for name in ("kept", "lost")
        }
        context, ticket = ticket_of(servers[0], authority, identities["lost"])
        authority.revocations(identities["lost"][0])
        for server in servers:
            server.process.send_signal(signal.SIGHUP)
        for index in (0, 1):
            assert streams[index, "lost"][1].result(WAIT_SECONDS_MAX) == grpc.StatusCode.UNAVAILABLE
        host, port = servers[0].tls_address.rsplit(":", 1)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            with socket.create_connection((host, int(port)), timeout=CALL_SECONDS) as plain:
                with context.wrap_socket(plain, server_hostname="localhost", session=ticket) as link:
                    assert not link.session_reused
                    link.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
                    assert link.recv(1000), "the connection was closed"
                    raise AssertionError("a revoked certificate is served")
        for index in (0, 1):
            stream, end = streams[index, "kept"]
            assert stream.is_active() and not end.done()
            stream.cancel()
