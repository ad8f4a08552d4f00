"""A user applies to sell, staff decide, a team runs the shop, and shoppers see what they may."""

import concurrent.futures
import time
import uuid

import grpc
import jwt
import pytest
from fastshop.identity.v1 import invitation_service_pb2 as invitations
from fastshop.identity.v1 import invitation_service_pb2_grpc as invitations_grpc
from fastshop.sellers.v1 import seller_admin_service_pb2 as admin
from fastshop.sellers.v1 import seller_admin_service_pb2_grpc as admin_grpc
from fastshop.sellers.v1 import seller_application_pb2 as applications
from fastshop.sellers.v1 import seller_service_pb2 as sellers
from fastshop.sellers.v1 import seller_service_pb2_grpc as sellers_grpc
from fastshop.sellers.v1 import shop_pb2, team_pb2
from accounts import (
    PASSWORD, Account, bearer, mails_to, new_account, new_email, reason_of, refresh, refused_as, token_in,
    until_refused)
from sample_environment import application_fields
from sample_requests import carry_out, methods, request_of
from stubs import CALL_SECONDS, filled, products_of
from waiting import wait_until


@pytest.fixture(scope="module")
def guarded(start_shop, database):
    """A server whose staff administer it from some addresses only, behind a proxy."""
    return start_shop(
        database(), FASTSHOP_TRUSTED_PROXIES="127.0.0.1", FASTSHOP_ADMIN_ADDRESSES="127.0.0.1,198.51.100.0/24")


def call(server, method: str, token: str = "", *metadata, **fields):
    """Calls a method of SellerService, as whoever holds the token."""
    stub = getattr(sellers_grpc.SellerServiceStub(server.channel), method)
    return stub(
        filled(sellers, method, fields), metadata=[*(bearer(token) if token else []), *metadata], timeout=CALL_SECONDS)


def administer(server, method: str, *metadata, **fields):
    """Calls a method of SellerAdminService, as staff."""
    stub = getattr(admin_grpc.SellerAdminServiceStub(server.channel), method)
    return stub(
        filled(admin, method, fields), metadata=[*bearer(server.staff_token), *metadata], timeout=CALL_SECONDS)


def mail_to(server, email: str, subject: str) -> str:
    """The mail with the subject, once it is there."""
    folder = server.folder / "data" / "mail"

    def found() -> str | None:
        return next((mail for mail in mails_to(folder, email) if subject in mail), None)

    return wait_until(found, lambda: f"no mail '{subject}' to {email}")


def applicant(shop, cluster, name: str):
    person = new_account(shop, cluster, name)
    return person, person.tokens(shop)


def opened(shop, cluster):
    """A new shop: its page, its owner, and the owner's access token."""
    person, tokens = applicant(shop, cluster, "owner")
    waiting = call(shop, "ApplyAsSeller", tokens.access_token, **application_fields()).application
    page = administer(shop, "ApproveSeller", application_id=waiting.id).shop
    until_refused(shop, tokens.access_token)
    return page, person, refresh(shop, tokens.refresh_token).access_token


def listed_applications(shop, **fields) -> list:
    found, token = [], ""
    while True:
        page = administer(shop, "ListSellerApplications", page_size=250, page_token=token, **fields)
        found += page.applications
        token = page.next_page_token
        if not token:
            return found


def joined(shop, seller: str, role: int):
    """Somebody new in a team: the tokens of the account."""
    email = new_email("colleague")
    call(shop, "InviteTeamMember", shop.staff_token, seller_id=seller, email=email, role=role)
    accept(shop, token_in(mail_to(shop, email, "You are invited")))
    return Account(email).tokens(shop)


def accept(shop, token: str):
    """A person without an account accepts an invitation."""
    fields = {"token": token, "password": PASSWORD, "display_name": "Grace"}
    stub = invitations_grpc.InvitationServiceStub(shop.channel)
    return stub.AcceptInvitation(filled(invitations, "AcceptInvitation", fields), timeout=CALL_SECONDS)


def outcome(one) -> str | None:
    """What a call ends with: the reason of a refusal, or None."""
    try:
        one()
        return None
    except grpc.RpcError as error:
        return reason_of(error)


def at_once(*calls) -> list:
    """What calls that begin together end with."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as people:
        return list(people.map(outcome, calls))


def test_an_applicant_becomes_the_owner_of_a_shop_with_its_trader_on_the_page(shop, cluster):
    person, tokens = applicant(shop, cluster, "applicant")
    fields = application_fields()
    waiting = call(shop, "ApplyAsSeller", tokens.access_token, **fields).application
    assert waiting.state == applications.SELLER_APPLICATION_STATE_SUBMITTED
    with pytest.raises(grpc.RpcError) as twice:
        call(shop, "ApplyAsSeller", tokens.access_token, **application_fields())
    assert reason_of(twice.value) == "APPLICATION_WAITING"
    state = applications.SELLER_APPLICATION_STATE_SUBMITTED
    listed, = (one for one in listed_applications(shop, state=state) if one.id == waiting.id)
    assert listed.name == "Oak & Iron" and not listed.HasField("trader")
    assert administer(shop, "InspectSellerApplication", application_id=waiting.id).application == waiting

    answer = administer(shop, "ApproveSeller", application_id=waiting.id, etag=waiting.etag)
    assert answer.application.seller_id == answer.shop.seller_id
    mail_to(shop, person.email, "Your shop is open")
    page = call(shop, "GetShop", slug=fields["slug"]).shop
    assert page == answer.shop and page.trader.vat_id == "ATU12345675" and page.trader.phone == "+4312345678"
    until_refused(shop, tokens.access_token)
    renewed = refresh(shop, tokens.refresh_token).access_token
    claims = jwt.decode(renewed, options={"verify_signature": False})
    assert (claims["role"], claims["seller"]) == ("seller", page.seller_id)
    own = call(shop, "GetSellerApplication", renewed).application
    assert (own.id, own.trader) == (waiting.id, page.trader)
    with pytest.raises(grpc.RpcError) as again:
        administer(shop, "RejectSeller", application_id=waiting.id, reason="too late")
    assert reason_of(again.value) == "ILLEGAL_MOVE"


def test_an_applicant_who_was_approved_gets_the_first_response_again(shop, cluster):
    _, tokens = applicant(shop, cluster, "again")
    fields = application_fields() | {"request_id": str(uuid.uuid4())}
    waiting = call(shop, "ApplyAsSeller", tokens.access_token, **fields).application
    administer(shop, "ApproveSeller", application_id=waiting.id)
    until_refused(shop, tokens.access_token)
    owner = refresh(shop, tokens.refresh_token).access_token
    assert call(shop, "ApplyAsSeller", owner, **fields).application == waiting
    assert outcome(lambda: call(shop, "ApplyAsSeller", owner, **application_fields())) == "APPLICANT_NOT_CUSTOMER"


@pytest.mark.parametrize(("origin", "refusal"), [("198.51.100.7", None), ("198.51.101.7", "ADDRESS_NOT_ALLOWED")])
def test_staff_read_traders_and_teams_from_their_addresses_only(guarded, cluster, origin, refusal):
    """What an applicant and a team show of themselves, they read from any address."""
    page, _, owner = opened(guarded, cluster)
    _, tokens = applicant(guarded, cluster, "guarded")
    waiting = call(guarded, "ApplyAsSeller", tokens.access_token, **application_fields()).application
    there, staff = ("x-forwarded-for", origin), guarded.staff_token
    one, team = {"application_id": waiting.id}, {"seller_id": page.seller_id}
    assert outcome(lambda: administer(guarded, "InspectSellerApplication", there, **one)) == refusal
    assert outcome(lambda: call(guarded, "GetSellerApplication", staff, there, **one)) == "RESOURCE_NOT_FOUND"
    assert outcome(lambda: call(guarded, "ListTeam", staff, there, **team)) == refusal
    assert call(guarded, "GetSellerApplication", tokens.access_token, there, **one).application == waiting
    assert len(call(guarded, "ListTeam", owner, there, **team).members) == 1


def test_nothing_that_an_applicant_wrote_is_where_nobody_can_erase_it(shop, cluster):
    _, tokens = applicant(shop, cluster, "private")
    fields = application_fields() | {"name": "Erika Mustermann", "description": "Erika's desks"}
    waiting = call(shop, "ApplyAsSeller", tokens.access_token, **fields).application
    administer(shop, "RejectSeller", application_id=waiting.id, reason="The register has no such number.")
    for kept in (
        f"SELECT count(*), string_agg(payload::text, '') FROM platform.event WHERE topic = 'sellers.application'"
        f" AND key = '{waiting.id}'",
        f"SELECT count(*), string_agg(concat(before, after), '') FROM audit.entry WHERE resource_id = '{waiting.id}'",
    ):
        count, states = cluster.sql(shop.database, kept).strip().split("|", 1)
        assert count == "2" and "submitted" in states.lower()
        assert "Erika" not in states and fields["slug"] not in states


def test_a_rejected_applicant_reads_why_and_applies_again(shop, cluster):
    person, tokens = applicant(shop, cluster, "rejected")
    first = call(shop, "ApplyAsSeller", tokens.access_token, **application_fields()).application
    administer(shop, "RejectSeller", application_id=first.id, reason="The register has no such number.")
    assert "The register has no such number." in mail_to(shop, person.email, "We cannot approve")
    assert call(shop, "GetSellerApplication", tokens.access_token).application.reason.startswith("The register")
    taken = application_fields() | {"slug": opened(shop, cluster)[0].slug}
    with pytest.raises(grpc.RpcError) as error:
        call(shop, "ApplyAsSeller", tokens.access_token, **taken)
    assert (error.value.code(), reason_of(error.value)) == (grpc.StatusCode.ALREADY_EXISTS, "SHOP_SLUG_TAKEN")
    second = call(shop, "ApplyAsSeller", tokens.access_token, **application_fields()).application
    assert second.id != first.id


@pytest.mark.parametrize("attempt", range(3))
def test_of_decisions_at_the_same_time_one_counts(shop, cluster, attempt):
    _, tokens = applicant(shop, cluster, f"hasty{attempt}")
    fields = application_fields()
    waiting = call(shop, "ApplyAsSeller", tokens.access_token, **fields).application
    ended = at_once(
        lambda: administer(shop, "ApproveSeller", application_id=waiting.id),
        lambda: administer(shop, "ApproveSeller", application_id=waiting.id),
        lambda: administer(shop, "RejectSeller", application_id=waiting.id, reason="no"))
    assert sorted(ended, key=str) == ["ILLEGAL_MOVE", "ILLEGAL_MOVE", None]
    decided, = (one for one in listed_applications(shop) if one.id == waiting.id)
    is_open = refused_as(lambda: call(shop, "GetShop", slug=fields["slug"])) is None
    assert is_open == (decided.state == applications.SELLER_APPLICATION_STATE_APPROVED) == (ended[2] is not None)


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_owners_who_leave_at_the_same_time_one_stays(shop, cluster, attempt):
    page, person, _ = opened(shop, cluster)
    seller = page.seller_id
    first, second = person.tokens(shop), joined(shop, seller, team_pb2.TEAM_ROLE_OWNER)
    people = (first, second) if attempt % 2 else (second, first)
    ended = at_once(*(
        lambda one=one: call(shop, "RemoveTeamMember", one.access_token, seller_id=seller, user_id=one.user_id)
        for one in people))
    assert sorted(ended, key=str) == ["LAST_OWNER", None]
    left, = call(shop, "ListTeam", shop.staff_token, seller_id=seller).members
    assert left.role == team_pb2.TEAM_ROLE_OWNER


def test_of_two_owners_who_remove_each_other_one_stays(shop, cluster):
    page, person, _ = opened(shop, cluster)
    seller = page.seller_id
    first, second = person.tokens(shop), joined(shop, seller, team_pb2.TEAM_ROLE_OWNER)
    ended = at_once(*(
        lambda one=one, other=other: call(
            shop, "RemoveTeamMember", one.access_token, seller_id=seller, user_id=other.user_id)
        for one, other in [(first, second), (second, first)]))
    assert ended.count(None) == 1
    assert [one.role for one in call(shop, "ListTeam", shop.staff_token, seller_id=seller).members] == [
        team_pb2.TEAM_ROLE_OWNER]


def test_an_owner_does_not_leave_the_team_by_another_invitation(shop, cluster):
    page, person, _ = opened(shop, cluster)
    stub = invitations_grpc.InvitationServiceStub(shop.channel)
    stub.CreateInvitation(
        filled(invitations, "CreateInvitation", {"email": person.email, "role": "admin"}),
        metadata=bearer(shop.staff_token), timeout=CALL_SECONDS)
    with pytest.raises(grpc.RpcError) as refusal:
        accept(shop, token_in(mail_to(shop, person.email, "You are invited")))
    assert reason_of(refusal.value) == "WOULD_LOSE_PERMISSIONS"
    assert [one.email for one in call(
        shop, "ListTeam", shop.staff_token, seller_id=page.seller_id).members] == [person.email]


def test_an_invitation_to_a_team_is_accepted_once(shop, cluster):
    page, _, token = opened(shop, cluster)
    email = new_email("twice")
    call(shop, "InviteTeamMember", token, seller_id=page.seller_id, email=email, role=team_pb2.TEAM_ROLE_CATALOG)
    mailed = token_in(mail_to(shop, email, "You are invited"))
    assert sorted(at_once(lambda: accept(shop, mailed), lambda: accept(shop, mailed)), key=str) == [
        "INVALID_TOKEN", None]
    assert [one.email for one in call(shop, "ListTeam", token, seller_id=page.seller_id).members].count(email) == 1


@pytest.mark.parametrize("attempt", range(3))
def test_of_invitations_to_two_teams_one_is_accepted(shop, cluster, attempt):
    email, pages, mailed = new_email(f"wanted{attempt}"), [], []
    for _ in range(2):
        page, _, token = opened(shop, cluster)
        call(shop, "InviteTeamMember", token, seller_id=page.seller_id, email=email, role=team_pb2.TEAM_ROLE_OWNER)
        pages.append(page)
        mails = mails_to(shop.folder / "data" / "mail", email, count=len(pages))
        mailed.append(next(one for one in map(token_in, mails) if one not in mailed))
    ended = at_once(*(lambda one=one: accept(shop, one) for one in mailed))
    assert sorted(ended, key=str) == [None, "WOULD_LOSE_PERMISSIONS"]
    for page, refusal in zip(pages, ended, strict=True):
        team = call(shop, "ListTeam", shop.staff_token, seller_id=page.seller_id).members
        assert [one.email for one in team].count(email) == (refusal is None)


def test_shoppers_browse_the_shops_that_sell(shop, cluster):
    page, _, _ = opened(shop, cluster)
    listed, = (one for one in call(shop, "ListShops", page_size=250).shops if one.seller_id == page.seller_id)
    assert listed.name == page.name and page.HasField("trader") and not listed.HasField("trader")
    administer(shop, "SuspendSeller", seller_id=page.seller_id, reason="A recall is open.")
    assert page.seller_id not in {one.seller_id for one in call(shop, "ListShops", page_size=250).shops}


def test_a_page_is_changed_by_its_own_team_alone(shop, cluster):
    page, _, owner = opened(shop, cluster)
    _, _, other = opened(shop, cluster)
    profile = {"seller_id": page.seller_id, "description": "Desks of oak.", "etag": page.etag}
    changed = call(shop, "UpdateShop", owner, profile=profile).shop
    assert (changed.name, changed.description) == (page.name, "Desks of oak.")
    assert call(shop, "GetShop", seller_id=page.seller_id).shop == changed
    with pytest.raises(grpc.RpcError) as stale:
        call(shop, "UpdateShop", owner, profile=profile)
    assert reason_of(stale.value) == "ETAG_MISMATCH"
    assert refused_as(lambda: call(shop, "UpdateShop", other, profile=profile)) == grpc.StatusCode.NOT_FOUND


def test_a_team_has_people_with_roles_and_always_an_owner(shop, cluster):
    page, owner, token = opened(shop, cluster)
    seller, email = page.seller_id, new_email("colleague")
    invited = call(
        shop, "InviteTeamMember", token, seller_id=seller, email=email, role=team_pb2.TEAM_ROLE_CATALOG).invitation
    accept(shop, token_in(mail_to(shop, email, "You are invited")))
    colleague = Account(email).tokens(shop)
    assert refused_as(lambda: call(
        shop, "UpdateShop", colleague.access_token, profile={"seller_id": seller, "name": "Mine"}
    )) == grpc.StatusCode.PERMISSION_DENIED
    team = call(shop, "ListTeam", token, seller_id=seller)
    assert {(one.email, one.role) for one in team.members} == {
        (owner.email, team_pb2.TEAM_ROLE_OWNER), (email, team_pb2.TEAM_ROLE_CATALOG)}
    assert not team.invitations and invited.email == email

    own_id = next(one.user_id for one in team.members if one.email == owner.email)
    for refused in [
        lambda: call(shop, "RemoveTeamMember", token, seller_id=seller, user_id=own_id),
        lambda: call(
            shop, "UpdateTeamMember", token, seller_id=seller, user_id=own_id, role=team_pb2.TEAM_ROLE_MANAGER),
    ]:
        with pytest.raises(grpc.RpcError) as last:
            refused()
        assert reason_of(last.value) == "LAST_OWNER"
    call(
        shop, "UpdateTeamMember", token, seller_id=seller, user_id=colleague.user_id, role=team_pb2.TEAM_ROLE_MANAGER)
    until_refused(shop, colleague.access_token)
    renewed = refresh(shop, colleague.refresh_token)
    named = call(shop, "UpdateShop", renewed.access_token, profile={"seller_id": seller, "name": "Ours"}).shop
    assert named.name == "Ours"
    call(shop, "RemoveTeamMember", token, seller_id=seller, user_id=colleague.user_id)
    until_refused(shop, renewed.access_token)
    gone = refresh(shop, renewed.refresh_token).access_token
    assert jwt.decode(gone, options={"verify_signature": False})["role"] == "customer"
    assert [one.email for one in call(shop, "ListTeam", token, seller_id=seller).members] == [owner.email]


# A method for each permission of which some people of a team have it and others do not.
_GUARDED = {
    "catalog.write": "fastshop.catalog.v1.ProductService/CreateProduct",
    "inventory.read": "fastshop.inventory.v1.InventoryService/ListMovements",
    "inventory.write": "fastshop.inventory.v1.InventoryService/AdjustStock",
    "keys.manage": "fastshop.identity.v1.ApiKeyService/CreateApiKey",
    "shop.write": "fastshop.sellers.v1.SellerService/UpdateShop",
    "team.manage": "fastshop.sellers.v1.SellerService/InviteTeamMember",
}


@pytest.mark.parametrize(("role", "lacking"), [
    (team_pb2.TEAM_ROLE_OWNER, set()),
    (team_pb2.TEAM_ROLE_MANAGER, {"keys.manage", "team.manage"}),
    (team_pb2.TEAM_ROLE_CATALOG, {"keys.manage", "team.manage", "shop.write"}),
    (team_pb2.TEAM_ROLE_FULFILMENT, {"keys.manage", "team.manage", "shop.write", "catalog.write", "inventory.write"}),
])
def test_a_person_of_a_team_does_what_their_role_may(shop, cluster, role, lacking):
    token = joined(shop, opened(shop, cluster)[0].seller_id, role).access_token

    def refusal(name: str) -> str | None:
        takes_id = "request_id" in methods()[name].input_type.fields_by_name
        request = request_of(name, {}, str(uuid.uuid4()) if takes_id else "")
        return outcome(lambda: carry_out(shop, name, request, bearer(token)))

    refused = {permission for permission, name in _GUARDED.items() if refusal(name) == "PERMISSION_MISSING"}
    assert refused == lacking


def test_an_invitation_ends_with_the_rights_of_whoever_sent_it(shop, cluster):
    page, _, token = opened(shop, cluster)
    seller, email = page.seller_id, new_email("late")
    second = joined(shop, seller, team_pb2.TEAM_ROLE_OWNER)
    call(
        shop, "InviteTeamMember", second.access_token, seller_id=seller, email=email, role=team_pb2.TEAM_ROLE_CATALOG)
    mailed = token_in(mail_to(shop, email, "You are invited"))
    call(shop, "RemoveTeamMember", token, seller_id=seller, user_id=second.user_id)
    assert outcome(lambda: accept(shop, mailed)) == "INVALID_TOKEN"


def test_a_team_has_at_most_50_people_with_those_who_are_invited(shop, cluster):
    page, owner, token = opened(shop, cluster)
    cluster.sql(
        shop.database,
        "INSERT INTO identity.user (email, email_key, email_verified_at, password_hash, display_name, role, seller_id,"
        " shop_role)"
        " SELECT n || u.email, n || u.email_key, now(), u.password_hash, 'Ada', 'seller',"
        f" '{page.seller_id}', 'catalog' FROM identity.user u, generate_series(1, 48) n"
        f" WHERE u.email_key = '{owner.email}'")

    def invite(email: str):
        fields = {"seller_id": page.seller_id, "email": email, "role": team_pb2.TEAM_ROLE_CATALOG}
        return call(shop, "InviteTeamMember", token, **fields).invitation

    email = new_email("fiftieth")
    first = invite(email)
    with pytest.raises(grpc.RpcError) as full:
        invite(new_email("late"))
    assert reason_of(full.value) == "TEAM_FULL"
    team = call(shop, "ListTeam", token, seller_id=page.seller_id)
    assert (len(team.members), [one.id for one in team.invitations]) == (49, [first.id])
    assert invite(email).id != first.id, "the invitation is replaced"


def test_an_invitation_is_withdrawn(shop, cluster):
    page, _, token = opened(shop, cluster)
    email = new_email("mistaken")
    fields = {"seller_id": page.seller_id, "email": email, "role": team_pb2.TEAM_ROLE_OWNER}
    invited = call(shop, "InviteTeamMember", token, **fields).invitation
    assert [one.id for one in call(shop, "ListTeam", token, seller_id=page.seller_id).invitations] == [invited.id]
    call(shop, "RemoveTeamMember", token, seller_id=page.seller_id, invitation_id=invited.id)
    token = token_in(mail_to(shop, email, "You are invited"))
    assert refused_as(lambda: accept(shop, token)) == grpc.StatusCode.UNAUTHENTICATED


def test_a_suspended_seller_is_in_no_list_until_reinstated(shop):
    product = products_of(shop)[0]
    seller = product.seller_id
    suspended = administer(shop, "SuspendSeller", seller_id=seller, reason="A recall is open.").shop
    try:
        assert suspended.state == shop_pb2.SHOP_STATE_SUSPENDED
        assert not products_of(shop, 250, seller_id=seller)
        assert product.id not in {one.id for one in products_of(shop, 250, category_id=product.category_id)}
        assert refused_as(lambda: call(shop, "GetShop", seller_id=seller)) == grpc.StatusCode.NOT_FOUND
        state = shop_pb2.SHOP_STATE_SUSPENDED
        assert seller in {one.seller_id for one in administer(shop, "ListSellers", state=state).shops}
    finally:
        administer(shop, "ReinstateSeller", seller_id=seller)

    def again():
        return next(one for one in products_of(shop, 250, seller_id=seller) if one.id == product.id)

    assert again().title == product.title
    wait_until(lambda: again().etag != product.etag, "the product keeps its version")
    assert call(shop, "GetShop", seller_id=seller).shop.state == shop_pb2.SHOP_STATE_ACTIVE


def test_whoever_manages_sellers_manages_all_of_them(shop, cluster):
    """`sellers.any` is for what sellers have: products, stock, orders."""
    cluster.sql(
        shop.database, "INSERT INTO identity.role (name, title, permissions)"
        " VALUES ('overseer', 'Overseer', '{account.own,sellers.manage}')")
    token = new_account(shop, cluster, "overseer", "overseer").tokens(shop).access_token
    seller, stub = opened(shop, cluster)[0].seller_id, admin_grpc.SellerAdminServiceStub(shop.channel)
    request = filled(admin, "SuspendSeller", {"seller_id": seller, "reason": "A recall is open."})
    suspended = stub.SuspendSeller(request, metadata=bearer(token), timeout=CALL_SECONDS).shop
    assert suspended.state == shop_pb2.SHOP_STATE_SUSPENDED


def test_a_holiday_that_is_set_twice_has_one_job_for_each_boundary(shop, cluster):
    page, _, owner = opened(shop, cluster)
    now = int(time.time())
    holiday = {"start_time": {"seconds": now + 86_400}, "end_time": {"seconds": now + 2 * 86_400}}
    for note in ("We are at the sea.", "We are in the mountains."):
        call(shop, "SetHoliday", owner, seller_id=page.seller_id, holiday=holiday | {"note": note})
    assert cluster.sql(
        shop.database, "SELECT count(*) FROM jobs.job j JOIN sellers.shop h ON j.payload::text LIKE '%' || h.seller_id"
        " || '%' AND j.due_at IN (h.holiday_start + interval '500 ms', h.holiday_end + interval '500 ms')"
        f" WHERE j.kind = 'sellers.holiday-boundary' AND h.seller_id = '{page.seller_id}'") == "2"


def test_a_holiday_hides_the_products_when_it_begins_and_shows_them_when_it_ends(shop):
    seller = products_of(shop)[0].seller_id

    def set_holiday(start: int, end: int) -> None:
        now = int(time.time())
        holiday = {
            "start_time": {"seconds": now + start}, "end_time": {"seconds": now + end}, "note": "We are at the sea."}
        call(shop, "SetHoliday", shop.staff_token, seller_id=seller, holiday=holiday)

    set_holiday(2, 3_600)
    assert call(shop, "GetShop", seller_id=seller).shop.holiday.note == "We are at the sea."
    wait_until(lambda: not products_of(shop, 1, seller_id=seller), "the holiday does not begin")
    set_holiday(-60, 10)
    wait_until(lambda: products_of(shop, 1, seller_id=seller), "the holiday does not end")
    wait_until(lambda: not call(shop, "GetShop", seller_id=seller).shop.HasField("holiday"), "the page has a holiday")
