"""Every revocation takes effect on every server within a second, even while the event log is stalled."""

import time
import uuid

import grpc
import pytest
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import api_key_service_pb2 as api_keys
from fastshop.identity.v1 import api_key_service_pb2_grpc as api_keys_grpc
from fastshop.identity.v1 import role_service_pb2 as roles
from fastshop.identity.v1 import role_service_pb2_grpc as roles_grpc
from fastshop.identity.v1 import session_service_pb2 as sessions
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from fastshop.inventory.v1 import inventory_service_pb2 as inventory
from fastshop.inventory.v1 import inventory_service_pb2_grpc as inventory_grpc
from metrics import metric
from accounts import PASSWORD, auth_of, bearer, mails_to, new_account, refused_as, sessions_of, token_in
from shop_server import FRESH_CHANNEL
from stalled_log import NAME, StalledLog, lose_a_number
from stubs import CALL_SECONDS, adjustment, inventory_of, products_of, with_id
from waiting import wait_until

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
# A second is promised; a busy machine may be late.
# A second is promised, as test_revocation_latency.py measures it. What is not ended by this way would be so by none
# for minutes.
WITHIN_SECONDS = 30
# The permitted age of the last read of revocations.
BEHIND_SECONDS_MAX = 4
# More connections than a server has loops, so that each of them has some.
CONNECTIONS = 8


@pytest.fixture(params=["the log flows", "the log is held up"])
def shops(request, two_shops, cluster):
    """Two servers, with a working event log, or with a stalled one."""
    if request.param == "the log flows":
        yield two_shops
        return
    with StalledLog(cluster, two_shops[0].database):
        lose_a_number(cluster, two_shops[0].database)
        yield two_shops


class Holder:
    """A user with credentials, and the credentials to revoke them."""

    def __init__(self, shop, cluster, role: str = "manager") -> None:
        self.shop, self.cluster = shop, cluster
        self.person = new_account(shop, cluster, "holder", role=role)
        self.tokens = self.person.tokens(shop)
        self.credential = self.tokens.access_token

    def other_session(self) -> str:
        return self.person.tokens(self.shop).access_token

    def sql(self, statement: str) -> str:
        return self.cluster.sql(self.shop.database, statement).strip()


def admin(shop, method: str, request, stub=users_grpc.UserServiceStub):
    return getattr(stub(shop.staff), method)(with_id(request), timeout=CALL_SECONDS)


def program(shop, cluster) -> Holder:
    holder = Holder(shop, cluster, role="admin")
    request = with_id(api_keys.CreateApiKeyRequest(name="a till", scopes=["inventory.read", "sellers.any"]))
    made = api_keys_grpc.ApiKeyServiceStub(shop.channel).CreateApiKey(
        request, metadata=bearer(holder.credential), timeout=CALL_SECONDS)
    holder.credential, holder.key = made.secret, made.api_key.id
    return holder


def with_own_role(shop, cluster) -> Holder:
    name = f"r-{uuid.uuid4()}"[:50]
    role = {"name": name, "title": "x", "permissions": ["account.own", "inventory.read", "sellers.any"]}
    admin(shop, "CreateRole", roles.CreateRoleRequest(role=role), roles_grpc.RoleServiceStub)
    holder = Holder(shop, cluster, role=name)
    holder.role = name
    return holder


def sign_out(shop, holder):
    auth_of(shop).SignOut(auth.SignOutRequest(), metadata=bearer(holder.credential), timeout=CALL_SECONDS)


def end_this_session(shop, holder):
    request = with_id(sessions.RevokeSessionRequest(session_id=holder.tokens.session_id))
    sessions_of(shop).RevokeSession(request, metadata=bearer(holder.other_session()), timeout=CALL_SECONDS)


def end_other_sessions(shop, holder):
    request = with_id(sessions.RevokeOtherSessionsRequest())
    sessions_of(shop).RevokeOtherSessions(request, metadata=bearer(holder.other_session()), timeout=CALL_SECONDS)


def change_password(shop, holder):
    request = auth.ChangePasswordRequest(current_password=PASSWORD, new_password="other words do nicely")
    auth_of(shop).ChangePassword(request, metadata=bearer(holder.other_session()), timeout=CALL_SECONDS)


def reset_password(shop, holder):
    request = auth.RequestPasswordResetRequest(email=holder.person.email)
    auth_of(shop).RequestPasswordReset(request, timeout=CALL_SECONDS)
    token = token_in(mails_to(holder.folders, holder.person.email, count=2)[-1])
    auth_of(shop).ResetPassword(
        auth.ResetPasswordRequest(token=token, new_password="other words do nicely"), timeout=CALL_SECONDS)


def use_refresh_token_twice(shop, holder):
    auth_of(shop).RefreshToken(
        auth.RefreshTokenRequest(refresh_token=holder.tokens.refresh_token), timeout=CALL_SECONDS)
    holder.sql(
        "UPDATE identity.refresh_token SET used_at = used_at - interval '1 hour'"
        f" WHERE session_id = '{holder.tokens.session_id}' AND used_at IS NOT NULL")
    assert UNAUTHENTICATED == refused_as(lambda: auth_of(shop).RefreshToken(
        auth.RefreshTokenRequest(refresh_token=holder.tokens.refresh_token), timeout=CALL_SECONDS))


def sign_in_too_often(shop, holder):
    for _ in range(3):
        holder.other_session()


def end_all_sessions(shop, holder):
    admin(shop, "RevokeUserSessions", users.RevokeUserSessionsRequest(user_id=holder.tokens.user_id))


def disable(shop, holder):
    admin(shop, "DisableUser", users.DisableUserRequest(user_id=holder.tokens.user_id))


def demote(shop, holder):
    admin(shop, "SetUserRole", users.SetUserRoleRequest(user_id=holder.tokens.user_id, role="customer"))


def move_to_a_shop(shop, holder):
    seller = products_of(shop)[0].seller_id
    request = users.SetUserRoleRequest(user_id=holder.tokens.user_id, role="seller", seller_id=seller)
    admin(shop, "SetUserRole", request)


def narrow_the_role(shop, holder):
    role = {"name": holder.role, "title": "x", "permissions": ["account.own"]}
    admin(shop, "UpdateRole", roles.UpdateRoleRequest(role=role), roles_grpc.RoleServiceStub)


def revoke_key(shop, holder):
    request = api_keys.RevokeApiKeyRequest(api_key_id=holder.key)
    admin(shop, "RevokeApiKey", request, api_keys_grpc.ApiKeyServiceStub)


def rotate_key(shop, holder):
    request = api_keys.RotateApiKeyRequest(api_key_id=holder.key)
    admin(shop, "RotateApiKey", request, api_keys_grpc.ApiKeyServiceStub)


def disable_by_hand(shop, holder):
    holder.sql(f"UPDATE identity.user SET disabled_at = now() WHERE id = '{holder.tokens.user_id}'")


def narrow_the_role_by_hand(shop, holder):
    holder.sql(f"UPDATE identity.role SET permissions = '{{}}' WHERE name = '{holder.role}'")


def delete_session_by_hand(shop, holder):
    holder.sql(f"DELETE FROM identity.session WHERE id = '{holder.tokens.session_id}'")


ENDINGS = [
    (Holder, each) for each in [
        sign_out, end_this_session, end_other_sessions, change_password, reset_password, use_refresh_token_twice,
        sign_in_too_often, end_all_sessions, disable, demote, move_to_a_shop]
] + [
    (with_own_role, narrow_the_role), (program, revoke_key), (program, rotate_key), (program, disable)]
ENDINGS_BY_HAND = [
    (Holder, disable_by_hand), (with_own_role, narrow_the_role_by_hand), (Holder, delete_session_by_hand),
    (program, disable_by_hand)]


def watch(shop, credential: str, channel=None):
    """A stream that has shown the present state, as its holder sees it."""
    request = inventory.WatchInventoryRequest(seller_id=products_of(shop)[0].seller_id)
    stream = inventory_grpc.InventoryServiceStub(channel or shop.channel).WatchInventory(
        request, metadata=bearer(credential), timeout=6 * CALL_SECONDS)
    while next(stream).WhichOneof("event") != "state_complete":
        pass
    return stream


def use(shop, credential: str, channel=None) -> grpc.StatusCode | None:
    """The result of a call that depends on the credentials alone.

    A server that did not run for seconds says UNAVAILABLE until it has read what has ended meanwhile: ask again.
    """
    stub = inventory_grpc.InventoryServiceStub(channel or shop.channel)
    variant = products_of(shop)[0].variants[0].id
    results = []

    def is_told() -> bool:
        results.append(refused_as(lambda: stub.GetStock(
            inventory.GetStockRequest(variant_ids=[variant]), metadata=bearer(credential), timeout=CALL_SECONDS)))
        return results[-1] != grpc.StatusCode.UNAVAILABLE

    wait_until(is_told, lambda: f"{len(results)} times UNAVAILABLE")
    return results[-1]


def name_of(value) -> str | None:
    return getattr(value, "__name__", None)


@pytest.mark.parametrize("made,ending", ENDINGS, ids=name_of)
def test_what_ends_rights_ends_them_everywhere(shops, cluster, made, ending):
    here, there = shops
    holder = made(here, cluster)
    holder.folders = [each.folder / "data" / "mail" for each in shops]
    wait_until(lambda: use(there, holder.credential) is None)
    connections = [grpc.insecure_channel(here.address, options=FRESH_CHANNEL) for _ in range(CONNECTIONS)]
    assert [use(here, holder.credential, each) for each in connections] == [None] * CONNECTIONS
    streams = [watch(here, holder.credential), watch(there, holder.credential)]
    ending(here, holder)
    start = time.monotonic()
    # The server that has answered refuses the credentials on all of its loops.
    assert [use(here, holder.credential, each) for each in connections] == [UNAUTHENTICATED] * CONNECTIONS
    wait_until(lambda: use(there, holder.credential) == UNAUTHENTICATED, WITHIN_SECONDS)
    for stream in streams:
        with pytest.raises(grpc.RpcError) as ended:
            list(stream)
        assert ended.value.code() == UNAUTHENTICATED
    assert time.monotonic() - start < WITHIN_SECONDS
    for each in connections:
        each.close()


@pytest.mark.parametrize("made,ending", ENDINGS_BY_HAND, ids=name_of)
def test_what_is_changed_by_hand_ends_rights_as_well(two_shops, cluster, made, ending):
    with StalledLog(cluster, two_shops[0].database):
        holder = made(two_shops[0], cluster)
        for shop in two_shops:
            wait_until(lambda: use(shop, holder.credential) is None)
        ending(two_shops[0], holder)
        for shop in two_shops:
            wait_until(lambda: use(shop, holder.credential) == UNAUTHENTICATED, WITHIN_SECONDS)


def test_an_updated_role_ends_each_users_tokens_once(two_shops, cluster):
    """Many may have the role: each of them is written once, and read once by every server."""
    here, _ = two_shops
    holder = with_own_role(here, cluster)
    ends = f"SELECT count(*) FROM identity.revocation WHERE subject = '{holder.tokens.user_id}'"
    before = int(holder.sql(ends))
    narrow_the_role(here, holder)
    assert int(holder.sql(ends)) == before + 1


def test_a_program_may_do_no_more_than_its_owner(shops, cluster):
    """The key stays valid for public methods; streams that depend on its owner's rights end."""
    here, there = shops
    holder = program(here, cluster)
    wait_until(lambda: use(there, holder.credential) is None)
    streams = [watch(shop, holder.credential) for shop in shops]
    demote(here, holder)
    for stream in streams:
        with pytest.raises(grpc.RpcError) as ended:
            list(stream)
        assert ended.value.code() == UNAUTHENTICATED


def test_what_ends_while_connections_to_the_database_are_cut_is_known_afterwards(two_shops, cluster):
    here, there = two_shops
    holder = Holder(here, cluster)
    with StalledLog(cluster, here.database):
        assert [use(shop, holder.credential) for shop in two_shops] == [None, None]
        holder.sql(
            "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a"
            " WHERE a.datname = current_database() AND a.application_name = 'fastshop';"
            "UPDATE identity.session SET ended_at = now(), end_reason = 'disabled'"
            f" WHERE id = '{holder.tokens.session_id}'")
        for shop in two_shops:
            wait_until(lambda: refused_as(lambda: products_of(shop)) is None)
            wait_until(lambda: use(shop, holder.credential) == UNAUTHENTICATED, WITHIN_SECONDS)


def test_a_server_that_starts_meanwhile_knows_what_has_ended(two_shops, cluster, start_shop):
    here, _ = two_shops
    with StalledLog(cluster, here.database):
        ended, living = Holder(here, cluster), Holder(here, cluster)
        sign_out(here, ended)
        late = start_shop(here.settings["DATABASE_URL"])
        assert use(late, ended.credential) == UNAUTHENTICATED
        assert use(late, living.credential) is None
        late.stop()


def test_a_transaction_that_commits_late_ends_rights_all_the_same(two_shops, cluster):
    """It has its ids before others that are read long before it."""
    here, there = two_shops
    late, early = Holder(here, cluster), Holder(here, cluster)
    statement = "UPDATE identity.session SET ended_at = now(), end_reason = 'disabled' WHERE id = '{}'"
    with StalledLog(cluster, here.database) as stalled:
        stalled.say(statement.format(late.tokens.session_id))
        sign_out(here, early)
        wait_until(lambda: use(there, early.credential) == UNAUTHENTICATED, WITHIN_SECONDS)
        assert use(there, late.credential) is None
    for shop in two_shops:
        wait_until(lambda: use(shop, late.credential) == UNAUTHENTICATED, WITHIN_SECONDS)


def changes_of(stream, count: int) -> list[str]:
    return [next(stream).change.movement_id for _ in range(count)]


def stalled_seconds(shop) -> float:
    return metric(shop, "fastshop_event_log_stalled_seconds")


def test_a_log_that_stands_still_is_told_of_and_flows_on(two_shops, cluster):
    here, there = two_shops
    variant = products_of(here)[0].variants[0].id
    streams = [watch(shop, Holder(here, cluster).credential) for shop in two_shops]
    made = []
    with StalledLog(cluster, here.database):
        for number in range(6):
            if number % 2:
                lose_a_number(cluster, here.database)
            made.append(inventory_of(here).AdjustStock(adjustment(variant), timeout=CALL_SECONDS).movement_id)
        for shop in two_shops:
            wait_until(lambda: "event log waits for an open transaction" in shop.log)
            told = next(line for line in shop.log.splitlines() if "event log waits for an open transaction" in line)
            assert NAME in told and "pid" in told
            # A busy server may have told of an earlier moment at which it could not read on.
            wait_until(lambda: stalled_seconds(shop) >= 4)
            # The age would only grow if reading had stopped.
            wait_until(lambda: metric(shop, "fastshop_revocations_age_seconds") < BEHIND_SECONDS_MAX)
            assert shop.health() == "SERVING"
    for shop, stream in zip(two_shops, streams):
        assert changes_of(stream, len(made)) == made
        wait_until(lambda: stalled_seconds(shop) == 0)
        assert "event log continues" in shop.log
        stream.cancel()


def test_somebody_elses_long_transaction_holds_nobody_up(two_shops, cluster):
    """Not even with numbers missing: it has written no event, so it has none of them."""
    here, there = two_shops
    variant = products_of(here)[0].variants[0].id
    stream = watch(there, Holder(here, cluster).credential)
    with StalledLog(cluster, here.database, "CREATE TEMP TABLE long AS SELECT pg_current_xact_id()::text AS id"):
        lose_a_number(cluster, here.database)
        made = inventory_of(here).AdjustStock(adjustment(variant), timeout=CALL_SECONDS).movement_id
        assert changes_of(stream, 1) == [made]
    stream.cancel()


def test_a_refused_update_of_a_role_takes_no_number(two_shops, cluster):
    here, _ = two_shops
    last = "SELECT last_value FROM platform.event_seq"
    request = roles.UpdateRoleRequest(role={"name": f"r-{uuid.uuid4()}"[:50], "title": "x", "permissions": []})
    here.staff_token  # signing in writes events
    before = cluster.sql(here.database, last)
    assert refused_as(lambda: admin(here, "UpdateRole", request, roles_grpc.RoleServiceStub)) == (
        grpc.StatusCode.NOT_FOUND)
    assert cluster.sql(here.database, last) == before


def test_a_withdrawn_signing_key_ends_its_tokens(two_shops, cluster, database, start_shop):
    url = database()
    here, there = start_shop(url), start_shop(url)
    with StalledLog(cluster, here.database):
        holder = Holder(here, cluster)
        for shop in (here, there):
            assert use(shop, holder.credential) is None
        streams = [watch(shop, holder.credential) for shop in (here, there)]
        cluster.sql(here.database, "DELETE FROM identity.signing_key")
        for shop, stream in zip((here, there), streams):
            wait_until(lambda: use(shop, holder.credential) == UNAUTHENTICATED, WITHIN_SECONDS)
            with pytest.raises(grpc.RpcError) as ended:
                list(stream)
            assert ended.value.code() == UNAUTHENTICATED
        again = holder.person.tokens(here).access_token
        wait_until(lambda: use(there, again) is None, WITHIN_SECONDS)
