"""Programs: API keys with scopes, rotation and revocation, and client certificates, on two servers."""

import threading
import time
import uuid

import grpc
import pytest
from fastshop.identity.v1 import api_key_service_pb2 as api_keys
from fastshop.identity.v1 import api_key_service_pb2_grpc as api_keys_grpc
from fastshop.identity.v1 import client_certificate_service_pb2 as certificates
from fastshop.identity.v1 import client_certificate_service_pb2_grpc as certificates_grpc
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from google.protobuf import timestamp_pb2
from google.rpc import error_details_pb2
from accounts import bearer, list_sessions, new_account, reason_of, refused_as
from shop_server import CHEAP_PASSWORDS
from stubs import CALL_SECONDS, adjustment, details_of, filled, inventory_grpc, products_of, with_id, wrong_fields
from waiting import wait_until

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
DENIED = grpc.StatusCode.PERMISSION_DENIED
ABSENT = "0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18"


def call(server, method: str, token: str = "", **fields):
    stub = api_keys_grpc.ApiKeyServiceStub(server.channel)
    request = filled(api_keys, method, fields)
    metadata = bearer(token or server.staff_token)
    return getattr(stub, method)(request, metadata=metadata, timeout=CALL_SECONDS)


def new_key(server, scopes=("inventory.write", "sellers.any"), **fields):
    return call(server, "CreateApiKey", name="a till", scopes=list(scopes), **fields)


def sellers_of(server, cluster) -> list[str]:
    """The UUIDs of two sellers that do not offer the first product."""
    offers = products_of(server)[0].seller_id
    return cluster.sql(
        server.database, f"SELECT id FROM catalog.seller WHERE id <> '{offers}' ORDER BY id LIMIT 2").split()


def adjust(server, secret: str):
    variant = products_of(server)[0].variants[0].id
    stub = inventory_grpc.InventoryServiceStub(server.channel)
    return stub.AdjustStock(adjustment(variant), metadata=bearer(secret), timeout=CALL_SECONDS)


def test_a_key_does_what_it_was_made_for_and_nothing_else(two_shops):
    here, there = two_shops
    key = new_key(here)
    assert key.secret.startswith("fsk_") and key.secret.endswith(key.api_key.hint)
    for server in two_shops:
        wait_until(lambda: refused_as(lambda: adjust(server, key.secret)) is None)
    other = new_key(here, ["catalog.write", "sellers.any"])
    wait_until(lambda: refused_as(lambda: adjust(there, other.secret)) == DENIED)
    with pytest.raises(grpc.RpcError) as refusal:
        adjust(here, other.secret)
    assert reason_of(refusal.value) == "SCOPE_MISSING"
    assert refused_as(lambda: list_sessions(here, key.secret)) == DENIED, "that is for people"
    assert refused_as(lambda: call(here, "ListApiKeys", key.secret)) == DENIED


def test_the_secret_is_shown_once_and_stored_as_its_hash(here, cluster):
    key = new_key(here)
    listed = next(k for k in call(here, "ListApiKeys").api_keys if k.id == key.api_key.id)
    assert listed.name == "a till" and list(listed.scopes) == ["inventory.write", "sellers.any"]
    assert key.secret not in cluster.dump(here.database, "identity")


def test_a_secret_that_is_told_again_stands_nowhere_in_clear(two_shops, cluster):
    here, there = two_shops
    made = {"request_id": str(uuid.uuid4())}
    key = new_key(here, **made)
    assert new_key(there, **made) == key, "the answer was lost on its way"
    turned = {"api_key_id": key.api_key.id, "request_id": str(uuid.uuid4())}
    rotated = call(here, "RotateApiKey", **turned)
    assert call(there, "RotateApiKey", **turned) == rotated and rotated.secret != key.secret
    other = ["catalog.write", "sellers.any"]
    assert refused_as(lambda: new_key(here, other, **made)) == grpc.StatusCode.FAILED_PRECONDITION
    for schema in ("identity", "platform", "audit"):
        dump = cluster.dump(here.database, schema)
        assert key.api_key.id in dump
        for secret in (key.secret, rotated.secret):
            assert secret not in dump and secret.encode().hex() not in dump


@pytest.mark.parametrize("method", ["RotateApiKey", "RevokeApiKey"])
def test_a_key_that_changed_since_is_left_alone(here, method):
    seen = new_key(here).api_key
    present = call(here, "RotateApiKey", api_key_id=seen.id, overlap={"seconds": 60}).api_key
    assert present.etag != seen.etag
    with pytest.raises(grpc.RpcError) as refusal:
        call(here, method, api_key_id=seen.id, etag=seen.etag)
    assert refusal.value.code() == grpc.StatusCode.ABORTED
    assert details_of(refusal.value, error_details_pb2.ErrorInfo).metadata["etag"] == present.etag
    call(here, method, api_key_id=seen.id, etag=present.etag)


def test_a_rotated_key_gives_way_to_the_next_and_its_use_is_noted(two_shops, cluster):
    here, there = two_shops
    first = new_key(here)
    second = call(here, "RotateApiKey", api_key_id=first.api_key.id, overlap={"seconds": 3600})
    for server in two_shops:
        wait_until(lambda: refused_as(lambda: adjust(server, second.secret)) is None)
        assert refused_as(lambda: adjust(server, first.secret)) is None
    third = call(here, "RotateApiKey", api_key_id=first.api_key.id)
    wait_until(lambda: refused_as(lambda: adjust(there, third.secret)) is None)
    for secret in (first.secret, second.secret):
        wait_until(lambda: refused_as(lambda: adjust(there, secret)) == UNAUTHENTICATED)
    # Another change makes the servers look, and note what was used.
    new_key(here)
    query = f"SELECT last_used_at IS NOT NULL FROM identity.api_key WHERE id = '{first.api_key.id}'"
    wait_until(lambda: cluster.sql(here.database, query) == "t")


def test_a_revoked_key_is_over_on_every_server(two_shops):
    here, there = two_shops
    key = new_key(here)
    wait_until(lambda: refused_as(lambda: adjust(there, key.secret)) is None)
    call(here, "RevokeApiKey", api_key_id=key.api_key.id)
    for server in two_shops:
        wait_until(lambda: refused_as(lambda: adjust(server, key.secret)) == UNAUTHENTICATED)
    assert refused_as(
        lambda: call(here, "RevokeApiKey", api_key_id=key.api_key.id)) == grpc.StatusCode.NOT_FOUND
    assert refused_as(lambda: call(here, "RotateApiKey", api_key_id=ABSENT)) == grpc.StatusCode.NOT_FOUND


def test_an_expired_key_is_over(here):
    end = timestamp_pb2.Timestamp(seconds=int(time.time()) + 2)
    key = new_key(here, expire_time=end)
    wait_until(lambda: refused_as(lambda: adjust(here, key.secret)) is None)
    wait_until(lambda: refused_as(lambda: adjust(here, key.secret)) == UNAUTHENTICATED)


def test_a_key_ends_with_whoever_made_it(two_shops, cluster):
    here, there = two_shops
    owner = new_account(here, cluster, "boss", role="admin").tokens(here)
    key = call(here, "CreateApiKey", owner.access_token, name="theirs", scopes=["inventory.write", "sellers.any"])
    wait_until(lambda: refused_as(lambda: adjust(there, key.secret)) is None)
    stub, staff = users_grpc.UserServiceStub(here.channel), bearer(here.staff_token)
    stub.DisableUser(
        with_id(users.DisableUserRequest(user_id=owner.user_id)), metadata=staff, timeout=CALL_SECONDS)
    wait_until(lambda: refused_as(lambda: adjust(there, key.secret)) == UNAUTHENTICATED)
    stub.EnableUser(
        with_id(users.EnableUserRequest(user_id=owner.user_id)), metadata=staff, timeout=CALL_SECONDS)
    wait_until(lambda: refused_as(lambda: adjust(there, key.secret)) is None)


@pytest.mark.parametrize("secret", ["fsk_", "fsk_x", "fsk_" + "A" * 43, "fsk_" + "A" * 4000])
def test_a_made_up_key_is_refused(here, secret):
    assert refused_as(lambda: adjust(here, secret)) == UNAUTHENTICATED


def test_nobody_makes_a_key_that_may_do_more_than_they(here, cluster):
    cluster.sql(
        here.database,
        "INSERT INTO identity.role (name, title, permissions) VALUES ('keeper', 'Keeper', '{keys.manage}')")
    keeper = new_account(here, cluster, "keeper", role="keeper").tokens(here).access_token
    with pytest.raises(grpc.RpcError) as refusal:
        call(here, "CreateApiKey", keeper, name="more", scopes=["inventory.write"])
    assert refusal.value.code() == DENIED and reason_of(refusal.value) == "EXCEEDS_CALLER_PERMISSIONS"


def keeper_role(here, cluster, *more: str) -> str:
    """A role that looks after keys, and has `more` permissions."""
    name = f"keeper-{len(more)}"
    cluster.sql(
        here.database,
        "INSERT INTO identity.role (name, title, permissions) VALUES"
        f" ('{name}', 'Keeper', '{{{','.join(('keys.manage', *more))}}}') ON CONFLICT DO NOTHING")
    return name


def keeper_of(here, cluster, *more: str) -> str:
    """A token of a user with such a role."""
    return new_account(here, cluster, "keeper", role=keeper_role(here, cluster, *more)).tokens(here).access_token


def test_nobody_gets_hold_of_a_key_that_may_do_more_than_they(here, cluster):
    """The user who rotates a key receives its secret."""
    key = new_key(here)
    with pytest.raises(grpc.RpcError) as refusal:
        call(here, "RotateApiKey", keeper_of(here, cluster), api_key_id=key.api_key.id)
    assert refusal.value.code() == DENIED and reason_of(refusal.value) == "EXCEEDS_CALLER_PERMISSIONS"
    wait_until(lambda: refused_as(lambda: adjust(here, key.secret)) is None)
    keeper = keeper_of(here, cluster, "inventory.write", "sellers.any")
    assert call(here, "RotateApiKey", keeper, api_key_id=key.api_key.id).secret


def test_keys_of_shops_are_for_those_who_reach_the_shop(here, cluster):
    keeper = keeper_of(here, cluster, "inventory.write")
    seller = sellers_of(here, cluster)[0]
    key = new_key(here, ["inventory.write"], seller_id=seller)
    assert key.api_key.id not in [k.id for k in call(here, "ListApiKeys", keeper).api_keys]
    assert refused_as(
        lambda: call(here, "RotateApiKey", keeper, api_key_id=key.api_key.id)) == grpc.StatusCode.NOT_FOUND
    for shop_id in (seller, ABSENT):
        with pytest.raises(grpc.RpcError) as refusal:
            call(here, "CreateApiKey", keeper, name="a shop's", scopes=["inventory.write"], seller_id=shop_id)
        assert refusal.value.code() == DENIED and reason_of(refusal.value) == "EXCEEDS_CALLER_PERMISSIONS"


def test_a_key_ends_when_its_maker_leaves_the_shop(here, cluster):
    person = new_account(here, cluster, "keeper", role=keeper_role(here, cluster, "inventory.write"))

    def run(shop_id: str):
        cluster.sql(
            here.database, f"UPDATE identity.user SET seller_id = '{shop_id}' WHERE email_key = '{person.email}'")
        return person.tokens(here)

    first, second = sellers_of(here, cluster)
    key = call(here, "CreateApiKey", run(first).access_token, name="a shop's", scopes=["inventory.write"])
    # The shop has no such product; but the key is known.
    wait_until(lambda: refused_as(lambda: adjust(here, key.secret)) == grpc.StatusCode.NOT_FOUND)
    run(second)
    new_key(here)  # whenever keys change, all are read again
    wait_until(lambda: refused_as(lambda: adjust(here, key.secret)) == UNAUTHENTICATED)


def seller_of(here, cluster, seller: str) -> str:
    """A token of an administrator."""
    person = new_account(here, cluster, "seller", role="seller")
    cluster.sql(
        here.database, f"UPDATE identity.user SET seller_id = '{seller}' WHERE email_key = '{person.email}'")
    return person.tokens(here).access_token


def test_sellers_look_after_the_keys_of_their_own_shop(here, cluster):
    own_shop, other_shop = sellers_of(here, cluster)
    seller, colleague, stranger = (seller_of(here, cluster, id) for id in (own_shop, own_shop, other_shop))
    made = call(here, "CreateApiKey", seller, name="mine", scopes=["inventory.write"])
    assert made.api_key.seller_id == own_shop
    by_staff = new_key(here, ["inventory.write"], seller_id=own_shop).api_key
    listed = [key.id for key in call(here, "ListApiKeys", colleague).api_keys]
    assert listed[:2] == [by_staff.id, made.api_key.id]
    assert not {key.id for key in call(here, "ListApiKeys", stranger).api_keys} & set(listed)
    for method in ("RotateApiKey", "RevokeApiKey"):
        assert refused_as(
            lambda: call(here, method, stranger, api_key_id=made.api_key.id)) == grpc.StatusCode.NOT_FOUND
    turned = call(here, "RotateApiKey", colleague, api_key_id=made.api_key.id)
    # The shop does not offer the variant; but the key is known.
    wait_until(lambda: refused_as(lambda: adjust(here, turned.secret)) == grpc.StatusCode.NOT_FOUND)
    renamed = call(here, "UpdateApiKey", colleague, api_key={"id": by_staff.id, "name": "another"}).api_key
    assert renamed.name == "another"
    call(here, "RevokeApiKey", seller, api_key_id=by_staff.id)
    left = [key.id for key in call(here, "ListApiKeys", colleague).api_keys]
    assert left == [id for id in listed if id != by_staff.id]


@pytest.mark.parametrize("scopes, shop, wanted", [
    (["sellers.any"], True, "INVALID_ARGUMENT"), (["users.read"], True, "INVALID_ARGUMENT"),
    (["inventory.write"], False, "INVALID_ARGUMENT"), (["users.read", "sellers.any"], False, None),
    (["users.read"], False, None), (["inventory.write", "bulk.run"], True, None),
])
def test_no_key_is_made_with_a_scope_that_it_could_not_use(here, cluster, scopes, shop, wanted):
    fields = {"seller_id": sellers_of(here, cluster)[0]} if shop else {}
    if wanted is None:
        assert new_key(here, scopes, **fields).secret
        return
    with pytest.raises(grpc.RpcError) as refusal:
        new_key(here, scopes, **fields)
    assert refusal.value.code().name == wanted and wrong_fields(refusal.value) == ["scopes"]


def test_an_admins_key_for_one_shop_changes_that_shops_stock_alone(two_shops, cluster):
    here, there = two_shops
    own, other = products_of(here)[0].seller_id, sellers_of(here, cluster)[0]
    key, foreign = (new_key(here, ["inventory.write"], seller_id=id).secret for id in (own, other))
    for server in two_shops:
        wait_until(lambda: refused_as(lambda: adjust(server, key)) is None)
        wait_until(lambda: refused_as(lambda: adjust(server, foreign)) == grpc.StatusCode.NOT_FOUND)


def test_a_certificate_is_entered_once_and_revoked(here):
    def call(server, method: str, **fields):
        stub = certificates_grpc.ClientCertificateServiceStub(server.channel)
        request = filled(certificates, method, fields)
        return getattr(stub, method)(request, metadata=bearer(server.staff_token), timeout=CALL_SECONDS)

    fields = {"name": "a till", "subject": "uri:spiffe://shop/till", "scopes": ["inventory.write", "sellers.any"]}
    entered = call(here, "CreateCertificate", **fields).certificate
    assert refused_as(lambda: call(here, "CreateCertificate", **fields)) == grpc.StatusCode.ALREADY_EXISTS
    assert [c.id for c in call(here, "ListCertificates").certificates] == [entered.id]
    call(here, "RevokeCertificate", certificate_id=entered.id)
    assert not call(here, "ListCertificates").certificates
    assert call(here, "CreateCertificate", **fields).certificate.id != entered.id


@pytest.mark.alone("compares how long calls and sign-ins take")
def test_a_storm_of_sign_ins_delays_nobody_else(start_shop, database, cluster):
    """More sign-ins than may wait: some are refused, and other calls are answered as if there were none."""
    here = start_shop(database(), **{CHEAP_PASSWORDS: "off"})
    person = new_account(here, cluster)
    outcomes: list[grpc.StatusCode | None] = []
    barrier = threading.Barrier(101)

    def attempt() -> None:
        barrier.wait()
        outcomes.append(refused_as(lambda: person.sign_in(here)))

    threads = [threading.Thread(target=attempt) for _ in range(100)]
    for thread in threads:
        thread.start()
    barrier.wait()
    calls = 0
    while any(thread.is_alive() for thread in threads):
        products_of(here)
        calls += 1
    for thread in threads:
        thread.join()
    assert grpc.StatusCode.RESOURCE_EXHAUSTED in outcomes and None in outcomes
    # Behind the hashes on its loop, a call would be answered after each of them at most.
    hashes = outcomes.count(None)
    print(f"{calls} calls were answered beside {hashes} sign-ins")
    assert calls > hashes
    assert person.tokens(here).user_id


def test_no_shop_takes_the_keys_of_the_others(here, cluster):
    one, other = sellers_of(here, cluster)

    def insert(count: int, expires: str) -> None:
        cluster.sql(
            here.database,
            f"""
            INSERT INTO identity.api_key
                   (name, owner_id, seller_id, hint, hash, scopes, expires_at, created_at, updated_at)
            SELECT 'a till', u.id, '{one}', 'abcd', sha256(platform.uuid_v7()::text::bytea), '{{inventory.write}}',
                   {expires}, now(), now()
              FROM generate_series(1, {count}), (SELECT id FROM identity.user ORDER BY id LIMIT 1) u
            """)

    insert(150, "now() + interval '1 day'")
    insert(100, "now() - interval '1 day'")
    assert new_key(here, ["inventory.write"], seller_id=one).api_key.seller_id == one, "expired keys do not count"
    insert(49, "NULL")
    with pytest.raises(grpc.RpcError) as refusal:
        new_key(here, ["inventory.write"], seller_id=one)
    assert reason_of(refusal.value) == "TOO_MANY_CLIENT_CREDENTIALS"
    assert new_key(here, ["inventory.write"], seller_id=other).api_key.seller_id == other
