"""The authentication methods in access tokens (`amr`, RFC 8176): exactly those that were used."""

import time

import jwt
import pyotp
import pytest
from external_sign_in import REDIRECT, link, new_elsewhere, sign_in
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import device_service_pb2 as devices
from fastshop.identity.v1 import device_service_pb2_grpc as devices_grpc
from fastshop.identity.v1 import second_factor_service_pb2 as factor
from oidc_provider import Provider
from accounts import PASSWORD, auth_of, bearer, factor_of, new_account, refresh
from stubs import CALL_SECONDS, with_id


@pytest.fixture(scope="module")
def acme():
    provider = Provider("ES256")
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def shop(start_shop, database, acme):
    return start_shop(
        database(), FASTSHOP_OIDC_PROVIDERS="acme", FASTSHOP_OIDC_REDIRECTS=REDIRECT, **acme.settings("acme"))


def methods_of(tokens) -> list[str]:
    return jwt.decode(tokens.access_token, options={"verify_signature": False})["amr"]


def device_let_in_by(shop, tokens):
    """The tokens of a device whose user approves it in another session."""
    stub = devices_grpc.DeviceServiceStub(shop.channel)
    begun = stub.BeginDeviceSignIn(devices.BeginDeviceSignInRequest(device="a kiosk"), timeout=CALL_SECONDS)
    decision = with_id(devices.DecideDeviceSignInRequest(user_code=begun.user_code, approve=True))
    stub.DecideDeviceSignIn(decision, metadata=bearer(tokens.access_token), timeout=CALL_SECONDS)
    poll = devices.PollDeviceSignInRequest(device_code=begun.device_code)
    return stub.PollDeviceSignIn(poll, timeout=CALL_SECONDS).tokens


def confirm(shop, answer, code: str):
    request = auth.ConfirmSignInRequest(challenge_token=answer.challenge.token, code=code)
    return auth_of(shop).ConfirmSignIn(request, timeout=CALL_SECONDS).tokens


def test_a_password_is_a_password(shop, cluster):
    tokens = new_account(shop, cluster).tokens(shop)
    assert methods_of(tokens) == methods_of(device_let_in_by(shop, tokens)) == ["pwd"]
    assert methods_of(refresh(shop, tokens.refresh_token)) == ["pwd"]


def test_an_account_elsewhere_is_no_password(shop, acme):
    tokens = sign_in(shop, acme, **new_elsewhere()).tokens
    assert methods_of(tokens) == methods_of(device_let_in_by(shop, tokens)) == ["fed"]
    assert methods_of(refresh(shop, tokens.refresh_token)) == ["fed"]


def test_a_second_factor_is_told_beside_the_first(shop, cluster, acme):
    ada, elsewhere = new_account(shop, cluster), new_elsewhere()
    own = ada.tokens(shop).access_token
    link(shop, acme, own, PASSWORD, **elsewhere)
    begun = factor_of(shop).BeginEnrolment(
        factor.BeginEnrolmentRequest(password=PASSWORD), metadata=bearer(own), timeout=CALL_SECONDS)
    app, now = pyotp.parse_uri(begun.otpauth_uri), time.time()
    enrolment = with_id(factor.ConfirmEnrolmentRequest(code=app.at(now - 30)))
    factor_of(shop).ConfirmEnrolment(enrolment, metadata=bearer(own), timeout=CALL_SECONDS)
    by_password = confirm(shop, ada.sign_in(shop), app.at(now))
    assert methods_of(by_password) == ["pwd", "otp", "mfa"]
    from_elsewhere = confirm(shop, sign_in(shop, acme, **elsewhere), app.at(now + 30))
    assert methods_of(from_elsewhere) == methods_of(device_let_in_by(shop, from_elsewhere)) == ["fed", "otp", "mfa"]
    assert methods_of(refresh(shop, from_elsewhere.refresh_token)) == ["fed", "otp", "mfa"]
