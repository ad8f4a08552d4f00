"""Programs that are let in by the client certificate of their connection, over real TLS."""

import datetime
import time

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastshop.identity.v1 import program_service_pb2 as programs
from fastshop.identity.v1 import program_service_pb2_grpc as programs_grpc
from people import bearer, refused_as
from stubs import CALL_SECONDS, adjustment, inventory_grpc, products_of, with_id

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
TILL = "spiffe://shop.example/till"


def pem(key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Authority:
    """Signs certificates."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the tests' authority")])
        self.certificate = self.signed(self.name, self.key.public_key(), [], is_authority=True)

    def signed(self, name, public_key, names, is_authority=False) -> x509.Certificate:
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(public_key)
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True))
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def client(self, *names) -> tuple[x509.Certificate, bytes, bytes]:
        """A certificate, and it and its key in PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a till")])
        certificate = self.signed(name, key.public_key(), list(names))
        return certificate, certificate.public_bytes(serialization.Encoding.PEM), pem(key)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def shop(start_shop, database, authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    path.write_bytes(authority.certificate.public_bytes(serialization.Encoding.PEM))
    return start_shop(
        database(), FASTSHOP_TLS_CLIENT_AUTHORITY=str(path), FASTSHOP_TLS_CLIENT_CERTIFICATES="optional")


def channel_of(shop, chain: bytes | None = None, key: bytes | None = None):
    root = (shop.folder / "data" / "development-certificate.pem").read_bytes()
    return grpc.secure_channel(
        shop.tls_address.replace("127.0.0.1", "localhost"), grpc.ssl_channel_credentials(root, key, chain))


def adjust(shop, channel):
    variant = products_of(shop)[0].variants[0].id
    return inventory_grpc.InventoryServiceStub(channel).AdjustStock(adjustment(variant), timeout=CALL_SECONDS)


def enter(shop, subject: str, *scopes: str):
    scopes = [*(scopes or ["inventory.write"]), "sellers.any"]
    request = with_id(programs.CreateCertificateRequest(name="a till", subject=subject, scopes=scopes))
    return programs_grpc.ProgramServiceStub(shop.channel).CreateCertificate(
        request, metadata=bearer(shop.staff_token), timeout=CALL_SECONDS).certificate


def wait_until(condition, within: float = 5) -> None:
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.01)


def subjects(certificate: x509.Certificate) -> dict[str, str]:
    return {"uri": f"uri:{TILL}", "dns": "dns:till.example",
            "sha256": f"sha256:{certificate.fingerprint(hashes.SHA256()).hex()}"}


@pytest.mark.parametrize("kind", ["uri", "dns", "sha256"])
def test_a_certificate_lets_its_program_in_until_it_is_revoked(shop, authority, kind):
    names = {"uri": [x509.UniformResourceIdentifier(TILL)], "dns": [x509.DNSName("till.example")], "sha256": []}
    certificate, chain, key = authority.client(*names[kind])
    with channel_of(shop, chain, key) as channel:
        assert refused_as(lambda: adjust(shop, channel)) == UNAUTHENTICATED, "signed, but entered by nobody"
        entry = enter(shop, subjects(certificate)[kind])
        wait_until(lambda: refused_as(lambda: adjust(shop, channel)) is None)
        programs_grpc.ProgramServiceStub(shop.channel).RevokeCertificate(
            with_id(programs.RevokeCertificateRequest(certificate_id=entry.id)), metadata=bearer(shop.staff_token),
            timeout=CALL_SECONDS)
        wait_until(lambda: refused_as(lambda: adjust(shop, channel)) == UNAUTHENTICATED)


def test_a_certificates_scopes_count(shop, authority):
    _, chain, key = authority.client(x509.DNSName("reader.example"))
    enter(shop, "dns:reader.example", "catalog.read")
    with channel_of(shop, chain, key) as channel:
        wait_until(lambda: refused_as(lambda: adjust(shop, channel)) == grpc.StatusCode.PERMISSION_DENIED)


def test_another_authoritys_certificate_of_the_same_name_is_nobody(shop):
    _, chain, key = Authority().client(x509.DNSName("reader.example"))
    with channel_of(shop, chain, key) as channel:
        assert refused_as(lambda: adjust(shop, channel)) == grpc.StatusCode.UNAVAILABLE, "TLS refuses it"


def test_without_a_certificate_a_caller_is_a_guest(shop):
    with channel_of(shop) as channel:
        assert refused_as(lambda: adjust(shop, channel)) == UNAUTHENTICATED


def test_nobody_takes_a_program_over_by_its_fingerprint(shop, authority):
    """Fingerprints are public: whoever enters one later must not decide what another's program may do."""
    certificate, chain, key = authority.client(x509.DNSName("stock.example"))
    enter(shop, "dns:stock.example")
    with channel_of(shop, chain, key) as channel:
        wait_until(lambda: refused_as(lambda: adjust(shop, channel)) is None)
        later = enter(shop, subjects(certificate)["sha256"], "catalog.read")
        # Another entry, made after it, is known: so this one is.
        _, second_chain, second_key = authority.client(x509.DNSName("second.example"))
        enter(shop, "dns:second.example")
        with channel_of(shop, second_chain, second_key) as second:
            wait_until(lambda: refused_as(lambda: adjust(shop, second)) is None)
        assert refused_as(lambda: adjust(shop, channel)) is None, later.subject
