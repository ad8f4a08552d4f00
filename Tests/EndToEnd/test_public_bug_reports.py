"""Bugs that users of other shops and identity systems reported, tried on FastShop: a table for each kind."""

import concurrent.futures
import threading
import time
import unicodedata

import grpc
import pytest
from curl import curl, post_json
from fastshop.identity.v1 import account_pb2
from fastshop.identity.v1 import account_service_pb2 as account
from fastshop.identity.v1 import account_service_pb2_grpc as account_grpc
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import second_factor_service_pb2 as factor
from google.protobuf import field_mask_pb2
from accounts import (
    PASSWORD, auth_of, bearer, factor_of, mails_to, new_email, new_account, reason_of, refresh, refused_as, register,
    token_in,
)
from pyotp import parse_uri
from stubs import CALL_SECONDS, catalog, catalog_of, with_id, wrong_fields

INVALID = grpc.StatusCode.INVALID_ARGUMENT
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
AT_ONCE = 8
WAIT_SECONDS_MAX = 60
PER_QUARTER_HOUR = 3


@pytest.fixture(scope="module")
def mails(shop):
    return shop.folder / "data" / "mail"


@pytest.fixture(scope="module")
def ada(shop, cluster):
    return new_account(shop, cluster, "ada")


@pytest.fixture(scope="module")
def own(shop, ada):
    return bearer(ada.tokens(shop).access_token)


def call(shop, own, method: str, request):
    stub = account_grpc.AccountServiceStub(shop.channel)
    return getattr(stub, method)(request, metadata=own, timeout=CALL_SECONDS)


def enter(shop, own, **fields):
    address = {"recipient": "Ada", "street_lines": ["Street 1"], "city": "City"} | fields
    request = with_id(account.CreateAddressRequest(address=account_pb2.Address(**address)))
    return call(shop, own, "CreateAddress", request).address


def at_once(call, count: int = AT_ONCE) -> list:
    """The statuses of a call that is made so many times at once; None of one that succeeds."""
    start = threading.Barrier(count)

    def one(number: int):
        start.wait()
        return refused_as(lambda: call(number))

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


# Postal codes that were refused, or stored as they were typed.
COMPLETED = [
    ("NI", "13024", "", "13024"), ("PT", "1000123", "", "1000-123"), ("LV", "1050", "", "LV-1050"),
    ("LV", "lv1050", "", "LV-1050"), ("NL", "1000ap", "", "1000 AP"), ("GB", "gir0aa", "", "GIR 0AA"),
    ("GB", "SW1A\u00a01AA", "", "SW1A 1AA"), ("GB", "SW1A\u200b1AA", "", "SW1A 1AA"),
    ("JP", "１００-０００１", "Tokyo", "100-0001"), ("SE", "114 55", "", "11455"), ("CZ", "11000", "", "110 00"),
    ("PL", "00950", "", "00-950"), ("CA", "k1a-0b1", "ON", "K1A 0B1"), ("AU", "2000", "nsw", "2000"),
    ("LT", "LT-04340", "", "04340"), ("SK", "01001", "", "010 01"), ("GR", "10431", "", "104 31"),
    ("AD", "500", "", "AD500"), ("BM", "hm12", "", "HM 12"), ("LU", "L-1009", "", "1009"),
    ("LU", "LU-1009", "", "1009"), ("SE", "SE-11455", "", "11455"),
    ("DE", "DE-10115", "", "10115"), ("FR", "f 75001", "", "75001"),
    ("NL", "NL-1011AB", "", "1011 AB"), ("DE", "D-10115", "", "10115"),
    ("AT", "A-1010", "", "1010"), ("CH", "CH-8001", "", "8001"),
]
REFUSED = [("PT", "abc"), ("LV", "ZZZZ"), ("NZ", "12345"), ("GR", "1234"), ("DE", "1011"), ("GB", "123456")]


@pytest.mark.parametrize(("country", "typed", "region", "stored"), COMPLETED)
def test_a_postal_code_is_taken_as_people_type_it(shop, own, country, typed, region, stored):
    address = enter(shop, own, country=country, postal_code=typed, region=region)
    call(shop, own, "DeleteAddress", with_id(account.DeleteAddressRequest(address_id=address.id)))
    assert address.postal_code == stored


@pytest.mark.parametrize(("country", "typed"), REFUSED)
def test_a_postal_code_of_no_such_form_is_refused(shop, own, country, typed):
    with pytest.raises(grpc.RpcError) as refusal:
        enter(shop, own, country=country, postal_code=typed)
    assert refusal.value.code() == INVALID and wrong_fields(refusal.value) == ["address.postal_code"]


NAMES = [
    "d'Alessandro", "D’Angelo", "Dr.med. House", "L.B", "Jean-Michel", "Nguyễn Thị", "Łukasz", "O'Brien 3rd",
    "Müller GmbH & Co. KG", "王小明", "محمد", "M\u0101\u0304rta", "Zoë", "Null", "Test", "N/A", "क\u094d\u200dष",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_people_have_is_taken(shop, own, name):
    request = with_id(account.UpdateProfileRequest(
        profile=account_pb2.Profile(display_name=name), update_mask=field_mask_pb2.FieldMask(paths=["display_name"])))
    assert call(shop, own, "UpdateProfile", request).profile.display_name == unicodedata.normalize("NFC", name)


# An address with a typing mistake, and one that only looks like another.
NO_ADDRESSES = [
    "aaa,bbb@shop.example", "aaa@bbb,example", "ada@shop.example,", "ada@shop.example ; bob@shop.example",
    "ada@@shop.example", "ada@shop..example", ".ada@shop.example", "ada.@shop.example", "testо@shop.example",
    "ada@shop", "a\u200bda@shop.example", "Ada <ada@shop.example>", "ada@shop.example\r\nBcc: bob@shop.example",
    "ada@-shop.example", "ada@shop.example/",
]
TRIMMED = ["\u200b{}", "{}\u00a0", " {}\t", "\ufeff{}", "{}\u200e"]


@pytest.mark.parametrize("email", NO_ADDRESSES)
def test_what_is_no_address_does_not_register(shop, email):
    with pytest.raises(grpc.RpcError) as refusal:
        register(shop, email)
    assert refusal.value.code() == INVALID and wrong_fields(refusal.value) == ["email"]


@pytest.mark.parametrize("form", TRIMMED)
def test_what_cannot_be_seen_around_an_address_does_not_count(shop, ada, form):
    request = auth.SignInRequest(email=form.format(ada.email), password=PASSWORD)
    assert auth_of(shop).SignIn(request, timeout=CALL_SECONDS).tokens.user_id


def test_an_address_in_other_letters_is_shown_as_it_was_typed(shop, cluster):
    email = new_email("ida").replace("@", "@bücher.")
    register(shop, email)
    shown = cluster.sql(shop.database, "SELECT email_key FROM identity.user WHERE email_key LIKE 'ida.%'")
    cluster.sql(shop.database, f"UPDATE identity.user SET email_verified_at = now() WHERE email_key = '{shown}'")
    request = auth.SignInRequest(email=shown.upper(), password=PASSWORD)
    tokens = auth_of(shop).SignIn(request, timeout=CALL_SECONDS).tokens
    request = account.GetProfileRequest()
    assert call(shop, bearer(tokens.access_token), "GetProfile", request).profile.email == email


ADVERTISEMENTS = [
    "Click http://evil.example", "evil.example", "www.evil.example", "☏ Call 495-8-375", "Win €€€", "<a href=x>",
    "evil。example", "evil․example", "ｅｖｉｌ．ｅｘａｍｐｌｅ", "//evil", "ада@evil.example", "evil.com/x", "t.me/evil",
    "evil .com", "еvіl.рф", "evil.xn--p1ai",
]


@pytest.mark.parametrize("name", ADVERTISEMENTS)
def test_no_stranger_advertises_by_our_mails(shop, mails, name):
    email = new_email("victim")
    register(shop, email, name=name)
    mail, = mails_to(mails, email)
    assert "Hello," in mail


HEADERS = [
    "host: evil.example", "x-forwarded-host: evil.example", "origin: https://evil.example",
    "forwarded: host=evil.example", "x-forwarded-proto: evil", "referer: https://evil.example/x",
]


@pytest.mark.parametrize("header", HEADERS)
def test_nobody_but_the_settings_says_where_a_mailed_link_leads(shop, cluster, mails, header):
    person = new_account(shop, cluster, "victim")
    method = "fastshop.identity.v1.AuthService/RequestPasswordReset"
    assert post_json(shop, method, {"email": person.email}, "--header", header).status == 200
    *_, mail = mails_to(mails, person.email, 2)
    assert "evil" not in mail and token_in(mail)


# Once means once, also at once.


def test_of_many_who_bring_one_reset_token_at_once_one_sets_the_password(shop, cluster, mails):
    person = new_account(shop, cluster, "eve")
    asked = auth.RequestPasswordResetRequest(email=person.email)
    auth_of(shop).RequestPasswordReset(asked, timeout=CALL_SECONDS)
    token = token_in(mails_to(mails, person.email, 2)[-1])
    done = at_once(lambda number: auth_of(shop).ResetPassword(
        auth.ResetPasswordRequest(token=token, new_password=f"words of number {number}"), timeout=WAIT_SECONDS_MAX))
    assert done.count(None) == 1 and done.count(UNAUTHENTICATED) == AT_ONCE - 1, done


def test_of_many_challenges_one_takes_a_code(shop, cluster):
    person = new_account(shop, cluster, "eve")
    own = bearer(person.tokens(shop).access_token)
    begun = factor_of(shop).BeginEnrolment(
        factor.BeginEnrolmentRequest(password=PASSWORD), metadata=own, timeout=CALL_SECONDS)
    app = parse_uri(begun.otpauth_uri)
    now = time.time()
    codes = factor_of(shop).ConfirmEnrolment(
        with_id(factor.ConfirmEnrolmentRequest(code=app.at(now))), metadata=own, timeout=CALL_SECONDS).recovery_codes
    for code in (app.at(now + 30), codes[0]):
        # Five wrong codes end a sign-in, and a lost race counts as one.
        requests = [
            auth.ConfirmSignInRequest(challenge_token=person.sign_in(shop).challenge.token, code=code) for _ in range(4)
        ]
        done = at_once(lambda number: auth_of(shop).ConfirmSignIn(requests[number], timeout=WAIT_SECONDS_MAX), 4)
        assert done.count(None) == 1 and done.count(UNAUTHENTICATED) == 3, done


def test_no_refresh_survives_a_sign_out_at_the_same_time(shop, ada):
    for _ in range(5):
        tokens = ada.tokens(shop)
        kept = []

        def leave_or_refresh(number: int, tokens=tokens, kept=kept):
            if number == 0:
                own = bearer(tokens.access_token)
                auth_of(shop).SignOut(auth.SignOutRequest(), metadata=own, timeout=WAIT_SECONDS_MAX)
            else:
                kept.append(refresh(shop, tokens.refresh_token).refresh_token)

        at_once(leave_or_refresh, 2)
        assert [refused_as(lambda: refresh(shop, each)) for each in kept] == [UNAUTHENTICATED] * len(kept)  # noqa: B023


# Page tokens that a client cut off, or that happen to have the right length.


def test_a_page_token_that_is_not_whole_is_refused(shop):
    def page(token: str = ""):
        request = catalog.ListProductsRequest(page_size=3, page_token=token)
        return catalog_of(shop).ListProducts(request, timeout=CALL_SECONDS)

    token = page().next_page_token
    damaged = [token[:length] for length in range(1, len(token))]
    damaged += [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:] for at in range(len(token))]
    damaged += [token + "=", token + "A", " " + token, token + "\n", token.swapcase()]
    for each in damaged:
        with pytest.raises(grpc.RpcError) as refusal:
            page(each)
        assert refusal.value.code() == INVALID and wrong_fields(refusal.value) == ["page_token"], each


# Limits of mails that others could use up, or get around.


def sent(shop, cluster, pattern: str) -> int:
    return int(cluster.sql(shop.database, f"SELECT count(*) FROM mail.message WHERE recipient ILIKE '{pattern}'"))


def test_a_registration_that_was_refused_does_not_count(shop, cluster):
    email = new_email("eve")
    for _ in range(2 * PER_QUARTER_HOUR):
        assert refused_as(lambda: register(shop, email, password="short")) == INVALID
    register(shop, email)
    assert sent(shop, cluster, email) == 1


def test_other_spellings_of_an_address_have_its_limit(shop, cluster):
    email = new_email("eve").replace("@", "@bücher.")
    ascii_form = email.replace("bücher", "xn--bcher-kva")
    decomposed = email.replace("bü", "bu\u0308")
    for each in [email, email.upper(), ascii_form, ascii_form.upper(), f" {email}", decomposed, f"{email}\u200b"]:
        register(shop, each)
    assert sent(shop, cluster, "eve.%cher%") == PER_QUARTER_HOUR


# A request that cannot be read is refused as every other error is: with a reason for programs.

UNREADABLE = [
    b"[]", b"null", b'"x"', b"{", b'{"pageSize": 1.5}', b'{"pageToken": "\\u0000"}', b'{"noSuchField": 1}', b"\xff",
]


@pytest.mark.parametrize("body", UNREADABLE)
def test_what_is_no_request_has_a_reason(shop, body):
    answer = curl(
        f"http://{shop.address}/fastshop.catalog.v1.CatalogService/ListProducts", "--header",
        "content-type: application/json", body=body)
    reasons = [each["debug"]["reason"] for each in answer.json["details"] if each["type"] == "google.rpc.ErrorInfo"]
    assert answer.status == 400 and reasons == ["REQUEST_MALFORMED"]


def test_what_is_no_message_has_a_reason(shop):
    method = shop.channel.unary_unary("/fastshop.catalog.v1.CatalogService/ListProducts")
    with pytest.raises(grpc.RpcError) as refusal:
        method(b"\x0a\xff", timeout=CALL_SECONDS)
    assert refusal.value.code() == INVALID and reason_of(refusal.value) == "REQUEST_MALFORMED"


# The CORS fields that a page needs to read a response, also an error.


def test_whoever_called_too_often_is_told_so_across_origins(start_shop, database):
    origin = "https://elsewhere.example"
    shop = start_shop(
        database(), FASTSHOP_ALLOWED_ORIGINS=origin, FASTSHOP_RATE_LIMITS="on", FASTSHOP_RATE_PUBLIC="2/d,browse=2/d")
    method = "fastshop.catalog.v1.CatalogService/ListProducts"
    answers = [post_json(shop, method, {}, "--header", f"origin: {origin}") for _ in range(3)]
    assert [each.status for each in answers] == [200, 200, 429]
    assert {each.headers["access-control-allow-origin"] for each in answers} == {origin}
    preflight = curl(
        f"http://{shop.address}/{method}", "--request", "OPTIONS", "--header", f"origin: {origin}",
        "--header", "access-control-request-method: POST", "--header", "access-control-request-headers: authorization")
    assert preflight.status == 204 and preflight.headers["access-control-allow-origin"] == origin
