"""TLS on the second port, with the certificate that the server generates on its first start."""

import socket
import ssl

import grpc
import pytest
from curl import curl, trusting
from fastshop.catalog.v1 import catalog_service_pb2_grpc as catalog_grpc
from stubs import CALL_SECONDS, catalog


def endpoint(address: str) -> tuple[str, int]:
    host, port = address.rsplit(":", 1)
    return host, int(port)


def served_certificate(server) -> str:
    return ssl.get_server_certificate(endpoint(server.tls_address))


def test_a_client_that_trusts_the_certificate_is_served(shop):
    credentials = grpc.ssl_channel_credentials(served_certificate(shop).encode())
    port = endpoint(shop.tls_address)[1]
    for host in ("127.0.0.1", "localhost"):
        with grpc.secure_channel(f"{host}:{port}", credentials) as channel:
            stub = catalog_grpc.CatalogServiceStub(channel)
            page = stub.ListProducts(catalog.ListProductsRequest(page_size=2), timeout=CALL_SECONDS)
            assert len(page.products) == 2


def test_a_client_that_does_not_trust_it_is_not(shop):
    with grpc.secure_channel(shop.tls_address, grpc.ssl_channel_credentials()) as channel:
        stub = catalog_grpc.CatalogServiceStub(channel)
        with pytest.raises(grpc.RpcError) as refusal:
            stub.ListProducts(catalog.ListProductsRequest(page_size=2), timeout=CALL_SECONDS)
        assert refusal.value.code() == grpc.StatusCode.UNAVAILABLE
        assert "CERTIFICATE_VERIFY_FAILED" in refusal.value.details(), refusal.value.details()


def connect(server, **options) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=served_certificate(server))
    context.set_alpn_protocols(options.get("alpn", ["h2"]))
    context.maximum_version = options.get("version", ssl.TLSVersion.MAXIMUM_SUPPORTED)
    plain = socket.create_connection(endpoint(server.tls_address), timeout=CALL_SECONDS)
    return context.wrap_socket(plain, server_hostname="localhost")


def test_it_speaks_tls_1_3_and_http_2(shop):
    with connect(shop) as connection:
        assert connection.version() == "TLSv1.3"
        assert connection.selected_alpn_protocol() == "h2"


def test_it_speaks_nothing_older(shop):
    with pytest.raises(ssl.SSLError):
        connect(shop, version=ssl.TLSVersion.TLSv1_2)


def test_it_speaks_tls_1_2_to_whom_it_was_told_to(start_shop, database, tmp_path):
    server = start_shop(database(), FASTSHOP_TLS_MIN_VERSION="1.2")
    with connect(server, version=ssl.TLSVersion.TLSv1_2) as connection:
        assert (connection.version(), connection.selected_alpn_protocol()) == ("TLSv1.2", "h2")
        name, _, bits = connection.cipher()
        assert name.startswith("ECDHE-") and ("GCM" in name or "CHACHA20" in name) and bits >= 128
    with connect(server) as connection:
        assert connection.version() == "TLSv1.3"
    answer = curl(
        f"https://{server.tls_address}/fastshop.catalog.v1.CatalogService/ListProducts", "--tls-max", "1.2", "--http2",
        "--header", "content-type: application/json", *trusting(server, tmp_path), body=b'{"pageSize": 1}')
    assert (answer.status, answer.http_version) == (200, "2") and len(answer.json["products"]) == 1


def test_it_speaks_no_other_protocol(shop):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        with connect(shop, alpn=["gopher"]) as connection:
            connection.sendall(b"hello")
            assert connection.recv(1) == b"", "a protocol that is not offered was served"
            raise ConnectionError("closed, as it must be")


def test_clear_text_on_the_tls_port_harms_nobody(shop):
    with socket.create_connection(endpoint(shop.tls_address), timeout=CALL_SECONDS) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        while plain.recv(1_000):
            pass
    with connect(shop) as connection:
        assert connection.version() == "TLSv1.3"


def test_the_certificate_is_kept_over_a_restart(start_shop, database, tmp_path):
    url, kept = database(), {"FASTSHOP_DATA_DIR": str(tmp_path / "kept")}
    first = start_shop(url, **kept)
    certificate = served_certificate(first)
    assert first.stop() == 0
    again = start_shop(url, **kept)
    assert served_certificate(again) == certificate
    keys = [file for file in (tmp_path / "kept").rglob("*") if file.is_file() and "PRIVATE KEY" in file.read_text()]
    assert keys and all(file.stat().st_mode & 0o077 == 0 for file in keys), "others can read the private key"
