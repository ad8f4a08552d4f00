"""Guessing is slow: passwords, codes and mailed tokens, by account and by address, on servers behind a proxy."""

import collections
import concurrent.futures
import itertools

import grpc
import pyotp
import pytest
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import second_factor_service_pb2 as factor
from google.rpc import error_details_pb2
from accounts import (
    PASSWORD, Account, auth_of, bearer, factor_of, mails_to, new_email, new_account, reason_of, refused_as, token_in,
)
from stubs import CALL_SECONDS, details_of, with_id
from waiting import wait_until

FREE_OF_ACCOUNT, FREE_OF_ADDRESS = 4, 19
FIRST_LOCK_SECONDS = 15
WAIT_SECONDS_MAX = 60
_hosts = itertools.count(1)


def settings() -> dict[str, str]:
    return {
        "FASTSHOP_ACCOUNT_FAILURES": str(FREE_OF_ACCOUNT), "FASTSHOP_ADDRESS_FAILURES": str(FREE_OF_ADDRESS),
        "FASTSHOP_TRUSTED_PROXIES": "127.0.0.0/8",
    }


@pytest.fixture(scope="module")
def two_shops(start_shop, database):
    url = database()
    return start_shop(url, **settings()), start_shop(url, **settings())


@pytest.fixture(scope="module")
def shop(two_shops):
    return two_shops[0]


@pytest.fixture
def address() -> str:
    """An address without calls."""
    return f"198.51.100.{next(_hosts)}"


def sign_in(shop, email: str, password: str, address: str):
    request = auth.SignInRequest(email=email, password=password)
    return auth_of(shop).SignIn(request, metadata=[("x-forwarded-for", address)], timeout=WAIT_SECONDS_MAX)


def outcome(call) -> str:
    """`OK`, or the reason why not."""
    try:
        call()
        return "OK"
    except grpc.RpcError as error:
        return reason_of(error)


def fail(shop, email: str, address: str, times: int) -> list[str]:
    return [outcome(lambda: sign_in(shop, email, f"wrong words {n}", address)) for n in range(times)]


def unlock(shop, cluster) -> None:
    """As if the time had passed."""
    cluster.sql(shop.database, "UPDATE security.failure SET locked_until = now()")


WRONG, LOCKED = "WRONG_CREDENTIALS", "LOCKED_OUT"


def test_an_account_is_locked_alike_whether_or_not_there_is_one(two_shops, cluster, address):
    here, there = two_shops
    known = new_account(here, cluster, "ada").email
    told = []
    for email in (known, new_email("nobody")):
        assert fail(here, email, address, 3) + fail(there, email, address, 3) == [WRONG] * 5 + [LOCKED]
        with pytest.raises(grpc.RpcError) as refusal:
            sign_in(here, email, PASSWORD, address)
        error = refusal.value
        assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        wait = details_of(error, error_details_pb2.RetryInfo).retry_delay.seconds
        assert 0 < wait <= FIRST_LOCK_SECONDS
        told.append((reason_of(error), error.details().replace(f"{wait} s", "some time")))
    assert told[0] == told[1]


def test_a_locked_account_is_locked_wherever_one_calls_from_and_others_are_not(shop, cluster, address):
    ada, bob = new_account(shop, cluster, "ada"), new_account(shop, cluster, "bob")
    fail(shop, ada.email, address, 6)
    assert outcome(lambda: sign_in(shop, ada.email.upper(), PASSWORD, "203.0.113.7")) == LOCKED
    assert outcome(lambda: sign_in(shop, bob.email, PASSWORD, address)) == "OK"


def test_a_lock_ends_by_itself_and_the_right_password_resets_the_count(shop, cluster, address):
    ada = new_account(shop, cluster, "ada")
    fail(shop, ada.email, address, 5)
    assert outcome(lambda: sign_in(shop, ada.email, PASSWORD, address)) == LOCKED
    cluster.sql(shop.database, "UPDATE security.failure SET locked_until = now() + interval '1 second'")
    wait_until(lambda: outcome(lambda: sign_in(shop, ada.email, PASSWORD, address)) != LOCKED, "the lock never ended")
    assert fail(shop, ada.email, address, 5) == [WRONG] * 5


def test_each_lock_is_longer_than_the_one_before(shop, cluster, address):
    email = new_email("nobody")
    waits = []
    for failures in (5, 1, 1):
        assert fail(shop, email, address, failures) == [WRONG] * failures
        with pytest.raises(grpc.RpcError) as refusal:
            sign_in(shop, email, PASSWORD, address)
        waits.append(details_of(refusal.value, error_details_pb2.RetryInfo).retry_delay.seconds)
        unlock(shop, cluster)
    assert waits[0] <= 15 and waits[1] <= 30 and waits[2] <= 60
    # The remaining time of a lock decreases: never by half.
    assert waits[1] > 15 and waits[2] > 30


def test_an_address_is_locked_whatever_accounts_it_tries(shop, cluster, address):
    bob = new_account(shop, cluster, "bob")
    for _ in range(FREE_OF_ADDRESS + 1):
        assert fail(shop, new_email("nobody"), address, 1) == [WRONG]
    assert outcome(lambda: sign_in(shop, bob.email, PASSWORD, address)) == LOCKED
    assert outcome(lambda: sign_in(shop, bob.email, PASSWORD, "203.0.113.8")) == "OK"


def test_of_many_guesses_at_once_no_more_are_looked_at(two_shops, cluster, address):
    ada = new_account(two_shops[0], cluster, "ada")
    guesses = 24
    with concurrent.futures.ThreadPoolExecutor(guesses) as pool:
        answers = list(pool.map(
            lambda n: outcome(lambda: sign_in(two_shops[n % 2], ada.email, f"wrong words {n}", f"192.0.2.{n}")),
            range(guesses)))
    count = collections.Counter(answers)
    # Another one for each lock that ended meanwhile, should the machine be that slow.
    assert FREE_OF_ACCOUNT < count[WRONG] <= FREE_OF_ACCOUNT + 3 and count[LOCKED] == guesses - count[WRONG]


class Enrolled:
    """A person with recovery codes."""

    def __init__(self, shop, cluster, address: str) -> None:
        self.shop, self.address = shop, address
        self.person = new_account(shop, cluster, "ada")
        self.own = bearer(self.person.tokens(shop).access_token) + [("x-forwarded-for", address)]
        begun = factor_of(shop).BeginEnrolment(
            factor.BeginEnrolmentRequest(password=PASSWORD), metadata=self.own, timeout=CALL_SECONDS)
        code = pyotp.parse_uri(begun.otpauth_uri).now()
        self.recovery_codes = factor_of(shop).ConfirmEnrolment(
            with_id(factor.ConfirmEnrolmentRequest(code=code)), metadata=self.own, timeout=CALL_SECONDS).recovery_codes

    def begin(self) -> str:
        return sign_in(self.shop, self.person.email, PASSWORD, self.address).challenge.token

    def confirm(self, challenge: str, code: str):
        request = auth.ConfirmSignInRequest(challenge_token=challenge, code=code)
        return auth_of(self.shop).ConfirmSignIn(
            request, metadata=[("x-forwarded-for", self.address)], timeout=CALL_SECONDS)


WRONG_CODE = "AAAA-AAAA-AAAA-AAAA"


def test_codes_are_guessed_no_faster_and_the_password_does_not_reset_the_count(shop, cluster, address):
    ada = Enrolled(shop, cluster, address)
    for _ in range(4):
        assert outcome(lambda: ada.confirm(ada.begin(), WRONG_CODE)) == "WRONG_CODE"
    challenge = ada.begin()
    assert outcome(lambda: ada.confirm(challenge, WRONG_CODE)) == "WRONG_CODE"
    assert outcome(lambda: ada.confirm(challenge, ada.recovery_codes[0])) == LOCKED
    assert outcome(ada.begin) == LOCKED
    unlock(shop, cluster)
    assert outcome(lambda: ada.confirm(challenge, ada.recovery_codes[0])) == "OK"


def test_who_is_signed_in_guesses_no_faster(shop, cluster, address):
    ada = Enrolled(shop, cluster, address)

    def change(password: str):
        request = auth.ChangePasswordRequest(current_password=password, new_password="other words do as well")
        auth_of(shop).ChangePassword(request, metadata=ada.own, timeout=CALL_SECONDS)

    def renew(code: str):
        factor_of(shop).RenewRecoveryCodes(
            with_id(factor.RenewRecoveryCodesRequest(code=code)), metadata=ada.own, timeout=CALL_SECONDS)

    def remove(code: str):
        factor_of(shop).DeleteSecondFactor(
            with_id(factor.DeleteSecondFactorRequest(password=PASSWORD, code=code)), metadata=ada.own,
            timeout=CALL_SECONDS)

    assert [outcome(lambda: change(f"wrong words {n}")) for n in range(2)] == [WRONG] * 2
    assert [outcome(lambda: renew(WRONG_CODE)) for _ in range(2)] == ["WRONG_CODE"] * 2
    assert outcome(lambda: remove(WRONG_CODE)) == "WRONG_CODE"
    assert outcome(lambda: change(PASSWORD)) == LOCKED
    assert outcome(lambda: renew(ada.recovery_codes[0])) == LOCKED
    assert outcome(lambda: remove(ada.recovery_codes[0])) == LOCKED
    unlock(shop, cluster)
    assert outcome(lambda: remove(ada.recovery_codes[0])) == "OK"


def test_mailed_tokens_are_guessed_no_faster(shop, address):
    def verify(number: int):
        request = auth.VerifyEmailRequest(token=f"a-made-up-token-{number}", password=PASSWORD)
        auth_of(shop).VerifyEmail(request, metadata=[("x-forwarded-for", address)], timeout=CALL_SECONDS)

    def reset():
        request = auth.ResetPasswordRequest(token="made-up", new_password="other words do as well")
        auth_of(shop).ResetPassword(request, metadata=[("x-forwarded-for", address)], timeout=CALL_SECONDS)

    assert [outcome(lambda: verify(n)) for n in range(FREE_OF_ADDRESS)] == ["INVALID_TOKEN"] * FREE_OF_ADDRESS
    assert outcome(reset) == "INVALID_TOKEN"
    assert outcome(reset) == LOCKED and outcome(lambda: verify(0)) == LOCKED


def test_a_new_password_ends_the_lock_and_the_owner_hears_of_a_long_one(shop, cluster, address):
    ada = new_account(shop, cluster, "ada")
    mails = shop.folder / "data" / "mail"
    mails_to(mails, ada.email)
    # Locks of 15, 30, 60 and 120 seconds: the third is worth a mail, and no other.
    for failures in (5, 1, 1, 1):
        fail(shop, ada.email, address, failures)
        unlock(shop, cluster)
    fail(shop, ada.email, address, 1)
    assert outcome(lambda: sign_in(shop, ada.email, PASSWORD, address)) == LOCKED
    auth_of(shop).RequestPasswordReset(auth.RequestPasswordResetRequest(email=ada.email), timeout=CALL_SECONDS)
    sent = mails_to(mails, ada.email, count=3)
    assert len(sent) == 3
    (notice,) = [mail for mail in sent if "locked for a while" in mail]
    notice = notice.replace("=\r\n", "").replace("=\n", "")
    assert address in notice and "1 minute" in notice
    (token,) = [token_in(mail) for mail in sent if "reset-password" in mail]
    request = auth.ResetPasswordRequest(token=token, new_password="other words do as well")
    auth_of(shop).ResetPassword(request, timeout=CALL_SECONDS)
    assert outcome(lambda: sign_in(shop, ada.email, "other words do as well", address)) == "OK"
    assert refused_as(lambda: Account(ada.email).sign_in(shop)) == grpc.StatusCode.UNAUTHENTICATED
