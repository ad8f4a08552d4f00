"""Flows that can be begun and completed later, and the actions that cancel them: the rows of a table."""

import uuid

import grpc
from external_sign_in import REDIRECT, answer_of, call as call_external, finish, link, new_elsewhere
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import device_service_pb2 as devices
from fastshop.identity.v1 import device_service_pb2_grpc as devices_grpc
from fastshop.identity.v1 import second_factor_service_pb2 as factor
from fastshop.identity.v1 import session_service_pb2 as sessions
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from accounts import (
    PASSWORD, Account, auth_of, bearer, factor_of, mails_to, new_email, new_account, reason_of, refresh, register,
    sessions_of, token_in,
)
from pyotp import parse_uri
from stubs import CALL_SECONDS, filled, with_id

NEW_PASSWORD = "other words do as well"


class Owner:
    """A user with two sessions: their own, and a stolen one."""

    def __init__(self, shop, cluster, acme, has_factor: bool = False, is_verified: bool = True) -> None:
        self.shop, self.acme, self.folder = shop, acme, shop.folder / "data" / "mail"
        self.codes: list[str] = []
        if not is_verified:
            self.person = Account(new_email("ada"))
            register(shop, self.person.email)
            return
        self.person = new_account(shop, cluster, "ada")
        self.own, self.stolen = self.person.tokens(shop, "own"), self.person.tokens(shop, "stolen")
        if has_factor:
            self.enrol()

    def enrol(self) -> None:
        metadata = bearer(self.own.access_token)
        begun = factor_of(self.shop).BeginEnrolment(
            factor.BeginEnrolmentRequest(password=self.person.password), metadata=metadata, timeout=CALL_SECONDS)
        request = with_id(factor.ConfirmEnrolmentRequest(code=parse_uri(begun.otpauth_uri).now()))
        self.codes = list(factor_of(self.shop).ConfirmEnrolment(
            request, metadata=metadata, timeout=CALL_SECONDS).recovery_codes)

    def mailed(self, kind: str) -> str:
        """The token of the newest mail of a kind, once there is one."""
        mails_to(self.folder, self.person.email)
        return token_in([mail for mail in mails_to(self.folder, self.person.email) if kind in mail][-1])

    def fresh(self):
        """Tokens of a session that begins now."""
        answer = self.person.sign_in(self.shop, "fresh")
        if answer.WhichOneof("outcome") == "tokens":
            return answer.tokens
        return confirm(self, answer.challenge.token)


def confirm(owner: Owner, challenge: str):
    request = auth.ConfirmSignInRequest(challenge_token=challenge, code=owner.codes.pop())
    return auth_of(owner.shop).ConfirmSignIn(request, timeout=CALL_SECONDS).tokens


def device(owner: Owner, method: str, token: str = "", **fields):
    stub = devices_grpc.DeviceServiceStub(owner.shop.channel)
    metadata = bearer(token) if token else []
    return getattr(stub, method)(filled(devices, method, fields), metadata=metadata, timeout=CALL_SECONDS)


# The flows, begun with the tokens of a session; each returns a function that completes it.

def approved_device(owner: Owner, by):
    begun = device(owner, "BeginDeviceSignIn", device="a kiosk")
    device(owner, "DecideDeviceSignIn", by.access_token, user_code=begun.user_code, approve=True)
    return lambda: device(owner, "PollDeviceSignIn", device_code=begun.device_code)


def undecided_device(owner: Owner, by):
    begun = device(owner, "BeginDeviceSignIn", device="a kiosk")

    def redeem():
        device(
            owner, "DecideDeviceSignIn", owner.fresh().access_token, user_code=begun.user_code, approve=True)
        return device(owner, "PollDeviceSignIn", device_code=begun.device_code)

    return redeem


def sign_in_challenge(owner: Owner, by):
    token = owner.person.sign_in(owner.shop, "a thief's").challenge.token

    def redeem():
        if not owner.codes:
            owner.own = owner.fresh()
            owner.enrol()  # a code of a later second factor opens it as little
        return confirm(owner, token)

    return redeem


def mailed_reset(owner: Owner, by):
    ask_for_reset(owner)
    mails_to(owner.folder, owner.person.email, count=2)
    token = owner.mailed("reset-password")
    return lambda: reset(owner, token, "words of somebody else")


def mailed_verification(owner: Owner, by):
    token = owner.mailed("verify-email")
    return lambda: auth_of(owner.shop).VerifyEmail(
        auth.VerifyEmailRequest(token=token, password="words of somebody else"), timeout=CALL_SECONDS)


def link_elsewhere(owner: Owner, by):
    visit = call_external(
        owner.shop, "BeginExternalLink", by.access_token, provider="acme", redirect_uri=REDIRECT,
        password=PASSWORD).authorization_request
    answer = answer_of(visit, owner.acme.visit(visit.authorization_url, **new_elsewhere("thief")))
    return lambda: call_external(owner.shop, "ConfirmExternalLink", living(owner, by), authorization_response=answer)


def sign_in_elsewhere(owner: Owner, by):
    person = new_elsewhere("ada", email=owner.person.email)
    link(owner.shop, owner.acme, owner.own.access_token, PASSWORD, **person)
    started = call_external(owner.shop, "BeginExternalSignIn", provider="acme", redirect_uri=REDIRECT)
    visit = started.authorization_request
    answer = answer_of(visit, owner.acme.visit(visit.authorization_url, **person))
    return lambda: finish(owner.shop, answer)


def enrolment(owner: Owner, by):
    begun = factor_of(owner.shop).BeginEnrolment(
        factor.BeginEnrolmentRequest(password=PASSWORD), metadata=bearer(by.access_token), timeout=CALL_SECONDS)
    return lambda: factor_of(owner.shop).ConfirmEnrolment(
        with_id(factor.ConfirmEnrolmentRequest(code=parse_uri(begun.otpauth_uri).now())),
        metadata=bearer(living(owner, by)), timeout=CALL_SECONDS)


def refresh_token(owner: Owner, by):
    return lambda: refresh(owner.shop, by.refresh_token)


def living(owner: Owner, by) -> str:
    """An access token of a session, obtained with its refresh token."""
    return refresh(owner.shop, by.refresh_token).access_token


# The actions that end flows.

def ask_for_reset(owner: Owner) -> None:
    auth_of(owner.shop).RequestPasswordReset(
        auth.RequestPasswordResetRequest(email=owner.person.email), timeout=CALL_SECONDS)


def reset(owner: Owner, token: str, password: str):
    request = auth.ResetPasswordRequest(token=token, new_password=password)
    return auth_of(owner.shop).ResetPassword(request, timeout=CALL_SECONDS)


def reset_password(owner: Owner) -> None:
    count = len(mails_to(owner.folder, owner.person.email))
    ask_for_reset(owner)
    mails_to(owner.folder, owner.person.email, count=count + 1)
    reset(owner, owner.mailed("reset-password"), NEW_PASSWORD)
    owner.person.password = NEW_PASSWORD


def change_password(owner: Owner) -> None:
    request = auth.ChangePasswordRequest(current_password=PASSWORD, new_password=NEW_PASSWORD)
    auth_of(owner.shop).ChangePassword(request, metadata=bearer(owner.own.access_token), timeout=CALL_SECONDS)
    owner.person.password = NEW_PASSWORD


def end_that_session(owner: Owner) -> None:
    request = with_id(sessions.RevokeSessionRequest(session_id=owner.stolen.session_id))
    sessions_of(owner.shop).RevokeSession(request, metadata=bearer(owner.own.access_token), timeout=CALL_SECONDS)


def end_other_sessions(owner: Owner) -> None:
    request = with_id(sessions.RevokeOtherSessionsRequest())
    sessions_of(owner.shop).RevokeOtherSessions(request, metadata=bearer(owner.own.access_token), timeout=CALL_SECONDS)


def administer(owner: Owner, method: str, **fields) -> None:
    stub = users_grpc.UserServiceStub(owner.shop.staff)
    listed = stub.ListUsers(users.ListUsersRequest(search=owner.person.email), timeout=CALL_SECONDS).users
    request = getattr(users, f"{method}Request")(user_id=listed[0].id, request_id=str(uuid.uuid4()), **fields)
    getattr(stub, method)(request, timeout=CALL_SECONDS)


def disable_and_enable(owner: Owner) -> None:
    administer(owner, "DisableUser", reason="a thief")
    administer(owner, "EnableUser")


def change_role(owner: Owner) -> None:
    administer(owner, "SetUserRole", role="support")


def remove_second_factor(owner: Owner) -> None:
    request = with_id(factor.DeleteSecondFactorRequest(password=PASSWORD, code=owner.codes.pop()))
    factor_of(owner.shop).DeleteSecondFactor(
        request, metadata=bearer(owner.own.access_token), timeout=CALL_SECONDS)
    owner.codes = []


def outcome(redeem) -> str:
    """`OK`, or the reason why not."""
    try:
        redeem()
        return "OK"
    except grpc.RpcError as error:
        return reason_of(error)
