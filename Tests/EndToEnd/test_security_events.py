"""Security events for operators: as a list, live over two servers, for them alone, and without secrets."""

import queue
import threading
import time

import grpc
import pytest
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import invitation_service_pb2 as invitations
from fastshop.identity.v1 import invitation_service_pb2_grpc as invitations_grpc
from fastshop.identity.v1 import role_service_pb2 as roles
from fastshop.identity.v1 import role_service_pb2_grpc as roles_grpc
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from fastshop.security.v1 import security_event_pb2 as events
from fastshop.security.v1 import security_service_pb2 as security
from fastshop.security.v1 import security_service_pb2_grpc as security_grpc
from accounts import (
    PASSWORD, Account, auth_of, bearer, mails_to, new_email, new_account, refresh, refused_as, token_in,
)
from stubs import CALL_SECONDS, with_id

FAILED, LOCKED = events.SECURITY_EVENT_KIND_SIGN_IN_FAILED, events.SECURITY_EVENT_KIND_LOCKED_OUT
REUSED, NEW_DEVICE = events.SECURITY_EVENT_KIND_REFRESH_REUSED, events.SECURITY_EVENT_KIND_NEW_DEVICE
PRIVILEGE = events.SECURITY_EVENT_KIND_PRIVILEGE_CHANGED
DENIED = grpc.StatusCode.PERMISSION_DENIED
WAIT_SECONDS_MAX = 60


@pytest.fixture(scope="module")
def two_shops(start_shop, database):
    url = database()
    settings = {"FASTSHOP_ACCOUNT_FAILURES": "4", "FASTSHOP_TRUSTED_PROXIES": "127.0.0.0/8"}
    return start_shop(url, **settings), start_shop(url, **settings)


@pytest.fixture(scope="module")
def shop(two_shops):
    return two_shops[0]


def list_events(shop, token: str = "", **fields) -> security.ListSecurityEventsResponse:
    request = security.ListSecurityEventsRequest(**fields)
    metadata = bearer(token or shop.staff_token)
    return security_grpc.SecurityServiceStub(shop.channel).ListSecurityEvents(
        request, metadata=metadata, timeout=CALL_SECONDS)


def id_of(shop, cluster, person: Account) -> str:
    return cluster.sql(shop.database, f"SELECT id FROM identity.user WHERE email_key = '{person.email}'").strip()


def fail(shop, person: Account, address: str, device: str = "a laptop", password: str = "not the password"):
    request = auth.SignInRequest(email=person.email, password=password, device=device)
    metadata = [("x-forwarded-for", address)]
    return refused_as(lambda: auth_of(shop).SignIn(request, metadata=metadata, timeout=CALL_SECONDS))


class Watch:
    """A watcher, from now on or from a cursor."""

    def __init__(self, shop, **fields) -> None:
        stub = security_grpc.SecurityServiceStub(shop.channel)
        self.stream = stub.WatchSecurityEvents(
            security.WatchSecurityEventsRequest(**fields), metadata=bearer(shop.staff_token))
        self.heard: queue.Queue = queue.Queue()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        try:
            for response in self.stream:
                self.heard.put(response)
        except grpc.RpcError:
            pass  # it was left

    def next(self) -> security.WatchSecurityEventsResponse:
        return self.heard.get(timeout=WAIT_SECONDS_MAX)

    def leave(self) -> None:
        self.stream.cancel()
        self.thread.join(WAIT_SECONDS_MAX)


def test_failed_sign_ins_and_lock_outs_say_who_and_from_where(shop, cluster):
    ada = new_account(shop, cluster, "ada")
    for _ in range(5):
        fail(shop, ada, "192.0.2.1")
    found = list_events(shop, user_id=id_of(shop, cluster, ada)).events
    # The last failure and what came of it are one moment.
    assert sorted(event.kind for event in found) == [FAILED] * 5 + [LOCKED]
    assert {(event.address, event.device) for event in found} == {("192.0.2.1", "a laptop")}
    assert ["15 seconds" in event.detail for event in found if event.kind == LOCKED] == [True]
    assert all(abs(event.create_time.seconds - time.time()) < 300 for event in found)


def test_a_failed_sign_in_without_an_account_is_listed_too(shop):
    fail(shop, Account(new_email("nobody")), "192.0.2.77")
    event = list_events(shop, kind=FAILED, page_size=1).events[0]
    assert (event.user_id, event.address) == ("", "192.0.2.77")


def test_without_trusted_proxies_the_connection_counts(start_shop, database):
    shop = start_shop(database())
    fail(shop, Account(new_email("nobody")), "192.0.2.1")
    assert [event.address for event in list_events(shop, kind=FAILED).events] == ["127.0.0.1"]


def test_pages_hold_every_event_once_the_newest_first(shop):
    for _ in range(7):
        fail(shop, Account(new_email("nobody")), "192.0.2.2")
    whole = list_events(shop, kind=FAILED, page_size=250)
    assert len(whole.events) >= 7 and not whole.next_page_token
    seen, token = [], ""
    while True:
        page = list_events(shop, kind=FAILED, page_size=3, page_token=token)
        assert len(page.events) <= 3
        seen += page.events
        token = page.next_page_token
        if not token:
            break
    assert [event.id for event in seen] == [event.id for event in whole.events]
    times = [(event.create_time.seconds, event.create_time.nanos) for event in seen]
    assert times == sorted(times, reverse=True)


def test_watchers_on_every_server_hear_it_live_and_miss_nothing(two_shops, cluster):
    here, there = two_shops
    ada, bob = new_account(here, cluster, "ada"), new_account(here, cluster, "bob")
    everything = Watch(there)
    bobs = Watch(there, user_id=id_of(here, cluster, bob))
    assert not everything.next().HasField("event") and not bobs.next().HasField("event")
    fail(here, ada, "192.0.2.3")
    first = everything.next()
    assert (first.event.kind, first.event.user_id) == (FAILED, id_of(here, cluster, ada))
    everything.leave()
    fail(here, bob, "192.0.2.4")
    fail(there, ada, "192.0.2.5")
    assert bobs.next().event.address == "192.0.2.4"
    bobs.leave()
    resumed = Watch(here, cursor=first.cursor)
    assert [resumed.next().event.address for _ in range(2)] == ["192.0.2.4", "192.0.2.5"]
    resumed.leave()
    listed = list_events(here, user_id=first.event.user_id).events
    assert first.event in listed


def test_only_whoever_may_read_them_sees_them(shop, cluster):
    stub = security_grpc.SecurityServiceStub(shop.channel)
    role = roles.UserRole(name="guard", title="Guard", permissions=["security.read"])
    roles_grpc.RoleServiceStub(shop.channel).CreateRole(
        with_id(roles.CreateRoleRequest(role=role)), metadata=bearer(shop.staff_token), timeout=CALL_SECONDS)
    for role in ("customer", "seller", "support", "manager"):
        token = new_account(shop, cluster, role, role=role).tokens(shop).access_token
        assert refused_as(lambda: list_events(shop, token)) == DENIED
        watch = stub.WatchSecurityEvents(
            security.WatchSecurityEventsRequest(), metadata=bearer(token), timeout=CALL_SECONDS)
        assert refused_as(lambda: next(watch)) == DENIED
    guard = new_account(shop, cluster, "guard", role="guard").tokens(shop).access_token
    assert list_events(shop, guard).events


def test_a_refresh_token_used_twice_is_told(shop, cluster):
    ada = new_account(shop, cluster, "ada")
    first = ada.tokens(shop)
    refresh(shop, first.refresh_token)
    for _ in range(2):
        assert refused_as(lambda: refresh(shop, first.refresh_token)) == grpc.StatusCode.UNAUTHENTICATED
    (event,) = list_events(shop, kind=REUSED, user_id=first.user_id).events
    assert event.address == "127.0.0.1" and first.session_id in event.detail


def test_a_new_device_is_told_to_guards_and_to_the_owner(shop, cluster):
    ada = new_account(shop, cluster, "ada")
    for device in ("an old phone", "a tablet", "an old phone", "a tablet"):
        user = ada.tokens(shop, device).user_id
    (event,) = list_events(shop, kind=NEW_DEVICE, user_id=user).events
    assert event.device == "a tablet"
    mails = mails_to(shop.folder / "data" / "mail", ada.email, count=2)
    (notice,) = [mail for mail in mails if "A new device signed in" in mail]
    assert "a tablet" in notice and "127.0.0.1" in notice and "UTC" in notice


def test_changed_privileges_are_told(shop, cluster):
    staff = bearer(shop.staff_token)
    bob = new_account(shop, cluster, "bob")
    id = id_of(shop, cluster, bob)
    users_grpc.UserServiceStub(shop.channel).SetUserRole(
        with_id(users.SetUserRoleRequest(user_id=id, role="support")), metadata=staff, timeout=CALL_SECONDS)
    (event,) = list_events(shop, kind=PRIVILEGE, user_id=id).events
    assert "support" in event.detail and event.address == "127.0.0.1"
    stub = invitations_grpc.InvitationServiceStub(shop.channel)
    stub.CreateInvitation(
        with_id(invitations.CreateInvitationRequest(email=bob.email, role="manager")), metadata=staff,
        timeout=CALL_SECONDS)
    mails = mails_to(shop.folder / "data" / "mail", bob.email, count=2)
    (token,) = [token_in(mail) for mail in mails if "accept-inv" in mail]
    stub.AcceptInvitation(with_id(invitations.AcceptInvitationRequest(token=token)), timeout=CALL_SECONDS)
    assert "manager" in list_events(shop, kind=PRIVILEGE, user_id=id).events[0].detail
    role = roles.UserRole(name="packer", title="Packer", permissions=["inventory.write"])
    roles_stub = roles_grpc.RoleServiceStub(shop.channel)
    made = roles_stub.CreateRole(with_id(roles.CreateRoleRequest(role=role)), metadata=staff, timeout=CALL_SECONDS)
    made.role.permissions.append("users.read")
    roles_stub.UpdateRole(
        with_id(roles.UpdateRoleRequest(role=made.role)), metadata=staff, timeout=CALL_SECONDS)
    assert "packer" in list_events(shop, kind=PRIVILEGE, page_size=1).events[0].detail


def test_closed_and_opened_accounts_are_told(shop, cluster):
    id = id_of(shop, cluster, new_account(shop, cluster, "bob"))
    stub, staff = users_grpc.UserServiceStub(shop.channel), bearer(shop.staff_token)
    closing = with_id(users.DisableUserRequest(user_id=id, reason="a test"))
    stub.DisableUser(closing, metadata=staff, timeout=CALL_SECONDS)
    again = with_id(users.EnableUserRequest(user_id=id))
    for _ in range(2):
        stub.EnableUser(again, metadata=staff, timeout=CALL_SECONDS)
    told = [event.detail for event in list_events(shop, kind=PRIVILEGE, user_id=id).events]
    assert len(told) == 2, "a request that is sent again is told once"
    assert "enabled" in told[0] and "disabled" in told[1]


def test_a_second_factor_that_staff_took_away_is_told(shop, cluster):
    id = id_of(shop, cluster, new_account(shop, cluster, "bob"))
    cluster.sql(
        shop.database,
        "INSERT INTO identity.totp (user_id, secret, created_at, confirmed_at)"
        f" VALUES ('{id}', '\\x00', now(), now())")
    users_grpc.UserServiceStub(shop.channel).DeleteUserSecondFactor(
        with_id(users.DeleteUserSecondFactorRequest(user_id=id)), metadata=bearer(shop.staff_token), timeout=CALL_SECONDS)
    (event,) = list_events(shop, kind=PRIVILEGE, user_id=id).events
    assert "second factor" in event.detail


def test_the_admin_of_the_command_line_is_told(start_shop, database):
    (event,) = list_events(start_shop(database()), kind=PRIVILEGE).events
    assert "fastshop create-admin" in event.detail and event.user_id


def test_a_refused_change_of_privileges_is_not_told(shop, cluster):
    bob = new_account(shop, cluster, "bob")
    id = id_of(shop, cluster, bob)
    request = with_id(users.SetUserRoleRequest(user_id=id, role="support", etag="v999"))
    stub = users_grpc.UserServiceStub(shop.channel)
    assert refused_as(
        lambda: stub.SetUserRole(request, metadata=bearer(shop.staff_token), timeout=CALL_SECONDS)
    ) == grpc.StatusCode.ABORTED
    assert not list_events(shop, kind=PRIVILEGE, user_id=id).events


def test_no_secret_stands_in_an_event(shop, cluster):
    ada = new_account(shop, cluster, "ada")
    wrong = "a wrong password like no other 81"
    fail(shop, ada, "192.0.2.9", password=wrong)
    first = ada.tokens(shop, "one")
    second = refresh(shop, first.refresh_token)
    refused_as(lambda: refresh(shop, first.refresh_token))
    ada.tokens(shop, "another")
    made_up = "a-made-up-token-of-a-mail-82"
    late = auth.VerifyEmailRequest(token=made_up, password=wrong)
    assert refused_as(lambda: auth_of(shop).VerifyEmail(late, timeout=CALL_SECONDS))
    stored = cluster.dump(shop.database, "security") + cluster.dump(shop.database, "platform")
    listed = str(list_events(shop, page_size=250))
    assert first.user_id in stored and first.user_id in listed
    for secret in (
        PASSWORD, wrong, made_up, first.access_token, first.refresh_token, second.access_token, second.refresh_token,
        ada.email,
    ):
        assert secret not in stored and secret not in listed
