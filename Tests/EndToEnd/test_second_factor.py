"""The second factor, with another implementation of authenticators, and the recovery codes."""

import time
import urllib.parse

import grpc
import jwt
import pyotp
import pytest
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import second_factor_service_pb2 as factor
from fastshop.identity.v1 import user_service_pb2, user_service_pb2_grpc
from google.protobuf import descriptor_pool
from google.rpc import error_details_pb2
from accounts import (
    PASSWORD, auth_of, bearer, factor_of, list_sessions, new_account, reason_of, refresh, refused_as,
)
from stubs import CALL_SECONDS, details_of, with_id

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
FAILED_PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
STEP_SECONDS = 30


class Enrolled:
    """A person with an authenticator."""

    def __init__(self, shop, person) -> None:
        self.shop, self.person = shop, person
        self.tokens = person.tokens(shop)
        self.own = bearer(self.tokens.access_token)
        begun = factor_of(shop).BeginEnrolment(
            factor.BeginEnrolmentRequest(password=PASSWORD), metadata=self.own, timeout=CALL_SECONDS)
        self.begun = begun
        self.app = pyotp.parse_uri(begun.otpauth_uri)
        self.used = time.time()
        confirmed = factor_of(shop).ConfirmEnrolment(
            with_id(factor.ConfirmEnrolmentRequest(code=self.app.at(self.used))), metadata=self.own,
            timeout=CALL_SECONDS)
        self.recovery_codes = list(confirmed.recovery_codes)

    def next_code(self) -> str:
        """A code that was not taken yet: the next step's is good already, for clocks differ."""
        return self.app.at(self.used + STEP_SECONDS)

    def begin(self) -> str:
        answer = self.person.sign_in(self.shop)
        assert answer.WhichOneof("outcome") == "challenge"
        return answer.challenge.token

    def confirm(self, challenge: str, code: str):
        request = auth.ConfirmSignInRequest(challenge_token=challenge, code=code)
        return auth_of(self.shop).ConfirmSignIn(request, timeout=CALL_SECONDS).tokens


@pytest.fixture
def ada(shop, cluster) -> Enrolled:
    return Enrolled(shop, new_account(shop, cluster, "ada"))


def test_an_enrolment_says_what_authenticators_need(ada):
    uri = urllib.parse.urlparse(ada.begun.otpauth_uri)
    query = urllib.parse.parse_qs(uri.query)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert ada.person.email in uri.path and query["secret"] == [ada.begun.secret]
    assert len(ada.begun.secret) == 32 and len(set(ada.recovery_codes)) == 10


def test_a_sign_in_asks_for_the_code_and_takes_it_once(ada):
    code = ada.next_code()
    tokens = ada.confirm(ada.begin(), code)
    session, = [s for s in list_sessions(ada.shop, tokens.access_token) if s.is_current]
    assert session.second_factor
    assert refused_as(lambda: ada.confirm(ada.begin(), code)) == UNAUTHENTICATED


def test_a_wrong_code_is_refused_and_after_five_the_sign_in_is_over(ada):
    challenge = ada.begin()
    right = ada.next_code()
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(5):
        with pytest.raises(grpc.RpcError) as refusal:
            ada.confirm(challenge, wrong)
        assert reason_of(refusal.value) == "WRONG_CODE"
    with pytest.raises(grpc.RpcError) as refusal:
        ada.confirm(challenge, right)
    assert reason_of(refusal.value) == "INVALID_TOKEN"
    assert ada.confirm(ada.begin(), right).user_id


def test_after_twenty_wrong_codes_none_is_looked_at_for_a_while(ada, cluster):
    right = ada.next_code()
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(4):
        challenge = ada.begin()
        for _ in range(5):
            assert refused_as(lambda: ada.confirm(challenge, wrong)) == UNAUTHENTICATED
    assert refused_as(lambda: ada.confirm(ada.begin(), right)) == UNAUTHENTICATED
    cluster.sql(
        ada.shop.database, "UPDATE identity.login_challenge SET created_at = created_at - interval '2 hours'")
    assert ada.confirm(ada.begin(), right).user_id


def test_a_challenge_is_good_once_and_not_for_ever(ada, cluster):
    challenge = ada.begin()
    ada.confirm(challenge, ada.next_code())
    assert refused_as(lambda: ada.confirm(challenge, ada.recovery_codes[0])) == UNAUTHENTICATED
    late = ada.begin()
    cluster.sql(ada.shop.database, "UPDATE identity.login_challenge SET expires_at = now()")
    assert refused_as(lambda: ada.confirm(late, ada.recovery_codes[0])) == UNAUTHENTICATED
    assert refused_as(lambda: ada.confirm("made up", ada.recovery_codes[0])) == UNAUTHENTICATED


def test_a_recovery_code_is_good_once(ada):
    assert ada.confirm(ada.begin(), ada.recovery_codes[3].lower().replace("-", " ")).user_id
    assert refused_as(lambda: ada.confirm(ada.begin(), ada.recovery_codes[3])) == UNAUTHENTICATED
    left = factor_of(ada.shop).GetSecondFactor(
        factor.GetSecondFactorRequest(), metadata=ada.own, timeout=CALL_SECONDS)
    assert left.is_enabled and left.recovery_codes_left == 9


def test_new_recovery_codes_end_the_former_ones(ada):
    renewed = factor_of(ada.shop).RenewRecoveryCodes(
        with_id(factor.RenewRecoveryCodesRequest(code=ada.next_code())), metadata=ada.own, timeout=CALL_SECONDS)
    assert len(renewed.recovery_codes) == 10 and not set(renewed.recovery_codes) & set(ada.recovery_codes)
    assert refused_as(lambda: ada.confirm(ada.begin(), ada.recovery_codes[0])) == UNAUTHENTICATED
    assert ada.confirm(ada.begin(), renewed.recovery_codes[0]).user_id


def test_one_persons_codes_are_of_no_use_to_another(ada, shop, cluster):
    other = Enrolled(shop, new_account(shop, cluster, "eve"))
    assert refused_as(lambda: other.confirm(other.begin(), ada.recovery_codes[0])) == UNAUTHENTICATED


def test_it_is_removed_with_password_and_code_alone(ada):
    def remove(password: str, code: str):
        request = with_id(factor.DeleteSecondFactorRequest(password=password, code=code))
        factor_of(ada.shop).DeleteSecondFactor(request, metadata=ada.own, timeout=CALL_SECONDS)

    assert refused_as(lambda: remove("not the password", ada.recovery_codes[0])) == UNAUTHENTICATED
    assert refused_as(lambda: remove(PASSWORD, "000000")) == UNAUTHENTICATED
    remove(PASSWORD, ada.recovery_codes[0])
    assert ada.person.tokens(ada.shop).user_id
    assert refused_as(lambda: remove(PASSWORD, ada.recovery_codes[1])) == FAILED_PRECONDITION


def test_an_enrolment_counts_only_once_confirmed(shop, cluster):
    person = new_account(shop, cluster)
    own = bearer(person.tokens(shop).access_token)

    def begin(password: str = PASSWORD):
        request = factor.BeginEnrolmentRequest(password=password)
        return factor_of(shop).BeginEnrolment(request, metadata=own, timeout=CALL_SECONDS)

    def confirm(code: str):
        request = with_id(factor.ConfirmEnrolmentRequest(code=code))
        return factor_of(shop).ConfirmEnrolment(request, metadata=own, timeout=CALL_SECONDS)

    assert refused_as(lambda: confirm("123456")) == FAILED_PRECONDITION
    assert refused_as(lambda: begin("not the password")) == UNAUTHENTICATED
    former = pyotp.parse_uri(begin().otpauth_uri)
    assert person.tokens(shop).user_id, "no code is asked for yet"
    app = pyotp.parse_uri(begin().otpauth_uri)
    assert refused_as(lambda: confirm(former.now())) == UNAUTHENTICATED
    confirm(app.now())
    assert person.sign_in(shop).WhichOneof("outcome") == "challenge"
    assert refused_as(begin) == FAILED_PRECONDITION
    assert refused_as(lambda: confirm(app.now())) == FAILED_PRECONDITION


def test_the_secret_stands_in_the_database_sealed(ada, cluster):
    query = "SELECT string_agg(encode(secret, 'hex'), '') FROM identity.totp"
    stored = bytes.fromhex(cluster.sql(ada.shop.database, query))
    assert ada.app.byte_secret() not in stored


def what_to_do(shop, token: str) -> str | None:
    """The reason for which a user may not list users; None when they may. The methods that it names exist."""
    stub = user_service_pb2_grpc.UserServiceStub(shop.channel)
    try:
        stub.ListUsers(user_service_pb2.ListUsersRequest(), metadata=bearer(token), timeout=CALL_SECONDS)
        return None
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.PERMISSION_DENIED
        info = details_of(error, error_details_pb2.ErrorInfo)
        assert info.metadata["permission"] == "users.read"
        for step in {"begin", "confirm", "refresh", "sign_in"} & set(info.metadata):
            service, method = info.metadata[step].split("/")
            assert method in descriptor_pool.Default().FindServiceByName(service).methods_by_name
        assert ("ConfirmEnrolment" in error.details()) == (info.reason == "SECOND_FACTOR_REQUIRED")
        return info.reason


def test_staff_may_do_nothing_before_they_have_a_second_factor(start_shop, database, cluster):
    strict = start_shop(database(), FASTSHOP_STAFF_SECOND_FACTOR="on")
    boss = new_account(strict, cluster, "boss", role="admin")
    first = boss.tokens(strict)
    claims = jwt.decode(first.access_token, options={"verify_signature": False})
    assert claims["perm"] == ["account.own"]
    assert what_to_do(strict, first.access_token) == "SECOND_FACTOR_REQUIRED"
    enrolled = Enrolled(strict, boss)
    renewed = refresh(strict, enrolled.tokens.refresh_token)
    claims = jwt.decode(renewed.access_token, options={"verify_signature": False})
    assert claims["role"] == "admin" and "perm" not in claims and "mfa" in claims["amr"]
    assert what_to_do(strict, renewed.access_token) is None
    helper = new_account(strict, cluster, "helper", role="support").tokens(strict)
    assert what_to_do(strict, helper.access_token) == "SECOND_FACTOR_REQUIRED", "support may see users"
    assert what_to_do(strict, new_account(strict, cluster).tokens(strict).access_token) == "PERMISSION_MISSING"

    def remove():
        request = with_id(
            factor.DeleteSecondFactorRequest(password=PASSWORD, code=enrolled.recovery_codes[0]))
        own = bearer(renewed.access_token)
        factor_of(strict).DeleteSecondFactor(request, metadata=own, timeout=CALL_SECONDS)

    assert refused_as(remove) == FAILED_PRECONDITION
