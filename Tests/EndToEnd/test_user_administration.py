"""User administration: searching, roles, disabling; and no privilege beyond the administrator's own."""

import concurrent.futures

import grpc
import pyotp
import pytest
from fastshop.identity.v1 import second_factor_service_pb2 as factor
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from google.rpc import error_details_pb2
from accounts import (
    PASSWORD, bearer, factor_of, mails_to, new_account, reason_of, refresh, refused_as, until_refused,
)
from stubs import CALL_SECONDS, details_of, filled, with_id, wrong_fields

ABSENT = "0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18"
DENIED = grpc.StatusCode.PERMISSION_DENIED


class Staff:
    def __init__(self, shop, cluster, role: str) -> None:
        self.person = new_account(shop, cluster, role, role)
        self.tokens = self.person.tokens(shop)
        self.stub = users_grpc.UserServiceStub(shop.channel)

    def call(self, method: str, **fields):
        request = filled(users, method, fields)
        metadata = bearer(self.tokens.access_token)
        return getattr(self.stub, method)(request, metadata=metadata, timeout=CALL_SECONDS)


@pytest.fixture(scope="module")
def admin(here, cluster) -> Staff:
    return Staff(here, cluster, "admin")


def test_users_are_found_by_pages_filters_and_search(here, cluster, admin):
    people = [new_account(here, cluster, "findable") for _ in range(5)]
    found, token = [], ""
    while True:
        page = admin.call("ListUsers", search="findable", page_size=2, page_token=token)
        found += [user.email for user in page.users]
        token = page.next_page_token
        if not token:
            break
    assert found == [person.email for person in reversed(people)]
    assert all(user.role == "admin" for user in admin.call("ListUsers", role="admin").users)
    assert not admin.call("ListUsers", search="findable", is_disabled=True).users
    with pytest.raises(grpc.RpcError) as refusal:
        admin.call("ListUsers", search="other", page_token=admin.call("ListUsers", page_size=1).next_page_token)
    assert wrong_fields(refusal.value) == ["page_token"]
    assert refused_as(lambda: admin.call("GetUser", user_id=ABSENT)) == grpc.StatusCode.NOT_FOUND


def test_who_may_not_look_after_users_learns_nothing(here, cluster):
    customer, support = Staff(here, cluster, "customer"), Staff(here, cluster, "support")
    own = support.tokens.user_id
    for user_id in (own, ABSENT):
        assert refused_as(lambda: customer.call("GetUser", user_id=user_id)) == DENIED
        assert refused_as(lambda: support.call("DisableUser", user_id=user_id)) == DENIED
    assert support.call("GetUser", user_id=own).user.role == "support"


def test_a_disabled_user_is_out_on_every_server_and_may_come_back(two_shops, cluster, admin):
    here, there = two_shops
    person = new_account(here, cluster)
    tokens = person.tokens(here)
    user = admin.call("DisableUser", user_id=tokens.user_id, reason="a joke").user
    assert user.is_disabled and user.disabled_reason == "a joke"
    until_refused(here, tokens.access_token)
    until_refused(there, tokens.access_token)
    assert refused_as(lambda: person.sign_in(there)) == DENIED
    assert not admin.call("EnableUser", user_id=tokens.user_id).user.is_disabled
    assert person.tokens(there).user_id


@pytest.mark.parametrize("method, fields", [
    ("DisableUser", {"reason": "a fight"}), ("SetUserRole", {"role": "customer"}),
])
def test_two_admins_who_end_each_other_at_once_end_one(two_shops, cluster, method, fields):
    for _ in range(4):
        pair = [Staff(server, cluster, "admin") for server in two_shops]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            ended = list(pool.map(
                lambda n: refused_as(lambda: pair[n].call(method, user_id=pair[1 - n].tokens.user_id, **fields)),
                range(2)))
        assert sorted(ended, key=str) in [
            [None, grpc.StatusCode.PERMISSION_DENIED], [None, grpc.StatusCode.UNAUTHENTICATED]], ended
        emails = ", ".join(f"'{each.person.email}'" for each in pair)
        left = cluster.sql(two_shops[0].database, "SELECT count(*) FROM identity.user"
                           f" WHERE email_key IN ({emails}) AND role = 'admin' AND disabled_at IS NULL")
        assert left == "1"


def test_who_is_signed_out_by_staff_is_out_on_every_server_and_may_come_back(two_shops, cluster, admin):
    here, there = two_shops
    person = new_account(here, cluster)
    first, second = person.tokens(here), person.tokens(there)
    assert admin.call("RevokeUserSessions", user_id=first.user_id).revoked_count == 2
    for tokens in (first, second):
        until_refused(here, tokens.access_token)
        until_refused(there, tokens.access_token)
        assert refused_as(lambda: refresh(here, tokens.refresh_token)) == grpc.StatusCode.UNAUTHENTICATED
    assert admin.call("RevokeUserSessions", user_id=first.user_id).revoked_count == 0
    assert person.tokens(there).user_id
    assert refused_as(lambda: admin.call("RevokeUserSessions", user_id=ABSENT)) == grpc.StatusCode.NOT_FOUND


def test_who_lost_the_second_factor_is_helped_and_told(two_shops, cluster, admin):
    here, there = two_shops
    person = new_account(here, cluster, "forgetful")
    tokens = person.tokens(here)
    with pytest.raises(grpc.RpcError) as refusal:
        admin.call("DeleteUserSecondFactor", user_id=tokens.user_id)
    assert reason_of(refusal.value) == "NO_SECOND_FACTOR"
    own = bearer(tokens.access_token)
    begun = factor_of(here).BeginEnrolment(
        factor.BeginEnrolmentRequest(password=PASSWORD), metadata=own, timeout=CALL_SECONDS)
    code = pyotp.parse_uri(begun.otpauth_uri).now()
    factor_of(here).ConfirmEnrolment(
        with_id(factor.ConfirmEnrolmentRequest(code=code)), metadata=own, timeout=CALL_SECONDS)
    assert person.sign_in(there).WhichOneof("outcome") == "challenge"
    user = admin.call("DeleteUserSecondFactor", user_id=tokens.user_id).user
    assert not user.second_factor
    until_refused(there, tokens.access_token)
    assert person.sign_in(there).WhichOneof("outcome") == "tokens"
    mails = mails_to([shop.folder / "data" / "mail" for shop in two_shops], person.email, count=2)
    assert any("Your second factor was removed" in mail for mail in mails)


def test_a_new_role_counts_on_every_server(two_shops, cluster, admin):
    here, there = two_shops
    person = Staff(here, cluster, "customer")
    before = person.tokens
    user = admin.call("GetUser", user_id=before.user_id).user
    changed = admin.call("SetUserRole", user_id=before.user_id, role="support", etag=user.etag).user
    assert changed.role == "support" and changed.etag != user.etag
    assert refused_as(
        lambda: admin.call("SetUserRole", user_id=before.user_id, role="customer", etag=user.etag)
    ) == grpc.StatusCode.ABORTED
    until_refused(there, before.access_token)
    person.tokens = person.person.tokens(here)
    assert person.call("ListUsers", page_size=1).users


def seller_of(here, cluster) -> str:
    """The UUID of a shop that there is."""
    return cluster.sql(here.database, "SELECT id FROM catalog.seller ORDER BY id LIMIT 1").strip()


def test_a_seller_has_a_shop_and_others_have_none(admin, here, cluster):
    target = new_account(here, cluster).tokens(here).user_id
    for fields in ({"role": "seller"}, {"role": "support", "seller_id": ABSENT}):
        with pytest.raises(grpc.RpcError) as refusal:
            admin.call("SetUserRole", user_id=target, **fields)
        assert wrong_fields(refusal.value) == ["seller_id"]
    with pytest.raises(grpc.RpcError) as refusal:
        admin.call("SetUserRole", user_id=target, role="seller", seller_id=ABSENT)
    assert refusal.value.code() == grpc.StatusCode.NOT_FOUND
    missing = details_of(refusal.value, error_details_pb2.ResourceInfo)
    assert (missing.resource_type, missing.resource_name) == ("fastshop.catalog.v1.Seller", ABSENT)
    shop_id = seller_of(here, cluster)
    assert admin.call("SetUserRole", user_id=target, role="seller", seller_id=shop_id).user.seller_id == shop_id
    assert refused_as(
        lambda: admin.call("SetUserRole", user_id=target, role="emperor")) == grpc.StatusCode.NOT_FOUND


def test_a_shop_gets_at_most_50_people_also_at_once(admin, here, cluster):
    shop_id = cluster.sql(here.database, "SELECT id FROM catalog.seller ORDER BY id DESC LIMIT 1").strip()
    cluster.sql(
        here.database,
        "INSERT INTO identity.user (email, email_key, email_verified_at, password_hash, display_name, role, seller_id,"
        " shop_role)"
        " SELECT 'team-' || n || u.email, 'team-' || n || u.email_key, now(), u.password_hash, 'Ada', 'seller',"
        f" '{shop_id}', 'catalog' FROM identity.user u, generate_series(1, 49 - (SELECT count(*)"
        f" FROM identity.user m WHERE m.seller_id = '{shop_id}')) n WHERE u.id = '{admin.tokens.user_id}'")
    targets = [new_account(here, cluster).tokens(here).user_id for _ in range(3)]

    def join(user: str) -> str:
        try:
            return admin.call("SetUserRole", user_id=user, role="seller", seller_id=shop_id).user.seller_id
        except grpc.RpcError as refusal:
            return reason_of(refusal)

    with concurrent.futures.ThreadPoolExecutor(len(targets)) as calls:
        outcomes = list(calls.map(join, targets))
    assert sorted(outcomes) == sorted([shop_id, "TEAM_FULL", "TEAM_FULL"])
    assert join(targets[outcomes.index(shop_id)]) == shop_id, "who is in the team already is not counted again"


def test_nobody_changes_their_own_account_this_way(admin):
    own = admin.tokens.user_id
    for call in (lambda: admin.call("DisableUser", user_id=own),
                 lambda: admin.call("RevokeUserSessions", user_id=own),
                 lambda: admin.call("DeleteUserSecondFactor", user_id=own),
                 lambda: admin.call("SetUserRole", user_id=own, role="customer")):
        with pytest.raises(grpc.RpcError) as refusal:
            call()
        assert reason_of(refusal.value) == "CANNOT_CHANGE_OWN_ACCOUNT"


def test_nobody_rises_above_who_gave_the_role(here, cluster, admin):
    cluster.sql(
        here.database,
        "INSERT INTO identity.role (name, title, permissions) VALUES ('doorman', 'Doorman',"
        " '{account.own,users.read,users.manage}')")
    doorman = Staff(here, cluster, "doorman")
    target = new_account(here, cluster).tokens(here).user_id
    for role in ("admin", "manager", "customer"):
        with pytest.raises(grpc.RpcError) as refusal:
            doorman.call("SetUserRole", user_id=target, role=role)
        assert refusal.value.code() == DENIED and reason_of(refusal.value) == "EXCEEDS_CALLER_PERMISSIONS"
    for method in ("DisableUser", "EnableUser", "RevokeUserSessions", "DeleteUserSecondFactor"):
        assert refused_as(lambda: doorman.call(method, user_id=admin.tokens.user_id)) == DENIED


def test_nobody_gives_a_shop_that_they_do_not_reach(here, cluster):
    sellers = (
        "account.own,shop.buy,catalog.read,catalog.write,inventory.read,inventory.write,orders.read,orders.write,"
        "payments.read,promotions.read,promotions.write,payouts.read,shipping.write,reports.read,keys.manage,"
        "shop.write,team.manage")
    for name, more in (("recruiter", ""), ("head-recruiter", ",sellers.any")):
        cluster.sql(
            here.database,
            "INSERT INTO identity.role (name, title, permissions)"
            f" VALUES ('{name}', 'Recruiter', '{{{sellers},users.read,users.manage{more}}}')")
    target = new_account(here, cluster).tokens(here).user_id
    recruiter, head = (Staff(here, cluster, name) for name in ("recruiter", "head-recruiter"))
    shop_id = seller_of(here, cluster)
    for seller in (shop_id, ABSENT):
        with pytest.raises(grpc.RpcError) as refusal:
            recruiter.call("SetUserRole", user_id=target, role="seller", seller_id=seller)
        assert refusal.value.code() == DENIED and reason_of(refusal.value) == "EXCEEDS_CALLER_PERMISSIONS"
    assert head.call("SetUserRole", user_id=target, role="seller", seller_id=shop_id).user.seller_id == shop_id


@pytest.mark.parametrize(
    "typed", ["\u0130brahim", "ibrahim", "I\u0307brahim", "\u0130BRAHIM \u00d6z", "ibrahim o\u0308z"])
def test_names_are_found_however_they_are_typed(here, cluster, admin, typed):
    person = new_account(here, cluster)
    cluster.sql(
        here.database,
        f"UPDATE identity.user SET display_name = '\u0130brahim \u00d6z' WHERE email_key = '{person.email}'")
    assert person.email in [user.email for user in admin.call("ListUsers", search=typed, page_size=250).users]
