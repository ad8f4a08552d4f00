"""Custom roles, and invitations to them."""

import grpc
import jwt
import pytest
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import invitation_service_pb2 as invitations
from fastshop.identity.v1 import invitation_service_pb2_grpc as invitations_grpc
from fastshop.identity.v1 import role_service_pb2 as roles
from fastshop.identity.v1 import role_service_pb2_grpc as roles_grpc
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from accounts import (
    PASSWORD, Account, auth_of, bearer, mails_to, new_email, new_account, reason_of, refused_as, register,
    until_refused, token_in,
)
from metrics import metric
from stubs import CALL_SECONDS, filled, with_id, wrong_fields

DENIED = grpc.StatusCode.PERMISSION_DENIED


def role(shop, method: str, token: str = "", **fields):
    request = filled(roles, method, fields)
    metadata = bearer(token or shop.staff_token)
    return getattr(roles_grpc.RoleServiceStub(shop.channel), method)(request, metadata=metadata, timeout=CALL_SECONDS)


def invite(shop, method: str, token: str = "", **fields):
    stub = invitations_grpc.InvitationServiceStub(shop.channel)
    request = filled(invitations, method, fields)
    metadata = bearer(token or shop.staff_token)
    return getattr(stub, method)(request, metadata=metadata, timeout=CALL_SECONDS)


def accept(shop, token: str, password: str = PASSWORD, name: str = "Grace"):
    request = with_id(
        invitations.AcceptInvitationRequest(token=token, password=password, display_name=name))
    return invitations_grpc.InvitationServiceStub(shop.channel).AcceptInvitation(request, timeout=CALL_SECONDS)


def claims_of(shop, person: Account) -> dict:
    return jwt.decode(person.tokens(shop).access_token, options={"verify_signature": False})


def test_a_role_is_made_changed_and_forgotten(shop, cluster):
    wanted = roles.Role(name="auditor", title="Auditor", permissions=["audit.read", "users.read"])
    made = role(shop, "CreateRole", role=wanted).role
    assert (made.name, list(made.permissions), made.is_built_in) == ("auditor", ["users.read", "audit.read"], False)
    assert refused_as(lambda: role(shop, "CreateRole", role=wanted)) == grpc.StatusCode.ALREADY_EXISTS
    listed = role(shop, "ListRoles").roles
    assert [r.name for r in listed if r.is_built_in] == ["customer", "seller", "support", "manager", "admin"]
    person = new_account(shop, cluster, "auditor", role="auditor")
    assert claims_of(shop, person)["perm"] == ["users.read", "audit.read"]
    before = person.tokens(shop).access_token
    assert role(shop, "ListRoles", before).roles
    made.permissions[:] = ["audit.read"]
    changed = role(shop, "UpdateRole", role=made).role
    assert refused_as(lambda: role(shop, "UpdateRole", role=made)) == grpc.StatusCode.ABORTED
    until_refused(shop, before)
    after = person.tokens(shop).access_token
    assert refused_as(lambda: role(shop, "ListRoles", after)) == DENIED
    assert refused_as(lambda: role(shop, "DeleteRole", name=changed.name)) == grpc.StatusCode.FAILED_PRECONDITION
    cluster.sql(shop.database, "UPDATE identity.user SET role = 'customer' WHERE role = 'auditor'")
    role(shop, "DeleteRole", name="auditor")
    assert refused_as(lambda: role(shop, "DeleteRole", name="auditor")) == grpc.StatusCode.NOT_FOUND


def test_nobody_makes_a_role_above_their_own(shop, cluster):
    role(shop, "CreateRole", role=roles.Role(name="maker", title="Maker", permissions=["roles.manage"]))
    maker = new_account(shop, cluster, "maker", role="maker").tokens(shop).access_token
    mighty = roles.Role(name="mighty", title="Mighty", permissions=["users.manage"])
    with pytest.raises(grpc.RpcError) as refusal:
        role(shop, "CreateRole", maker, role=mighty)
    assert refusal.value.code() == DENIED and reason_of(refusal.value) == "EXCEEDS_CALLER_PERMISSIONS"
    role(shop, "CreateRole", role=mighty)
    humble = roles.Role(name="mighty", title="Mighty", permissions=[])
    assert refused_as(lambda: role(shop, "UpdateRole", maker, role=humble)) == DENIED
    assert refused_as(lambda: role(shop, "DeleteRole", maker, name="mighty")) == DENIED


def test_an_invited_person_gets_an_account_with_the_role(shop):
    mails = shop.folder / "data" / "mail"
    person = Account(new_email("manager"))
    invited = invite(shop, "CreateInvitation", email=person.email, role="manager").invitation
    assert invited.id in [i.id for i in invite(shop, "ListInvitations").invitations]
    token = token_in(mails_to(mails, person.email)[0])
    with pytest.raises(grpc.RpcError) as refusal:
        accept(shop, token, password="short", name="")
    assert wrong_fields(refusal.value) == ["password", "display_name"]
    accept(shop, token)
    assert claims_of(shop, person)["role"] == "manager"
    assert refused_as(lambda: accept(shop, token)) == grpc.StatusCode.UNAUTHENTICATED
    assert invited.id not in [i.id for i in invite(shop, "ListInvitations").invitations]


def test_an_invited_user_keeps_the_account_and_the_password(shop, cluster):
    mails = shop.folder / "data" / "mail"
    person = new_account(shop, cluster, "promoted")
    before = person.tokens(shop).access_token
    invite(shop, "CreateInvitation", email=person.email, role="support")
    accept(shop, token_in(mails_to(mails, person.email, count=2)[1]), password="", name="")
    until_refused(shop, before)
    assert claims_of(shop, person)["role"] == "support"


@pytest.mark.parametrize("role_before", ["admin", "manager", "seller"])
def test_nobody_loses_rights_by_an_invitation(shop, cluster, role_before):
    mails = shop.folder / "data" / "mail"
    person = new_account(shop, cluster, "mighty", role=role_before)
    invite(shop, "CreateInvitation", email=person.email, role="support")
    token = token_in(mails_to(mails, person.email, count=2)[1])
    with pytest.raises(grpc.RpcError) as refusal:
        accept(shop, token, password="", name="")
    assert refusal.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert reason_of(refusal.value) == "WOULD_LOSE_PERMISSIONS"
    assert claims_of(shop, person)["role"] == role_before


def test_no_password_is_hashed_for_a_made_up_token(shop):
    stub, before = auth_of(shop), metric(shop, "fastshop_password_hashes_total")
    for number in range(3):
        made_up = {"token": f"made-up-{number}"}
        for call in (
            lambda: accept(shop, made_up["token"]),
            lambda: stub.ResetPassword(
                auth.ResetPasswordRequest(new_password=PASSWORD, **made_up), timeout=CALL_SECONDS),
            lambda: stub.VerifyEmail(auth.VerifyEmailRequest(password=PASSWORD, **made_up), timeout=CALL_SECONDS),
        ):
            assert refused_as(call) == grpc.StatusCode.UNAUTHENTICATED
    assert metric(shop, "fastshop_password_hashes_total") == before


def test_whoever_took_the_address_beforehand_gains_nothing(shop):
    """A stranger registers with the address of the person who will be invited, and never verifies it."""
    mails = shop.folder / "data" / "mail"
    email = new_email("target")
    register(shop, email, password="the password of a thief")
    invite(shop, "CreateInvitation", email=email, role="support")
    accept(shop, token_in(mails_to(mails, email, count=2)[1]))
    assert refused_as(
        lambda: Account(email, "the password of a thief").sign_in(shop)) == grpc.StatusCode.UNAUTHENTICATED
    assert claims_of(shop, Account(email))["role"] == "support"


def test_a_later_invitation_and_a_revocation_end_an_earlier_one(shop):
    mails = shop.folder / "data" / "mail"
    email = new_email("twice")
    invite(shop, "CreateInvitation", email=email, role="manager")
    second = invite(shop, "CreateInvitation", email=email, role="support").invitation
    first_token, second_token = (token_in(mail) for mail in mails_to(mails, email, count=2))
    assert refused_as(lambda: accept(shop, first_token)) == grpc.StatusCode.UNAUTHENTICATED
    invite(shop, "RevokeInvitation", invitation_id=second.id)
    assert refused_as(lambda: accept(shop, second_token)) == grpc.StatusCode.UNAUTHENTICATED
    assert refused_as(
        lambda: invite(shop, "RevokeInvitation", invitation_id=second.id)) == grpc.StatusCode.NOT_FOUND


def administer(shop, method: str, **fields) -> None:
    request = with_id(getattr(users, f"{method}Request")(**fields))
    getattr(users_grpc.UserServiceStub(shop.staff), method)(request, timeout=CALL_SECONDS)


def test_who_lost_the_right_to_invite_does_not_come_back_by_an_invitation(shop, cluster):
    """The invitation of a user who is dismissed is invalid; it is valid again only if they return."""
    mails = shop.folder / "data" / "mail"
    inviter = new_account(shop, cluster, "dismissed", "admin").tokens(shop)
    email = new_email("sleeper")
    invite(shop, "CreateInvitation", inviter.access_token, email=email, role="manager")
    token = token_in(mails_to(mails, email)[0])
    for takes, gives in [
        (("DisableUser", {"reason": "dismissed"}), ("EnableUser", {})),
        (("SetUserRole", {"role": "support"}), ("SetUserRole", {"role": "admin"})),
    ]:
        administer(shop, takes[0], user_id=inviter.user_id, **takes[1])
        assert refused_as(lambda: accept(shop, token)) == grpc.StatusCode.UNAUTHENTICATED
        administer(shop, gives[0], user_id=inviter.user_id, **gives[1])
    accept(shop, token)
    assert claims_of(shop, Account(email))["role"] == "manager"
