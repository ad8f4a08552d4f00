"""Sign-in with an external account, with a provider that checks and signs like real ones."""

import concurrent.futures
import time
import urllib.parse

import grpc
import pyotp
import pytest
import shop_server
from external_sign_in import REDIRECT, answer_of, call, finish, link, new_elsewhere, sign_in, start
from external_sign_in_fixtures import acme, providers, refusal, shop
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import second_factor_service_pb2 as factor
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from accounts import (
    PASSWORD, Account, auth_of, bearer, factor_of, list_sessions, mails_to, new_email, new_account, refresh, refused_as,
    register, token_in,
)
from stubs import CALL_SECONDS, with_id
from waiting import wait_until

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED


def user_count(shop, cluster) -> int:
    return int(cluster.sql(shop.database, "SELECT count(*) FROM identity.user"))


def links_recorded(shop, cluster, user) -> int:
    """The entries of the audit log that say how the user's external accounts were linked."""
    return int(cluster.sql(
        shop.database,
        "SELECT count(*) FROM audit.entry e JOIN identity.external_account a ON a.id::text = e.resource_id"
        f" WHERE e.action = 'identity.external_account.link' AND a.user_id = '{user}'"))


# The way there and back.


def test_the_providers_are_those_of_the_settings_in_their_order(shop):
    listed = call(shop, "ListIdentityProviders").providers
    assert [(one.key, one.display_name) for one in listed] == [
        ("google", "Google"), ("acme", "Acme & Co"), ("open", "open")]


def test_the_address_holds_what_the_standards_ask_for(shop, acme):
    visit = start(shop)
    url = urllib.parse.urlsplit(visit.authorization_url)
    query = dict(urllib.parse.parse_qsl(url.query))
    assert visit.authorization_url.startswith(f"{acme.issuer}/authorize?")
    assert query["state"] == visit.state and visit.browser_secret not in visit.authorization_url
    assert query["scope"] == "openid email profile" and query["redirect_uri"] == REDIRECT
    assert query["code_challenge_method"] == "S256"
    assert len({query["nonce"], query["state"], query["code_challenge"]}) == 3
    assert 500 < visit.expire_time.seconds - time.time() <= 600
    again = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(start(shop).authorization_url).query))
    assert all(query[name] != again[name] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.parametrize("key", ["acme", "open", "google"])
def test_somebody_new_gets_an_account_and_is_known_the_next_time(shop, providers, cluster, key):
    """By RS256, ES256 and EdDSA; with a secret in the header, in the form, and without one."""
    ann = new_elsewhere()
    first = sign_in(shop, providers[key], key, **ann)
    assert first.WhichOneof("outcome") == "tokens" and first.is_new_user
    assert list_sessions(shop, first.tokens.access_token)
    second = sign_in(shop, providers[key], key, **ann | {"email": new_email("moved"), "name": "Other"})
    assert second.tokens.user_id == first.tokens.user_id and not second.is_new_user
    assert refresh(shop, second.tokens.refresh_token).user_id == first.tokens.user_id
    row = cluster.sql(
        shop.database,
        f"SELECT email, display_name, password_hash IS NULL, email_verified_at IS NOT NULL, role FROM identity.user"
        f" WHERE id = '{first.tokens.user_id}'")
    assert row.strip() == f"{ann['email']}|Ann|t|t|customer"
    assert links_recorded(shop, cluster, first.tokens.user_id) == 1


def test_the_code_is_redeemed_with_the_secret_half_of_pkce(shop, acme):
    sign_in(shop, acme, **new_elsewhere())
    form = [form for path, form in acme.requests if path == "/token"][-1]
    assert len(form["code_verifier"]) == 43 and form["redirect_uri"] == REDIRECT
    assert "client_secret" not in form, "it stands in the header"


def test_a_code_that_was_asked_for_with_another_challenge_is_refused(shop, acme):
    """The provider compares the verifier: with a missing or wrong one, every sign-in would fail."""
    visit = start(shop)
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(visit.authorization_url).query))
    url = visit.authorization_url.replace(query["code_challenge"], "A" * 43)
    answer = answer_of(visit, acme.visit(url, **new_elsewhere()))
    assert refusal(lambda: finish(shop, answer)) == "EXTERNAL_SIGN_IN_REFUSED"


def test_an_app_is_sent_back_to_by_its_own_scheme(shop, acme):
    visit = start(shop, redirect="com.example.shop:/signed-in")
    back = acme.visit(visit.authorization_url, **new_elsewhere())
    assert back["uri"] == "com.example.shop:/signed-in"
    assert finish(shop, answer_of(visit, back)).tokens.access_token


def test_a_provider_that_tells_addresses_only_when_asked_is_asked(shop, acme):
    acme.in_token = False
    acme.change = lambda claims: {name: claims[name] for name in ("iss", "sub", "aud", "iat", "exp", "nonce")}
    try:
        ann = new_elsewhere()
        asked = acme.asked("/person")
        assert sign_in(shop, acme, **ann).is_new_user
        assert acme.asked("/person") == asked + 1
    finally:
        acme.behave()


def test_the_session_is_listed_with_its_device(shop, acme):
    visit = start(shop)
    answer = answer_of(visit, acme.visit(visit.authorization_url, **new_elsewhere()))
    tokens = finish(shop, answer, device="my telephone").tokens
    current, = list_sessions(shop, tokens.access_token)
    assert current.device == "my telephone" and current.is_current


# States.


def test_a_state_is_good_once(shop, acme):
    visit = start(shop)
    back = acme.visit(visit.authorization_url, **new_elsewhere())
    assert finish(shop, answer_of(visit, back)).tokens.access_token
    assert refusal(lambda: finish(shop, answer_of(visit, back))) == "INVALID_STATE"


def test_a_state_is_used_up_by_a_failure_too(shop, acme):
    visit = start(shop)
    back = acme.visit(visit.authorization_url, **new_elsewhere())
    assert refusal(lambda: finish(shop, answer_of(visit, back, code="made-up"))) == "EXTERNAL_SIGN_IN_REFUSED"
    assert refusal(lambda: finish(shop, answer_of(visit, back))) == "INVALID_STATE"


def test_a_state_that_is_made_up_is_refused(shop, acme):
    visit = start(shop)
    back = acme.visit(visit.authorization_url, **new_elsewhere())
    assert refusal(lambda: finish(shop, answer_of(visit, back, state="A" * 43))) == "INVALID_STATE"


def test_another_browser_cannot_finish(shop, acme):
    """A user who follows an attacker's link is not signed in as the attacker."""
    mine, theirs = start(shop), start(shop)
    back = acme.visit(theirs.authorization_url, **new_elsewhere("attacker"))
    answer = answer_of(theirs, back, browser_secret=mine.browser_secret)
    assert refusal(lambda: finish(shop, answer)) == "INVALID_STATE"
    assert refusal(lambda: finish(shop, answer_of(theirs, back))) == "INVALID_STATE", "it is used up"


def test_a_state_that_is_late_is_refused(shop, acme, cluster):
    visit = start(shop)
    back = acme.visit(visit.authorization_url, **new_elsewhere())
    cluster.sql(shop.database, "UPDATE identity.external_visit SET expires_at = now()")
    assert refusal(lambda: finish(shop, answer_of(visit, back))) == "INVALID_STATE"


def test_what_a_visit_hangs_on_is_sealed_in_the_database(shop, acme, cluster):
    visit = start(shop)
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(visit.authorization_url).query))
    rows = cluster.sql(shop.database, "SELECT v::text, encode(v.sealed, 'escape') FROM identity.external_visit v")
    for secret in (visit.state, visit.browser_secret, query["nonce"]):
        assert secret not in rows and secret.encode().hex() not in rows


def test_one_state_brought_twice_at_once_is_heard_once(shop, acme):
    visit = start(shop)
    answer = answer_of(visit, acme.visit(visit.authorization_url, **new_elsewhere()))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: refused_as(lambda: finish(shop, answer)), range(4)))
    assert sorted(outcomes, key=str) == [None, *[UNAUTHENTICATED] * 3]


def test_somebody_who_comes_twice_at_once_is_one_user(shop, acme):
    ann = new_elsewhere()
    visits = [start(shop) for _ in range(4)]
    answers = [answer_of(visit, acme.visit(visit.authorization_url, **ann)) for visit in visits]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda answer: finish(shop, answer), answers))
    assert len({one.tokens.user_id for one in made}) == 1 and sum(one.is_new_user for one in made) == 1


def test_any_server_finishes_what_another_began(shop, start_shop, acme, cluster):
    other = start_shop(shop.settings["DATABASE_URL"], **{
        name: value for name, value in shop.settings.items() if name.startswith("FASTSHOP_OIDC_")})
    visit = start(shop)
    answer = answer_of(visit, acme.visit(visit.authorization_url, **new_elsewhere()))
    assert finish(other, answer).tokens.access_token


def test_visits_that_nobody_ended_are_forgotten(shop, cluster):
    visits = "SELECT count(*) FROM identity.external_visit WHERE provider = 'forgotten'"
    cluster.sql(
        shop.database,
        "INSERT INTO identity.external_visit (state_hash, secret_hash, provider, redirect_uri, sealed, created_at,"
        " expires_at) SELECT sha256(n::text::bytea), sha256(''), 'forgotten', '', '', now(), now()"
        " FROM generate_series(1, 50) n")
    env = {"DATABASE_URL": shop.settings["DATABASE_URL"]}
    done = shop_server.run("jobs", "run", "identity.external-visits", env=env)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: int(cluster.sql(shop.database, visits)) == 0)


def test_a_visit_survives_a_rotation_of_the_keys(shop, acme, cluster):
    visit = start(shop)
    row = f"SELECT encode(sealed, 'hex') FROM identity.external_visit WHERE state_hash = sha256('{visit.state}'::bytea)"
    before = cluster.sql(shop.database, row)
    done = shop_server.run("keys", "rotate", env={
        name: shop.settings[name] for name in ("DATABASE_URL", "FASTSHOP_KEYS")})
    assert done.returncode == 0, done.stderr
    assert cluster.sql(shop.database, row) != before
    assert finish(shop, answer_of(visit, acme.visit(visit.authorization_url, **new_elsewhere()))).tokens.access_token


# Whose account it is.


def test_without_a_verified_address_nobody_new_gets_in(shop, acme, cluster):
    before = user_count(shop, cluster)
    for lacking in ({"email_verified": False}, {"email": None}, {"email": "no address"}, {"email_verified": 1}):
        person = {name: value for name, value in (new_elsewhere() | lacking).items() if value is not None}
        assert refusal(lambda: sign_in(shop, acme, **person)) == "EXTERNAL_EMAIL_NOT_VERIFIED", lacking
    assert user_count(shop, cluster) == before


def test_an_account_with_the_address_is_not_given_away(shop, acme, cluster):
    ada = new_account(shop, cluster, "ada")
    thief = new_elsewhere("thief", email=ada.email.upper())
    assert refusal(lambda: sign_in(shop, acme, **thief)) == "ACCOUNT_NOT_LINKED"
    assert ada.tokens(shop).access_token


def test_an_account_with_the_address_is_linked_where_the_settings_trust_the_provider(shop, providers, cluster):
    ada = new_account(shop, cluster, "ada")
    answer = sign_in(shop, providers["open"], "open", **new_elsewhere("ada", email=ada.email))
    assert not answer.is_new_user and answer.tokens.user_id == ada.tokens(shop).user_id
    assert links_recorded(shop, cluster, answer.tokens.user_id) == 1
    assert "You can now sign in with open" in mails_to(shop.folder / "data/mail", ada.email, 2)[-1]


def test_google_gives_accounts_to_addresses_whose_mailboxes_it_runs(shop, providers, cluster):
    google = providers["google"]
    ada, bob = new_account(shop, cluster, "ada"), new_account(shop, cluster, "bob")
    assert refusal(lambda: sign_in(shop, google, "google", **new_elsewhere(email=ada.email))) == "ACCOUNT_NOT_LINKED"
    elsewhere = new_elsewhere(email=ada.email, hd="other.example")
    assert refusal(lambda: sign_in(shop, google, "google", **elsewhere)) == "ACCOUNT_NOT_LINKED"
    hosted = new_elsewhere(email=bob.email, hd="example.com")
    assert sign_in(shop, google, "google", **hosted).tokens.user_id == bob.tokens(shop).user_id


def test_the_staff_is_never_linked_by_an_address(shop, providers, cluster):
    boss = new_account(shop, cluster, "boss", role="manager")
    person = new_elsewhere(email=boss.email)
    assert refusal(lambda: sign_in(shop, providers["open"], "open", **person)) == "ACCOUNT_NOT_LINKED"


def test_whoever_registered_with_anothers_address_loses_all_of_it(shop, acme, cluster):
    """Pre-hijacking: the attacker registers first and waits for the owner."""
    email = new_email("victim")
    register(shop, email, password="the attacker knows this")
    mail = mails_to(shop.folder / "data/mail", email)[0]
    victim = sign_in(shop, acme, **new_elsewhere("victim", email=email))
    assert victim.is_new_user and victim.tokens.access_token
    attacker = Account(email, "the attacker knows this")
    assert refused_as(lambda: attacker.sign_in(shop)) == UNAUTHENTICATED
    late = auth.VerifyEmailRequest(token=token_in(mail), password="the attacker knows this")
    assert refused_as(lambda: auth_of(shop).VerifyEmail(late, timeout=CALL_SECONDS)) == UNAUTHENTICATED
    row = cluster.sql(
        shop.database, f"SELECT password_hash IS NULL, display_name FROM identity.user WHERE email_key = '{email}'")
    assert row.strip() == "t|Victim"
    assert links_recorded(shop, cluster, victim.tokens.user_id) == 1


def test_whoever_is_disabled_does_not_get_in(shop, acme):
    ann = new_elsewhere()
    user = sign_in(shop, acme, **ann).tokens.user_id
    request = with_id(users.DisableUserRequest(user_id=user, reason="a test"))
    users_grpc.UserServiceStub(shop.staff).DisableUser(request, timeout=CALL_SECONDS)
    assert refusal(lambda: sign_in(shop, acme, **ann)) == "ACCOUNT_DISABLED"


def test_a_second_factor_is_asked_for_all_the_same(shop, acme, cluster):
    ada = new_account(shop, cluster, "ada")
    own = ada.tokens(shop).access_token
    elsewhere = new_elsewhere(email=ada.email)
    link(shop, acme, own, PASSWORD, **elsewhere)
    begun = factor_of(shop).BeginEnrolment(
        factor.BeginEnrolmentRequest(password=PASSWORD), metadata=bearer(own), timeout=CALL_SECONDS)
    app, now = pyotp.parse_uri(begun.otpauth_uri), time.time()
    factor_of(shop).ConfirmEnrolment(
        with_id(factor.ConfirmEnrolmentRequest(code=app.at(now))), metadata=bearer(own), timeout=CALL_SECONDS)
    answer = sign_in(shop, acme, **elsewhere)
    assert answer.WhichOneof("outcome") == "challenge"
    request = auth.ConfirmSignInRequest(challenge_token=answer.challenge.token, code=app.at(now + 30))
    tokens = auth_of(shop).ConfirmSignIn(request, timeout=CALL_SECONDS).tokens
    assert any(s.is_current and s.second_factor for s in list_sessions(shop, tokens.access_token))


def test_a_member_of_the_staff_without_a_second_factor_may_do_nothing_else(start_shop, shop, acme, cluster):
    """FASTSHOP_STAFF_SECOND_FACTOR applies to every method of sign-in."""
    strict = start_shop(shop.settings["DATABASE_URL"], FASTSHOP_STAFF_SECOND_FACTOR="on", **{
        name: value for name, value in shop.settings.items() if name.startswith("FASTSHOP_OIDC_")})
    boss = new_elsewhere("boss")
    user = sign_in(strict, acme, **boss).tokens.user_id
    cluster.sql(shop.database, f"UPDATE identity.user SET role = 'manager' WHERE id = '{user}'")
    own = bearer(sign_in(strict, acme, **boss).tokens.access_token)
    stub = users_grpc.UserServiceStub(strict.channel)
    code = refused_as(lambda: stub.ListUsers(users.ListUsersRequest(), metadata=own, timeout=CALL_SECONDS))
    assert code == grpc.StatusCode.PERMISSION_DENIED


def test_an_answer_of_another_provider_is_refused(shop, acme):
    """Mix-up: the code of one provider must not be shown to another (RFC 9207)."""
    for issuer in ("https://evil.example", acme.issuer + "/", ""):
        visit = start(shop)
        back = acme.visit(visit.authorization_url, **new_elsewhere())
        redeemed = acme.asked("/token")
        assert refusal(lambda: finish(shop, answer_of(visit, back, issuer=issuer))) == "EXTERNAL_SIGN_IN_REFUSED"
        assert acme.asked("/token") == redeemed


def test_no_secret_is_logged(shop, providers, acme):
    visit = start(shop)
    back = acme.visit(visit.authorization_url, **new_elsewhere())
    tokens = finish(shop, answer_of(visit, back)).tokens
    verifier = [form for path, form in acme.requests if path == "/token"][-1]["code_verifier"]
    secrets = [visit.state, visit.browser_secret, back["code"], verifier, tokens.access_token, tokens.refresh_token,
               providers["acme"].client_secret]
    assert not [secret for secret in secrets if secret in shop.log]
