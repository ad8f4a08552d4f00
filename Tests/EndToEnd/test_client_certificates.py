"""Programs that authenticate with the client certificate of their connection, over real TLS."""

import datetime

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from fastshop.identity.v1 import client_certificate_service_pb2 as certificates
from fastshop.identity.v1 import client_certificate_service_pb2_grpc as certificates_grpc
from accounts import bearer, new_account, reason_of, refused_as
from stubs import CALL_SECONDS, adjustment, inventory_grpc, products_of, with_id
from test_api_keys import seller_of, sellers_of
from waiting import wait_until

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

    def signed_by(self, key, issuer: x509.Name, name: str, public_key, *extensions, days=(-1, 1)) -> x509.Certificate:
        """A certificate that another authority signs."""
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder().issuer_name(issuer).public_key(public_key)
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .serial_number(x509.random_serial_number()).not_valid_before(now + datetime.timedelta(days=days[0]))
            .not_valid_after(now + datetime.timedelta(days=days[1])))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(key, hashes.SHA256())

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
    request = with_id(certificates.CreateCertificateRequest(name="a till", subject=subject, scopes=scopes))
    return certificates_grpc.ClientCertificateServiceStub(shop.channel).CreateCertificate(
        request, metadata=bearer(shop.staff_token), timeout=CALL_SECONDS).certificate


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
        certificates_grpc.ClientCertificateServiceStub(shop.channel).RevokeCertificate(
            with_id(certificates.RevokeCertificateRequest(certificate_id=entry.id)), metadata=bearer(shop.staff_token),
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
    """Fingerprints are public: a user who registers one later must not control another user's program."""
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


def enter_as(channel, token: str, subject: str):
    request = with_id(certificates.CreateCertificateRequest(name="a till", subject=subject, scopes=["inventory.write"]))
    return certificates_grpc.ClientCertificateServiceStub(channel).CreateCertificate(
        request, metadata=bearer(token), timeout=CALL_SECONDS).certificate


def test_a_seller_enters_no_certificate_but_the_one_that_they_show(shop, authority, cluster):
    """Names and fingerprints are public: a user who registers a foreign certificate first would control its program."""
    owners, thiefs = (seller_of(shop, cluster, seller) for seller in sellers_of(shop, cluster))
    names = [x509.DNSName("Till.Seller.example"), x509.UniformResourceIdentifier(TILL)]
    certificate, chain, key = authority.client(*names)
    _, other_chain, other_key = authority.client(x509.DNSName("thief.example"))
    shown = ["dns:till.seller.example", f"uri:{TILL}", subjects(certificate)["sha256"]]
    with channel_of(shop) as plain, channel_of(shop, other_chain, other_key) as other:
        for channel in (shop.channel, plain, other):
            for subject in shown:
                with pytest.raises(grpc.RpcError) as caught:
                    enter_as(channel, thiefs, subject)
                assert caught.value.code() == grpc.StatusCode.FAILED_PRECONDITION
                assert reason_of(caught.value) == "CERTIFICATE_NOT_SHOWN"
    with channel_of(shop, chain, key) as own:
        entry = enter_as(own, owners, "dns:TILL.seller.example")
        assert entry.subject == "dns:till.seller.example" and entry.seller_id
        # It acts for the seller's shop alone: the first product is another's.
        wait_until(lambda: refused_as(lambda: adjust(shop, own)) == grpc.StatusCode.NOT_FOUND)


def test_a_token_beside_a_certificate_says_who_calls(shop, authority, cluster):
    _, chain, key = authority.client(x509.DNSName("both.example"))
    enter(shop, "dns:both.example")
    person = new_account(shop, cluster)
    with channel_of(shop, chain, key) as channel:
        wait_until(lambda: refused_as(lambda: adjust(shop, channel)) is None)
        variant = products_of(shop)[0].variants[0].id
        stub = inventory_grpc.InventoryServiceStub(channel)
        for metadata, code in [
            (bearer(person.tokens(shop).access_token), grpc.StatusCode.PERMISSION_DENIED),
            (bearer("fsk_none"), UNAUTHENTICATED), (bearer("x.y.z"), UNAUTHENTICATED),
        ]:
            assert refused_as(lambda: stub.AdjustStock(adjustment(variant), metadata=metadata, timeout=10)) == code


def test_what_a_proxy_says_of_certificates_is_not_believed(shop, authority):
    certificate, _, _ = authority.client(x509.DNSName("proxied.example"))
    enter(shop, "dns:proxied.example")
    text = certificate.public_bytes(serialization.Encoding.PEM).decode().replace("\n", "%0A")
    for name, value in [
        ("x-forwarded-client-cert", 'DNS=proxied.example;URI=spiffe://shop.example/till'), ("x-client-cert", text),
        ("ssl-client-cert", text), ("x-ssl-client-verify", "SUCCESS"), ("client-cert", ":" + text + ":"),
    ]:
        variant = products_of(shop)[0].variants[0].id
        stub = inventory_grpc.InventoryServiceStub(shop.channel)
        call = lambda: stub.AdjustStock(adjustment(variant), metadata=[(name, value)], timeout=CALL_SECONDS)
        assert refused_as(call) == UNAUTHENTICATED, name


def hostile_chain(authority, kind: str) -> tuple[bytes, bytes]:
    """A chain that is not to be believed, and its key."""
    key, middle = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    till = x509.SubjectAlternativeName([x509.DNSName("till.example")])
    is_authority = x509.BasicConstraints(ca=True, path_length=None)
    between = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "between")])

    def own(*extensions, **more):
        return authority.signed_by(authority.key, authority.name, "till", key.public_key(), till, *extensions, **more)

    def through(*extensions):
        """By an authority between, which has these extensions."""
        first = authority.signed_by(authority.key, authority.name, "between", middle.public_key(), *extensions)
        return [authority.signed_by(middle, between, "till", key.public_key(), till), first]

    narrow = x509.NameConstraints(permitted_subtrees=[x509.DNSName("elsewhere.example")], excluded_subtrees=None)
    chain = {
        "expired": lambda: [own(days=(-3, -1))], "not yet valid": lambda: [own(days=(1, 3))],
        "for servers": lambda: [own(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]))],
        "signed by itself": lambda: [authority.signed_by(key, authority.name, "till", key.public_key(), till)],
        "signed by a leaf": lambda: through(x509.BasicConstraints(ca=False, path_length=None)),
        "outside the constraints": lambda: through(is_authority, narrow),
        "intermediate missing": lambda: through(is_authority)[:1],
        "of 100 KB": lambda: [authority.signed_by(
            authority.key, authority.name, "till", key.public_key(), x509.SubjectAlternativeName(
                [x509.DNSName(f"n{number}.{'long' * 12}.example") for number in range(1_700)]))],
    }[kind]()
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain), pem(key)


@pytest.mark.parametrize("kind", [
    "expired", "not yet valid", "for servers", "signed by itself", "signed by a leaf", "outside the constraints",
    "intermediate missing", "of 100 KB",
])
def test_a_certificate_that_is_not_to_be_believed_is_nobodys_where_it_is_optional(shop, authority, kind):
    with channel_of(shop, *hostile_chain(authority, kind)) as channel:
        assert refused_as(lambda: adjust(shop, channel)) == grpc.StatusCode.UNAVAILABLE, "TLS refuses it"
    assert shop.is_unharmed
