"""Invalid tokens of providers, and providers that are unreachable, slow or return nonsense."""

import base64
import hashlib
import hmac
import json
import time

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from authority import Authority
from external_sign_in import REDIRECT, answer_of, finish, new_elsewhere, sign_in, start
from google.rpc import error_details_pb2
from oidc_provider import Provider, SigningKey
from accounts import reason_of, refused_as
from stubs import CALL_SECONDS, details_of
from waiting import wait_until

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture(scope="module")
def acme():
    provider = Provider("RS256")
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def shop(start_shop, database, acme):
    return start_shop(
        database(), FASTSHOP_OIDC_PROVIDERS="acme", FASTSHOP_OIDC_REDIRECTS=REDIRECT, **acme.settings("acme"))


@pytest.fixture(autouse=True)
def honest(acme):
    """The provider stops misbehaving, and the shop accepts its tokens."""
    yield
    acme.behave()


@pytest.fixture
def strange(start_shop, database):
    """A shop with a provider that was not used yet: `strange(**metadata)`."""
    made = []

    def make(algorithm: str = "RS256", **metadata):
        provider = Provider(algorithm)
        provider.metadata |= metadata
        made.append(provider)
        shop = start_shop(
            database(), FASTSHOP_OIDC_PROVIDERS="acme", FASTSHOP_OIDC_REDIRECTS=REDIRECT, **provider.settings("acme"))
        return shop, provider

    yield make
    for provider in made:
        provider.close()


def assert_refused(shop, provider, flaw: str = "") -> None:
    """The caller is refused, and the log has the reason."""
    with pytest.raises(grpc.RpcError) as refused:
        sign_in(shop, provider, **new_elsewhere())
    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED, refused.value.details()
    assert reason_of(refused.value) == "EXTERNAL_SIGN_IN_REFUSED"
    logged = [line for line in shop.log.splitlines() if "a provider's sign-in was refused" in line]
    assert flaw in logged[-1], logged[-1]


# Tokens.


NOW = 0  # stands for the moment at which the token is made

WRONG_CLAIMS = {
    "another nonce": ("otherNonce", {"nonce": "made-up"}),
    "no nonce": ("otherNonce", {"nonce": None}),
    "another audience": ("otherAudience", {"aud": "another-client"}),
    "no audience": ("malformed", {"aud": None}),
    "an empty list of audiences": ("otherAudience", {"aud": []}),
    "an audience that nobody knows": ("otherAudience", {"aud": ["shop", "another-client"], "azp": "shop"}),
    "another party": ("otherParty", {"azp": "another-client"}),
    "another issuer": ("otherIssuer", {"iss": "https://accounts.google.com"}),
    "the issuer with a slash": ("otherIssuer", {"iss": "+/"}),
    "no issuer": ("malformed", {"iss": None}),
    "expired": ("expired", {"exp": NOW - 61, "iat": NOW - 300}),
    "no expiry": ("malformed", {"exp": None}),
    "an expiry that is text": ("malformed", {"exp": "tomorrow"}),
    "an expiry after all time": ("malformed", {"exp": 1e300}),
    "from the future": ("fromTheFuture", {"iat": NOW + 120}),
    "not good yet": ("fromTheFuture", {"nbf": NOW + 120}),
    "made long ago": ("stale", {"iat": NOW - 700}),
    "no moment of making": ("malformed", {"iat": None}),
    "no subject": ("malformed", {"sub": None}),
    "an empty subject": ("badSubject", {"sub": ""}),
    "a subject that is too long": ("badSubject", {"sub": "x" * 256}),
    "a subject with a NUL": ("badSubject", {"sub": "a\0b"}),
    "another access token's hash": ("otherAccessToken", {"at_hash": "A" * 22}),
}


@pytest.mark.parametrize(("flaw", "wrong"), WRONG_CLAIMS.values(), ids=WRONG_CLAIMS)
def test_a_token_that_says_something_wrong_is_refused(shop, acme, flaw, wrong):
    def change(claims: dict) -> dict:
        for name, value in wrong.items():
            if value == "+/":
                value = claims["iss"] + "/"
            elif name in ("exp", "iat", "nbf") and isinstance(value, int):
                value += int(time.time())
            claims[name] = value
        return {name: value for name, value in claims.items() if value is not None}
    acme.change = change
    assert_refused(shop, acme, flaw)


def part(value: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(key, claims: dict, algorithm: str) -> str:
    return f"{part({'alg': algorithm, 'kid': key.kid})}.{part(claims)}."


def by_public_key(key, claims: dict) -> str:
    """HMAC with the public key: accepted where the header chooses the algorithm."""
    public = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part({'alg': 'HS256', 'kid': key.kid})}.{part(claims)}"
    mac = hmac.new(public, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def tampered(key, claims: dict) -> str:
    head, _, signature = key.sign(claims | {"sub": "somebody-else"}).split(".")
    return f"{head}.{part(claims)}.{signature}"


def broken(key, claims: dict) -> str:
    head, body, signature = key.sign(claims).split(".")
    return f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


FORGED = {
    "alg none": ("foreignAlgorithm", lambda key, claims: unsigned(key, claims, "none")),
    "alg NONE": ("foreignAlgorithm", lambda key, claims: unsigned(key, claims, "NONE")),
    "signed by nobody as RS256": ("badSignature", lambda key, claims: unsigned(key, claims, "RS256")),
    "signed with the public key as a secret": ("foreignAlgorithm", by_public_key),
    "signed with our own password": ("foreignAlgorithm", lambda key, claims: jwt.encode(
        claims, "s3cret/+ &" * 4, "HS256", headers={"kid": key.kid})),
    "tampered with": ("badSignature", tampered),
    "a signature that is broken": ("badSignature", broken),
    "by another key under this one's name": (
        "badSignature", lambda key, claims: SigningKey("RS256", key.kid).sign(claims)),
    "by a key of another kind under this one's name": (
        "unknownKey", lambda key, claims: SigningKey("ES256", key.kid).sign(claims)),
    "by RS512": (
        "foreignAlgorithm", lambda key, claims: jwt.encode(claims, key.private, "RS512", headers={"kid": key.kid})),
    "by PS256": (
        "foreignAlgorithm", lambda key, claims: jwt.encode(claims, key.private, "PS256", headers={"kid": key.kid})),
    "with a key of its own": ("badSignature", lambda key, claims: (
        lambda other: other.sign(claims, jwk=other.jwk))(SigningKey("RS256", key.kid))),
    "of another type": ("foreignHeader", lambda key, claims: key.sign(claims, typ="at+jwt")),
    "with demands that nobody knows": ("foreignHeader", lambda key, claims: key.sign(claims, crit=["exp"])),
    "of two parts": ("malformed", lambda key, claims: key.sign(claims).rpartition(".")[0]),
    "of four parts": ("malformed", lambda key, claims: key.sign(claims) + ".x"),
    "of no parts": ("malformed", lambda key, claims: "token"),
    "empty": ("malformed", lambda key, claims: ""),
    "too long": ("malformed", lambda key, claims: key.sign(claims | {"more": "x" * 20_000})),
}


@pytest.mark.parametrize(("flaw", "forge"), FORGED.values(), ids=FORGED)
def test_a_token_that_is_not_signed_as_it_must_be_is_refused(shop, acme, flaw, forge):
    acme.sign = lambda claims: forge(acme.key, claims)
    assert_refused(shop, acme, flaw)


def test_clocks_may_differ_a_little(shop, acme):
    now = int(time.time())
    acme.change = lambda claims: claims | {"iat": now + 30, "exp": now - 30}
    assert sign_in(shop, acme, **new_elsewhere()).tokens.access_token


def test_several_audiences_are_fine_if_the_settings_know_them(start_shop, database, acme):
    shop = start_shop(
        database(), FASTSHOP_OIDC_PROVIDERS="acme", FASTSHOP_OIDC_REDIRECTS=REDIRECT,
        **acme.settings("acme", OTHER_AUDIENCES="project-7"))
    acme.change = lambda claims: claims | {"aud": ["shop", "project-7"], "azp": "shop"}
    assert sign_in(shop, acme, **new_elsewhere()).tokens.access_token
    acme.change = lambda claims: claims | {"aud": ["shop", "project-7"]}
    assert_refused(shop, acme, "otherParty")


def test_a_person_whom_the_provider_takes_for_somebody_else_is_refused(shop, acme):
    acme.in_token = False
    acme.instead["/person"] = (200, {}, json.dumps(new_elsewhere("other")).encode())
    acme.change = lambda claims: {name: claims[name] for name in ("iss", "sub", "aud", "iat", "exp", "nonce")}
    assert_refused(shop, acme, "otherSubject")


# Keys.


def test_a_new_key_is_found_and_made_up_ones_do_not_flood_the_provider(strange):
    shop, provider = strange()
    assert sign_in(shop, provider, **new_elsewhere()).tokens.access_token
    provider.key = SigningKey("ES256")
    provider.published = [provider.key.jwk]
    assert sign_in(shop, provider, **new_elsewhere()).tokens.access_token, "a key that was unknown is looked up"
    asked = provider.asked("/keys")
    assert asked == 2
    for _ in range(5):
        provider.sign = lambda claims: SigningKey("ES256").sign(claims)
        assert_refused(shop, provider, "unknownKey")
    assert provider.asked("/keys") == asked, "not again within a minute"
    provider.behave()
    assert sign_in(shop, provider, **new_elsewhere()).tokens.access_token


def test_discovery_and_keys_are_asked_for_once(strange):
    shop, provider = strange()
    for _ in range(4):
        sign_in(shop, provider, **new_elsewhere())
    assert (provider.asked(DISCOVERY), provider.asked("/keys")) == (1, 1)


def test_a_token_that_names_no_key_means_the_only_one(strange):
    shop, provider = strange("ES256")
    provider.sign = lambda claims: jwt.encode(claims, provider.key.private, "ES256")
    assert sign_in(shop, provider, **new_elsewhere()).tokens.access_token


# Providers.


def assert_unavailable(action) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        action()
    assert refused.value.code() == UNAVAILABLE, refused.value.details()
    assert details_of(refused.value, error_details_pb2.RetryInfo).retry_delay.seconds == 5
    assert "127.0.0.1" not in refused.value.details()


HUGE = b"{" + b" " * 1_000_000
NONSENSE = {
    "is broken": (500, {}, b"{}"), "sends elsewhere": (302, {"location": "http://127.0.0.1:1/"}, b""),
    "answers without end": (200, {}, HUGE), "answers no JSON": (200, {}, b"<html>"), "answers nothing": (200, {}, b""),
    "answers another shape": (200, {}, b"[]"), "nests without end": (200, {}, b"[" * 60_000),
}


@pytest.fixture(scope="module")
def many(start_shop, database):
    """A shop with several providers that were not used yet: `many(names)`."""
    made = []

    def make(names):
        providers = {name: Provider("ES256") for name in names}
        made.extend(providers.values())
        keys = {name: f"p{number}" for number, name in enumerate(names)}
        settings = [provider.settings(keys[name]) for name, provider in providers.items()]
        shop = start_shop(
            database(), FASTSHOP_OIDC_PROVIDERS=",".join(keys.values()), FASTSHOP_OIDC_REDIRECTS=REDIRECT,
            **{name: value for own in settings for name, value in own.items()})
        return shop, providers, keys

    yield make
    for provider in made:
        provider.close()


def test_providers_whose_discovery_fails_are_unavailable_until_it_does_not(many):
    shop, providers, keys = many(NONSENSE)
    for name, provider in providers.items():
        provider.instead[DISCOVERY] = NONSENSE[name]
        assert_unavailable(lambda: start(shop, keys[name]))
        asked = provider.asked(DISCOVERY)
        assert_unavailable(lambda: start(shop, keys[name]))
        assert provider.asked(DISCOVERY) == asked, f"{name}: it is left in peace for a moment"
    for provider in providers.values():
        provider.instead.clear()
    for key in keys.values():
        wait_until(lambda: refused_as(lambda: start(shop, key)) is None)


@pytest.fixture(scope="module")
def without_keys(many):
    """A shop whose providers answer nonsense where their keys should be."""
    shop, providers, keys = many(NONSENSE)
    for name, provider in providers.items():
        provider.instead["/keys"] = NONSENSE[name]
    return shop, providers, keys


@pytest.mark.parametrize("name", NONSENSE)
def test_a_provider_whose_keys_fail_is_unavailable(without_keys, name):
    shop, providers, keys = without_keys
    assert_unavailable(lambda: sign_in(shop, providers[name], keys[name], **new_elsewhere()))


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
def test_a_provider_whose_token_endpoint_fails_is_unavailable(shop, acme, nonsense):
    acme.instead["/token"] = nonsense
    assert_unavailable(lambda: sign_in(shop, acme, **new_elsewhere()))
    acme.behave()
    assert sign_in(shop, acme, **new_elsewhere()).tokens.access_token


def test_a_code_that_the_provider_refuses_is_refused(shop, acme):
    for status in (400, 401):
        acme.instead["/token"] = (status, {}, b'{"error": "invalid_grant"}')
        assert_refused(shop, acme, "codeRefused")


def test_a_slow_provider_is_given_up(shop, acme):
    visit = start(shop)
    back = acme.visit(visit.authorization_url, **new_elsewhere())
    acme.delay["/token"] = 2 * CALL_SECONDS  # who waited for it would meet the call's deadline instead
    assert_unavailable(lambda: finish(shop, answer_of(visit, back)))


def test_a_provider_that_is_away_is_unavailable(strange):
    shop, provider = strange()
    provider.close()
    assert_unavailable(lambda: start(shop))


def test_what_was_learnt_of_a_provider_serves_while_it_is_away(strange):
    shop, provider = strange()
    visit = start(shop)
    provider.close()
    assert start(shop).authorization_url.startswith(provider.issuer) and visit.state


def test_a_certificate_must_be_signed_by_an_authority_that_is_trusted(start_shop, database, tmp_path):
    authority = Authority(tmp_path)
    provider = Provider(certificate=authority.issue("provider"))
    settings = {
        "FASTSHOP_OIDC_PROVIDERS": "acme", "FASTSHOP_OIDC_REDIRECTS": REDIRECT, **provider.settings("acme"),
    }
    try:
        assert_unavailable(lambda: start(start_shop(database(), **settings)))
        trusting = start_shop(database(), **settings, FASTSHOP_OIDC_AUTHORITY=str(authority.certificate))
        assert sign_in(trusting, provider, **new_elsewhere()).tokens.access_token
    finally:
        provider.close()


DISHONEST = {
    "another issuer": {"issuer": "https://accounts.google.com"},
    "a token endpoint in clear text": {"token_endpoint": "http://provider.example/token"},
    "keys in clear text": {"jwks_uri": "http://provider.example/keys"},
    "keys in a file": {"jwks_uri": "file:///etc/passwd"},
    "no PKCE": {"code_challenge_methods_supported": ["plain"]},
    "no code flow": {"response_types_supported": ["id_token"]},
    "no token endpoint": {"token_endpoint": None},
}


@pytest.fixture(scope="module")
def dishonest(many):
    shop, providers, keys = many(DISHONEST)
    for name, provider in providers.items():
        provider.metadata |= DISHONEST[name]
    return shop, keys


@pytest.mark.parametrize("name", DISHONEST)
def test_a_discovery_document_that_cannot_be_trusted_is_not_used(dishonest, name):
    shop, keys = dishonest
    assert_unavailable(lambda: start(shop, keys[name]))
