"""Invalid points in time: refused in every form, with the field's name, and without a crash."""

import json
import uuid

import grpc
import pytest
from curl import curl
from fastshop.audit.v1 import audit_service_pb2 as audit
from fastshop.audit.v1 import audit_service_pb2_grpc as audit_grpc
from fastshop.identity.v1 import api_key_service_pb2 as api_keys
from fastshop.identity.v1 import api_key_service_pb2_grpc as api_keys_grpc
from google.protobuf import timestamp_pb2
from stubs import CALL_SECONDS, wrong_fields

FIRST, LAST = -62_135_596_800, 253_402_300_799
# The first one ended the server.
OUT_OF_RANGE = [
    (10_000_000_000_000, 0), (LAST + 1, 0), (FIRST - 1, 0), (2**63 - 1, 0), (-(2**63), 0), (-300_000_000_000, 0),
    (LAST, 1_000_000_000), (0, -1), (0, 2**31 - 1), (0, -(2**31)),
]
CREATE = "fastshop.identity.v1.ApiKeyService/CreateApiKey"
ENTRIES = "fastshop.audit.v1.AuditService/ListAuditEntries"


def time_of(seconds: int, nanos: int = 0) -> timestamp_pb2.Timestamp:
    return timestamp_pb2.Timestamp(seconds=seconds, nanos=nanos)


def create(time: timestamp_pb2.Timestamp) -> api_keys.CreateApiKeyRequest:
    return api_keys.CreateApiKeyRequest(
        name="a till", scopes=["inventory.write", "sellers.any"], expire_time=time, request_id=str(uuid.uuid4()))


def requests(time: timestamp_pb2.Timestamp) -> list:
    """Method, request, and the field that has the time."""
    return [
        (CREATE, create(time), "expire_time"),
        (ENTRIES, audit.ListAuditEntriesRequest(start_time=time), "start_time"),
        (ENTRIES, audit.ListAuditEntriesRequest(end_time=time), "end_time"),
    ]


def by_grpc(server, method: str, request):
    stub = {
        CREATE: api_keys_grpc.ApiKeyServiceStub(server.staff).CreateApiKey,
        ENTRIES: audit_grpc.AuditServiceStub(server.staff).ListAuditEntries,
    }[method]
    return stub(request, timeout=CALL_SECONDS)


def post(server, method: str, kind: str, body: bytes):
    return curl(
        f"http://{server.address}/{method}", "--header", f"content-type: application/{kind}",
        "--header", f"authorization: Bearer {server.staff_token}", body=body)


@pytest.mark.parametrize(("seconds", "nanos"), OUT_OF_RANGE)
def test_a_time_out_of_range_is_refused_in_bytes(shop, seconds, nanos):
    for method, request, field in requests(time_of(seconds, nanos)):
        with pytest.raises(grpc.RpcError) as refusal:
            by_grpc(shop, method, request)
        assert refusal.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert wrong_fields(refusal.value) == [field]
        answer = post(shop, method, "proto", request.SerializeToString())
        assert (answer.status, answer.json["code"]) == (400, "invalid_argument")
        assert field in answer.json["message"]
    assert shop.health() == "SERVING"


@pytest.mark.parametrize("time", [
    "10000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "318857-05-20T17:46:40Z", "9999-12-31T23:59:59-00:01",
    "0001-01-01T00:00:00+00:01", "2026-02-29T00:00:00Z", 10_000_000_000_000, {"seconds": 1}, "infinity", "",
])
def test_a_time_out_of_range_is_refused_in_json(shop, time):
    for method, request in [
        (CREATE, {"name": "a till", "scopes": ["users.read"], "expireTime": time, "requestId": str(uuid.uuid4())}),
        (ENTRIES, {"startTime": time}),
    ]:
        answer = post(shop, method, "json", json.dumps(request).encode())
        assert (answer.status, answer.json["code"]) == (400, "invalid_argument")
        assert "expireTime" in answer.json["message"] or "startTime" in answer.json["message"]
    assert shop.health() == "SERVING"


def test_the_first_and_the_last_time_are_times(shop):
    listed = by_grpc(shop, ENTRIES, audit.ListAuditEntriesRequest(
        start_time=time_of(FIRST), end_time=time_of(LAST, 999_999_999)))
    assert listed.entries
    key = by_grpc(shop, CREATE, create(time_of(LAST, 999_999_999))).api_key
    assert key.expire_time.seconds == LAST
    with pytest.raises(grpc.RpcError) as refusal:
        by_grpc(shop, CREATE, create(time_of(FIRST)))
    assert wrong_fields(refusal.value) == ["expire_time"], "it is over"


def test_a_time_of_the_database_that_no_answer_can_say_is_the_last_one(shop, cluster):
    key = by_grpc(shop, CREATE, create(time_of(LAST))).api_key
    for time, seconds in [("infinity", LAST), ("294276-01-01", LAST), ("-infinity", FIRST), ("0044-03-15 BC", FIRST)]:
        cluster.sql(shop.database, f"UPDATE identity.api_key SET expires_at = '{time}' WHERE id = '{key.id}'")
        stub = api_keys_grpc.ApiKeyServiceStub(shop.staff)
        listed = stub.ListApiKeys(api_keys.ListApiKeysRequest(), timeout=CALL_SECONDS).api_keys
        assert [found.expire_time.seconds for found in listed if found.id == key.id] == [seconds], time
