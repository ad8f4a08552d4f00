"""Access tokens: forged, foreign and expired ones are refused, and others can verify valid ones."""

import base64
import hashlib
import hmac
import json
import time
import urllib.request

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastshop.catalog.v1 import catalog_service_pb2
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import session_service_pb2
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from accounts import (
    auth_of, bearer, list_sessions, new_account, reason_of, refresh, refused_as, until_refused, sessions_of,
)
from stubs import CALL_SECONDS, catalog_of, products_of, with_id
from waiting import wait_until

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
ISSUER = "https://shop.example"
AUDIENCE = "the-shop"


@pytest.fixture(scope="module")
def shop(start_shop, database):
    return start_shop(database(), FASTSHOP_ISSUER=ISSUER, FASTSHOP_AUDIENCE=AUDIENCE)


@pytest.fixture(scope="module")
def token(shop, cluster):
    return new_account(shop, cluster).tokens(shop).access_token


def published_keys(server) -> dict:
    with urllib.request.urlopen(f"http://{server.address}/.well-known/jwks.json", timeout=10) as answer:
        assert answer.headers["content-type"] == "application/json"
        return {key["kid"]: key for key in json.load(answer)["keys"]}


def public_key(server, token: str):
    return jwt.PyJWK(published_keys(server)[jwt.get_unverified_header(token)["kid"]])


def part(value) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def test_another_implementation_verifies_our_tokens(shop, token):
    claims = jwt.decode(token, public_key(shop, token), algorithms=["ES256"], audience=AUDIENCE, issuer=ISSUER)
    assert claims["role"] == "customer" and claims["amr"] == ["pwd"]
    assert 0 < claims["exp"] - time.time() <= 600
    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp", "ver", "role", "amr"}


def test_the_published_keys_hold_no_private_part(shop):
    for key in published_keys(shop).values():
        assert set(key) == {"kty", "crv", "use", "alg", "kid", "x", "y"}


# Forgeries, each with one change.
FORGERIES = [
    "alg none", "alg none with our signature", "HMAC with our public key", "a stranger's key",
    "a stranger's key brought along", "RSA", "a key that is not there", "other claims", "no signature", "zeros",
    "a signature in DER", "another signature",
]


def forged(shop, token: str) -> dict[str, str]:
    """Tokens that were never given out, by what is wrong with them."""
    header, payload, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(token)["kid"]
    names = {"kid": kid, "typ": "at+jwt"}
    admin = claims | {"role": "admin"}
    stranger = ec.generate_private_key(ec.SECP256R1())
    jwk = published_keys(shop)[kid]
    point = public_key(shop, token).key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part({'alg': 'HS256', **names})}.{part(admin)}"
    confused = f"{signed}.{part(hmac.new(point, signed.encode(), hashlib.sha256).digest())}"
    other_rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return {
        "alg none": jwt.encode(admin, None, algorithm="none", headers=names),
        "alg none with our signature": f"{part({'alg': 'none', **names})}.{payload}.{signature}",
        "HMAC with our public key": confused,
        "a stranger's key": jwt.encode(admin, stranger, algorithm="ES256", headers=names),
        "a stranger's key brought along": jwt.encode(
            admin, stranger, algorithm="ES256", headers=names | {"jwk": jwk, "jku": "http://127.0.0.1/keys"}),
        "RSA": jwt.encode(admin, other_rsa, algorithm="RS256", headers=names),
        "a key that is not there": jwt.encode(
            admin, stranger, algorithm="ES256", headers=names | {"kid": "../../etc/passwd"}),
        "other claims": f"{header}.{part(admin)}.{signature}",
        "no signature": f"{header}.{payload}.",
        "zeros": f"{header}.{payload}.{part(bytes(64))}",
        "a signature in DER": f"{header}.{payload}.{part(stranger.sign(b'x', ec.ECDSA(hashes.SHA256())))}",
        "another signature": f"{header}.{payload}.{'C' if signature[0] == 'B' else 'B'}{signature[1:]}",
    }


MALFORMED = [".", "..", "x", "a.b.c", "a.b.c.d", "e30.e30.e30", "A" * 5000, "null", "Bearer", "%00"]


def why(call) -> str:
    """The reason of a refusal of credentials."""
    with pytest.raises(grpc.RpcError) as refusal:
        call()
    assert refusal.value.code() == UNAUTHENTICATED
    return reason_of(refusal.value)


@pytest.mark.parametrize("story", FORGERIES)
def test_a_forged_token_is_refused(shop, token, story):
    forgery = forged(shop, token)[story]
    assert forgery != token and list_sessions(shop, token)
    assert why(lambda: list_sessions(shop, forgery)) == "CREDENTIALS_INVALID"


def test_every_forgery_has_its_test(shop, token):
    assert set(forged(shop, token)) == set(FORGERIES)


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_tokens_are_refused(shop, text):
    assert why(lambda: list_sessions(shop, text)) == "CREDENTIALS_INVALID"


def sign_out(shop, cluster, person, tokens):
    auth_of(shop).SignOut(auth.SignOutRequest(), metadata=bearer(tokens.access_token), timeout=CALL_SECONDS)


def end_from_elsewhere(shop, cluster, person, tokens):
    request = with_id(session_service_pb2.RevokeSessionRequest(session_id=tokens.session_id))
    other = person.tokens(shop).access_token
    sessions_of(shop).RevokeSession(request, metadata=bearer(other), timeout=CALL_SECONDS)


def use_a_refresh_token_twice(shop, cluster, person, tokens):
    refresh(shop, tokens.refresh_token)
    assert refused_as(lambda: refresh(shop, tokens.refresh_token)) == UNAUTHENTICATED


def change_the_password_elsewhere(shop, cluster, person, tokens):
    other = person.tokens(shop).access_token
    request = auth.ChangePasswordRequest(current_password=person.password, new_password="other words do as well")
    auth_of(shop).ChangePassword(request, metadata=bearer(other), timeout=CALL_SECONDS)


def sign_in_too_often(shop, cluster, person, tokens):
    for _ in range(3):
        person.tokens(shop)


def be_disabled(shop, cluster, person, tokens):
    request = with_id(users.DisableUserRequest(user_id=tokens.user_id, reason="a test"))
    users_grpc.UserServiceStub(shop.channel).DisableUser(
        request, metadata=bearer(shop.staff_token), timeout=CALL_SECONDS)


def get_another_role(shop, cluster, person, tokens):
    request = with_id(users.SetUserRoleRequest(user_id=tokens.user_id, role="support"))
    users_grpc.UserServiceStub(shop.channel).SetUserRole(
        request, metadata=bearer(shop.staff_token), timeout=CALL_SECONDS)


@pytest.mark.parametrize("end", [
    sign_out, end_from_elsewhere, use_a_refresh_token_twice, change_the_password_elsewhere, sign_in_too_often,
    be_disabled,
])
def test_an_ended_token_is_refused_and_says_so(shop, cluster, end):
    person = new_account(shop, cluster)
    tokens = person.tokens(shop)
    assert list_sessions(shop, tokens.access_token)
    end(shop, cluster, person, tokens)
    until_refused(shop, tokens.access_token)
    assert why(lambda: list_sessions(shop, tokens.access_token)) == "SESSION_ENDED"


def test_a_token_of_former_rights_is_refused_and_exchanged(shop, cluster):
    person = new_account(shop, cluster)
    tokens = person.tokens(shop)
    assert list_sessions(shop, tokens.access_token)
    get_another_role(shop, cluster, person, tokens)
    until_refused(shop, tokens.access_token)
    assert why(lambda: list_sessions(shop, tokens.access_token)) == "CREDENTIALS_OUTDATED"
    assert list_sessions(shop, refresh(shop, tokens.refresh_token).access_token)


@pytest.mark.parametrize("settings", [
    {"FASTSHOP_ISSUER": ISSUER, "FASTSHOP_AUDIENCE": "another-shop"},
    {"FASTSHOP_ISSUER": "https://other.example", "FASTSHOP_AUDIENCE": AUDIENCE},
], ids=["another audience", "another issuer"])
def test_what_is_for_others_is_refused(start_shop, shop, token, settings):
    """The same database and the same keys."""
    keys = {"FASTSHOP_DATA_DIR": shop.settings["FASTSHOP_DATA_DIR"]}
    other = start_shop(shop.settings["DATABASE_URL"], **settings, **keys)
    assert published_keys(other).keys() == published_keys(shop).keys()
    assert why(lambda: list_sessions(other, token)) == "CREDENTIALS_INVALID"
    other.stop()


def test_an_expired_token_is_refused_and_says_so(start_shop, shop, cluster):
    keys = {"FASTSHOP_DATA_DIR": shop.settings["FASTSHOP_DATA_DIR"]}
    brief = start_shop(shop.settings["DATABASE_URL"], FASTSHOP_ACCESS_TOKEN_SECONDS="10", **keys)
    short = new_account(brief, cluster).tokens(brief).access_token
    assert list_sessions(brief, short)
    until_refused(brief, short)
    assert jwt.decode(short, options={"verify_signature": False})["exp"] <= time.time()
    assert why(lambda: list_sessions(brief, short)) == "CREDENTIALS_EXPIRED"
    brief.stop()


def test_bad_credentials_are_refused_even_where_everybody_may(shop):
    request = catalog_service_pb2.ListProductsRequest()
    bad = [("authorization", "Bearer x")]
    assert refused_as(lambda: catalog_of(shop).ListProducts(request, metadata=bad, timeout=10)) == UNAUTHENTICATED
    assert products_of(shop)


@pytest.mark.parametrize("scheme", ["Basic dXNlcjpwYXNz", "Bearer", "Token x", ""])
def test_other_schemes_are_refused(shop, scheme):
    request = session_service_pb2.ListSessionsRequest()
    bad = [("authorization", scheme)]
    assert refused_as(lambda: sessions_of(shop).ListSessions(request, metadata=bad, timeout=10)) == UNAUTHENTICATED


def test_a_key_that_gave_its_place_to_the_next_still_verifies(start_shop, database, cluster):
    url = database()
    first = start_shop(url)
    person = new_account(first, cluster)
    old = person.tokens(first).access_token
    # The current key expires soon: the next reader creates a new one.
    cluster.sql(
        first.database,
        "UPDATE identity.signing_key SET created_at = now() - interval '2 days',"
        " signs_from = now() - interval '2 days', signs_until = now() + interval '15 seconds',"
        " verifies_until = now() + interval '1 hour'")
    second = start_shop(url, FASTSHOP_DATA_DIR=first.settings["FASTSHOP_DATA_DIR"])
    assert len(published_keys(second)) == 2
    cluster.sql(first.database, "UPDATE identity.signing_key SET signs_from = created_at WHERE signs_from > now()")
    third = start_shop(url, FASTSHOP_DATA_DIR=first.settings["FASTSHOP_DATA_DIR"])

    def signed_by_another() -> str | None:
        new = person.tokens(third).access_token
        return new if jwt.get_unverified_header(new)["kid"] != jwt.get_unverified_header(old)["kid"] else None

    new = wait_until(signed_by_another)
    assert list_sessions(third, old) and list_sessions(third, new)
    for server in (second, third):
        server.stop()
