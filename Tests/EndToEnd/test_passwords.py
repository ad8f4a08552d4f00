"""Passwords: mailed tokens, resets, changes, and leaks through responses, times and logs."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from fastshop.identity.v1 import auth_service_pb2 as auth
from accounts import (
    PASSWORD, Account, auth_of, bearer, list_sessions, mails_to, new_email, new_account, reason_of, refresh, refused_as,
    register, until_refused, token_in,
)
from row_lock import RowLock
from shop_server import CHEAP_PASSWORDS
from stubs import CALL_SECONDS, wrong_fields

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
NEW_PASSWORD = "other words do as well"


@pytest.fixture(scope="module")
def mails(shop):
    return shop.folder / "data" / "mail"


def ask_for_reset(shop, email: str):
    return auth_of(shop).RequestPasswordReset(auth.RequestPasswordResetRequest(email=email), timeout=CALL_SECONDS)


def reset(shop, token: str, password: str = NEW_PASSWORD):
    request = auth.ResetPasswordRequest(token=token, new_password=password)
    return auth_of(shop).ResetPassword(request, timeout=CALL_SECONDS)


def verify(shop, token: str, password: str = PASSWORD):
    request = auth.VerifyEmailRequest(token=token, password=password)
    return auth_of(shop).VerifyEmail(request, timeout=CALL_SECONDS)


def resend(shop, email: str):
    return auth_of(shop).ResendVerification(auth.ResendVerificationRequest(email=email), timeout=CALL_SECONDS)


def change(shop, token: str, present: str = PASSWORD, new: str = NEW_PASSWORD):
    request = auth.ChangePasswordRequest(current_password=present, new_password=new)
    return auth_of(shop).ChangePassword(request, metadata=bearer(token), timeout=CALL_SECONDS)


def test_the_mailed_token_verifies_the_address_once(shop, mails):
    person = Account(new_email("ada"))
    register(shop, person.email)
    token = token_in(mails_to(mails, person.email)[0])
    verify(shop, token)
    assert person.tokens(shop).user_id
    with pytest.raises(grpc.RpcError) as refusal:
        verify(shop, token)
    assert refusal.value.code() == UNAUTHENTICATED and reason_of(refusal.value) == "INVALID_TOKEN"


def test_whoever_confirms_the_address_sets_the_password(shop, mails):
    """A stranger registers with a user's address; its owner confirms it, and the stranger gains nothing."""
    email = new_email("victim")
    register(shop, email, "the stranger knows this")
    token = token_in(mails_to(mails, email)[0])
    with pytest.raises(grpc.RpcError) as refusal:
        verify(shop, token, password="")
    assert wrong_fields(refusal.value) == ["password"]
    verify(shop, token, "the owner chose this")
    assert refused_as(lambda: Account(email, "the stranger knows this").sign_in(shop)) == UNAUTHENTICATED
    assert Account(email, "the owner chose this").tokens(shop).user_id


def test_another_mail_and_the_use_of_the_last_one_do_not_wait_for_each_other(shop, cluster, mails):
    """A transaction that uses a token locks its user, and then the token; one that replaces it must do the same."""
    email = new_email("ada")
    register(shop, email)
    mails_to(mails, email)
    log = cluster.folder / "log"
    before = log.read_text(errors="replace").count("deadlock")
    with RowLock(cluster, shop.database, email, "identity.user WHERE email_key") as lock, ThreadPoolExecutor() as pool:
        resent = pool.submit(resend, shop, email)
        lock.wait_for_waiters(1)
        lock.commit(f"UPDATE identity.mailed_token SET used_at = NULL WHERE email_key = '{email}'")
        resent.result()
    assert log.read_text(errors="replace").count("deadlock") == before


def test_whoever_registers_with_an_unconfirmed_address_is_asked_again(shop, mails):
    person = Account(new_email("ada"), "words of the second time")
    register(shop, person.email)
    register(shop, person.email, person.password)
    verify(shop, token_in(mails_to(mails, person.email, count=2)[1]), person.password)
    assert person.tokens(shop).user_id


def test_another_mail_replaces_the_token_of_the_first(shop, mails):
    person = Account(new_email("ada"))
    register(shop, person.email)
    first = token_in(mails_to(mails, person.email)[0])
    resend(shop, person.email)
    second = token_in(mails_to(mails, person.email, count=2)[1])
    assert refused_as(lambda: verify(shop, first)) == UNAUTHENTICATED
    verify(shop, second)
    resend(shop, person.email)
    resend(shop, new_email("nobody"))
    ask_for_reset(shop, person.email)
    (further,) = mails_to(mails, person.email, count=3)[2:]
    assert "reset-password" in further, "who is verified gets no further mail"


def test_whoever_registers_again_is_told_by_mail(shop, mails, cluster):
    person = new_account(shop, cluster, "ada")
    mails_to(mails, person.email)
    register(shop, person.email)
    assert "token=" not in mails_to(mails, person.email, count=2)[1]


def test_a_reset_sets_the_password_once_and_ends_every_session(shop, mails, cluster):
    person = new_account(shop, cluster, "ada")
    before = person.tokens(shop)
    ask_for_reset(shop, person.email)
    token = token_in(mails_to(mails, person.email, count=2)[1])
    assert refused_as(lambda: verify(shop, token)) == UNAUTHENTICATED, "it is good for nothing else"
    assert refused_as(lambda: reset(shop, token, "short")) == grpc.StatusCode.INVALID_ARGUMENT
    reset(shop, token)
    until_refused(shop, before.access_token)
    assert refused_as(lambda: refresh(shop, before.refresh_token)) == UNAUTHENTICATED
    assert refused_as(lambda: person.sign_in(shop)) == UNAUTHENTICATED
    assert Account(person.email, NEW_PASSWORD).tokens(shop).user_id
    assert refused_as(lambda: reset(shop, token)) == UNAUTHENTICATED


def test_an_expired_reset_is_refused(shop, mails, cluster):
    person = new_account(shop, cluster, "ada")
    ask_for_reset(shop, person.email)
    token = token_in(mails_to(mails, person.email, count=2)[1])
    cluster.sql(shop.database, "UPDATE identity.mailed_token SET expires_at = now() WHERE purpose = 'reset_password'")
    assert refused_as(lambda: reset(shop, token)) == UNAUTHENTICATED
    assert person.tokens(shop).user_id


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 500])
def test_a_made_up_reset_is_refused(shop, token):
    assert refused_as(lambda: reset(shop, token)) == UNAUTHENTICATED


def test_a_change_ends_the_other_sessions_alone(shop, cluster):
    person = new_account(shop, cluster)
    other, own = person.tokens(shop), person.tokens(shop)
    assert refused_as(lambda: change(shop, own.access_token, present="not the password")) == UNAUTHENTICATED
    change(shop, own.access_token)
    until_refused(shop, other.access_token)
    assert [session.is_current for session in list_sessions(shop, own.access_token)] == [True]
    assert refused_as(lambda: person.sign_in(shop)) == UNAUTHENTICATED
    assert Account(person.email, NEW_PASSWORD).tokens(shop).user_id


def test_a_change_to_a_bad_password_names_its_field(shop, cluster):
    token = new_account(shop, cluster).tokens(shop).access_token
    for new in ("short", "password123", PASSWORD):
        with pytest.raises(grpc.RpcError) as refusal:
            change(shop, token, new=new)
        assert wrong_fields(refusal.value) == ["new_password"]


def test_a_password_imported_as_bcrypt_is_taken_and_hashed_anew(start_shop, database, cluster):
    shop = start_shop(database(), **{CHEAP_PASSWORDS: "off"})
    person = Account(new_email("old"), "U*U")
    register(shop, person.email)
    cluster.sql(
        shop.database,
        "UPDATE identity.user SET email_verified_at = now(), password_hash ="
        " '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'"
        f" WHERE email_key = '{person.email}'")
    assert refused_as(lambda: Account(person.email, "U*V").sign_in(shop)) == UNAUTHENTICATED
    for _ in range(2):
        assert person.tokens(shop).user_id
        query = f"SELECT password_hash FROM identity.user WHERE email_key = '{person.email}'"
        assert cluster.sql(shop.database, query).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_disabled_account_is_told_so_with_the_right_password_alone(shop, cluster):
    person = new_account(shop, cluster)
    tokens = person.tokens(shop)
    cluster.sql(shop.database, f"UPDATE identity.user SET disabled_at = now() WHERE email_key = '{person.email}'")
    assert refused_as(lambda: person.sign_in(shop)) == grpc.StatusCode.PERMISSION_DENIED
    assert refused_as(lambda: Account(person.email, "not the password").sign_in(shop)) == UNAUTHENTICATED
    assert refused_as(lambda: refresh(shop, tokens.refresh_token)) == UNAUTHENTICATED


def test_no_secret_stands_in_logs_or_database(start_shop, database, cluster):
    """Everything that may be logged is, and then all that was secret is looked for."""
    shop = start_shop(database(), FASTSHOP_LOG_LEVEL="trace", FASTSHOP_ACCESS_LOG="1")
    folder = shop.folder / "data" / "mail"
    person = Account(new_email("secretive"), "a password like no other 71")
    register(shop, person.email, person.password)
    mailed = token_in(mails_to(folder, person.email)[0])
    verify(shop, mailed, person.password)
    first = person.tokens(shop)
    second = refresh(shop, first.refresh_token)
    ask_for_reset(shop, person.email)
    resetting = token_in(mails_to(folder, person.email, count=2)[1])
    change(shop, second.access_token, present=person.password, new="a later password 72 of theirs")
    refused_as(lambda: Account(person.email, "a wrong password 73 it was").sign_in(shop))
    refused_as(lambda: refresh(shop, first.refresh_token))
    refused_as(lambda: list_sessions(shop, first.access_token[:-2]))
    secrets = [
        person.password, "a later password 72 of theirs", "a wrong password 73 it was", mailed, resetting,
        first.refresh_token, second.refresh_token, first.access_token, second.access_token,
        first.access_token.split(".")[2],
    ]
    log = shop.log
    assert "AuthService/SignIn" in log
    everything = cluster.dump(shop.database, "identity") + cluster.dump(shop.database, "platform")
    assert person.email in everything
    for secret in secrets:
        assert secret not in log
        assert secret not in everything
