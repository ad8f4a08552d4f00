"""Sign-in on a device without a keyboard: it shows a code that its user approves elsewhere."""

import time

import grpc
import pytest
from fastshop.identity.v1 import device_service_pb2 as devices
from fastshop.identity.v1 import device_service_pb2_grpc as devices_grpc
from accounts import bearer, list_sessions, new_account, reason_of, refused_as
from stubs import CALL_SECONDS, filled, wrong_fields

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED


def call(shop, method: str, token: str = "", **fields):
    request = filled(devices, method, fields)
    stub = devices_grpc.DeviceServiceStub(shop.channel)
    return getattr(stub, method)(request, metadata=bearer(token) if token else [], timeout=CALL_SECONDS)


def poll(shop, device_code: str):
    return call(shop, "PollDeviceSignIn", device_code=device_code)


def reason(shop, device_code: str) -> str:
    with pytest.raises(grpc.RpcError) as refusal:
        poll(shop, device_code)
    return reason_of(refusal.value)


@pytest.fixture
def ada(shop, cluster) -> str:
    return new_account(shop, cluster, "ada").tokens(shop).access_token


def test_a_device_is_signed_in_once_its_user_approves(shop, ada, cluster):
    begun = call(shop, "BeginDeviceSignIn", device="the kiosk in the hall")
    assert begun.user_code in begun.verification_uri_complete and begun.poll_interval.seconds == 5
    assert 0 < begun.expire_time.seconds - time.time() <= 900
    assert reason(shop, begun.device_code) == "AUTHORIZATION_PENDING"
    assert reason(shop, begun.device_code) == "SLOW_DOWN"
    typed = begun.user_code.lower().replace("-", " ")
    assert call(shop, "GetDeviceSignIn", ada, user_code=typed).device == "the kiosk in the hall"
    call(shop, "DecideDeviceSignIn", ada, user_code=typed, approve=True)
    tokens = poll(shop, begun.device_code).tokens
    current, = [s for s in list_sessions(shop, tokens.access_token) if s.is_current]
    assert current.device == "the kiosk in the hall"
    assert reason(shop, begun.device_code) == "INVALID_TOKEN", "it is good once"
    assert refused_as(
        lambda: call(shop, "DecideDeviceSignIn", ada, user_code=typed, approve=True)) == grpc.StatusCode.NOT_FOUND


def test_a_device_whose_user_says_no_is_told_so(shop, ada):
    begun = call(shop, "BeginDeviceSignIn", device="a stranger's")
    call(shop, "DecideDeviceSignIn", ada, user_code=begun.user_code, approve=False)
    assert reason(shop, begun.device_code) == "ACCESS_DENIED"


def test_codes_that_are_late_or_made_up_are_of_no_use(shop, ada, cluster):
    begun = call(shop, "BeginDeviceSignIn", device="slow")
    cluster.sql(shop.database, "UPDATE identity.device_grant SET expires_at = now()")
    assert refused_as(lambda: poll(shop, begun.device_code)) == UNAUTHENTICATED
    assert refused_as(lambda: poll(shop, begun.user_code)) == UNAUTHENTICATED
    for code in (begun.user_code, "BCDF-GHJK"):
        assert refused_as(lambda: call(shop, "GetDeviceSignIn", ada, user_code=code)) == grpc.StatusCode.NOT_FOUND
    with pytest.raises(grpc.RpcError) as refusal:
        call(shop, "GetDeviceSignIn", ada, user_code="AEIO-UAEI")
    assert wrong_fields(refusal.value) == ["user_code"]
    assert refused_as(lambda: call(shop, "GetDeviceSignIn", user_code=begun.user_code)) == UNAUTHENTICATED
