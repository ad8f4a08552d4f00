"""Limits of single API keys: set with the key, changed while it is used, the same on every server."""

import grpc
import pytest
from fastshop.identity.v1 import api_key_service_pb2 as api_keys
from google.protobuf import field_mask_pb2
from google.rpc import error_details_pb2
from accounts import bearer, new_account, reason_of, refused_as
from stubs import CALL_SECONDS, catalog, catalog_of, details_of
from test_api_keys import call, new_key
from waiting import wait_until

REFUSED = grpc.StatusCode.RESOURCE_EXHAUSTED
# So slow that nothing comes back while a test lasts, but for one call a minute.
SLOW = {"calls_per_minute": 1, "burst": 4}


@pytest.fixture(scope="module")
def two_limited(start_shop, database):
    """Two servers on one database that count."""
    url = database()
    settings = {
        "FASTSHOP_RATE_LIMITS": "on", "FASTSHOP_RATE_SIGNED_IN": "1000/min,browse=1000/min",
        "FASTSHOP_RATE_PUBLIC": "off",
    }
    return start_shop(url, **settings), start_shop(url, **settings)


def quota(server, secret: str) -> dict[str, str] | grpc.StatusCode:
    """The quota in the response to a call of the key; the status when it is refused."""
    try:
        _, done = catalog_of(server).ListProducts.with_call(
            catalog.ListProductsRequest(page_size=1), metadata=bearer(secret), timeout=CALL_SECONDS)
        return dict(done.initial_metadata())
    except grpc.RpcError as error:
        return error.code()


def limit_of(server, secret: str) -> str:
    told = quota(server, secret)
    return told["ratelimit-limit"] if isinstance(told, dict) else told.name


def update(server, key, paths=("limit",), **fields):
    changed = api_keys.ApiKey(id=key.id, **fields)
    return call(server, "UpdateApiKey", api_key=changed, update_mask=field_mask_pb2.FieldMask(paths=paths)).api_key


def test_a_key_is_made_with_its_limit_and_every_server_counts_by_it(two_limited):
    here, there = two_limited
    key = new_key(here, ["catalog.read", "sellers.any"], limit=SLOW)
    assert (key.api_key.limit.calls_per_minute, key.api_key.limit.burst) == (1, 4)
    for server in two_limited:
        wait_until(lambda: limit_of(server, key.secret) == "4")
    answers = [quota(there, key.secret) for _ in range(12)]
    assert REFUSED in answers and answers[-1] == REFUSED
    plain = new_key(here, ["catalog.read", "sellers.any"])
    assert not plain.api_key.HasField("limit")
    wait_until(lambda: limit_of(there, plain.secret) == "1000")


def test_a_limit_that_changes_counts_at_once_everywhere(two_limited):
    here, there = two_limited
    made = new_key(here, ["catalog.read", "sellers.any"], limit=SLOW)
    key, secret = made.api_key, made.secret
    wait_until(lambda: limit_of(there, secret) == "4")
    wider = update(here, key, limit={"calls_per_minute": 600})
    assert (wider.limit.calls_per_minute, wider.limit.burst) == (600, 600) and wider.etag != key.etag
    for server in two_limited:
        wait_until(lambda: limit_of(server, secret) == "600")
    narrower = update(there, key, limit=SLOW)
    for server in two_limited:
        wait_until(lambda: limit_of(server, secret) in ("4", REFUSED.name))
    assert not update(here, narrower).HasField("limit")
    for server in two_limited:
        wait_until(lambda: limit_of(server, secret) == "1000")


def test_a_key_keeps_its_limit_when_it_is_rotated_or_renamed(two_limited):
    here, there = two_limited
    made = new_key(here, ["catalog.read", "sellers.any"], limit=SLOW)
    renamed = update(there, made.api_key, ["name"], name="the till upstairs")
    assert renamed.name == "the till upstairs" and renamed.limit == made.api_key.limit
    rotated = call(here, "RotateApiKey", api_key_id=renamed.id, overlap_seconds=3600)
    assert rotated.api_key.limit == made.api_key.limit and rotated.api_key.name == "the till upstairs"
    wait_until(lambda: limit_of(there, rotated.secret) in ("4", REFUSED.name))
    listed = next(k for k in call(there, "ListApiKeys").api_keys if k.id == renamed.id)
    assert listed.limit == made.api_key.limit


def test_a_refusal_names_the_key_and_when_to_try_again(two_limited):
    here, _ = two_limited
    key = new_key(here, ["catalog.read", "sellers.any"], limit=SLOW | {"burst": 1})
    wait_until(lambda: limit_of(here, key.secret) == REFUSED.name)
    with pytest.raises(grpc.RpcError) as refusal:
        catalog_of(here).ListProducts(
            catalog.ListProductsRequest(), metadata=bearer(key.secret), timeout=CALL_SECONDS)
    violation, = details_of(refusal.value, error_details_pb2.QuotaFailure).violations
    assert violation.subject == f"key:{key.api_key.id}"
    assert 0 < details_of(refusal.value, error_details_pb2.RetryInfo).retry_delay.seconds <= 60


def test_whoever_runs_a_shop_gives_no_limits(two_limited, cluster):
    here, _ = two_limited
    cluster.sql(
        here.database,
        "INSERT INTO identity.role (name, title, permissions)"
        " VALUES ('shopkeeper', 'Shopkeeper', '{keys.manage,inventory.write}') ON CONFLICT DO NOTHING")
    person = new_account(here, cluster, "keeper", role="shopkeeper")
    cluster.sql(
        here.database,
        "UPDATE identity.user SET seller_id = (SELECT id FROM catalog.seller ORDER BY id LIMIT 1)"
        f" WHERE email_key = '{person.email}'")
    own = person.tokens(here).access_token
    fields = {"name": "mine", "scopes": ["inventory.write"]}
    key = call(here, "CreateApiKey", own, **fields).api_key
    mask = field_mask_pb2.FieldMask(paths=["limit"])
    changes = [
        lambda: call(here, "CreateApiKey", own, **fields, limit=SLOW),
        lambda: call(here, "UpdateApiKey", own, api_key={"id": key.id, "limit": SLOW}, update_mask=mask),
        lambda: call(here, "UpdateApiKey", own, api_key={"id": key.id}, update_mask=mask),
    ]
    for change in changes:
        with pytest.raises(grpc.RpcError) as refusal:
            change()
        assert refusal.value.code() == grpc.StatusCode.PERMISSION_DENIED
        assert reason_of(refusal.value) == "EXCEEDS_CALLER_PERMISSIONS"
    others = new_key(here).api_key
    rename = {"api_key": {"id": others.id, "name": "x"}, "update_mask": field_mask_pb2.FieldMask(paths=["name"])}
    assert refused_as(lambda: call(here, "UpdateApiKey", own, **rename)) == grpc.StatusCode.NOT_FOUND
