"""A caller whose right is revoked while the call waits for a lock does nothing with it, on either server."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from fastshop.identity.v1 import invitation_service_pb2 as invitations
from fastshop.identity.v1 import invitation_service_pb2_grpc as invitations_grpc
from fastshop.identity.v1 import api_key_service_pb2 as api_keys
from fastshop.identity.v1 import api_key_service_pb2_grpc as api_keys_grpc
from fastshop.identity.v1 import role_service_pb2 as roles
from fastshop.identity.v1 import role_service_pb2_grpc as roles_grpc
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from accounts import bearer, new_email, new_account, refused_as
from row_lock import RowLock
from stubs import CALL_SECONDS, with_id

ROLE = "identity.role WHERE name"
KEY = "identity.api_key WHERE id"
USER = "identity.user WHERE id"


def id_of(cluster, shop, person) -> str:
    return cluster.sql(shop.database, f"SELECT id FROM identity.user WHERE email_key = '{person.email}'").strip()


def new_role(cluster, shop, *permissions: str) -> str:
    name = f"r-{uuid.uuid4()}"[:50]
    cluster.sql(
        shop.database,
        f"INSERT INTO identity.role (name, title, permissions) VALUES ('{name}', 'x', '{{{','.join(permissions)}}}')")
    return name


def call(stub_type, method: str, request, channel, metadata=None):
    return getattr(stub_type(channel), method)(with_id(request), metadata=metadata, timeout=CALL_SECONDS)


def update_role(cluster, shop):
    name = new_role(cluster, shop, "users.read")
    request = roles.UpdateRoleRequest(role={"name": name, "title": "x", "permissions": ["users.manage"]})
    return roles_grpc.RoleServiceStub, "UpdateRole", request, ROLE, name


def delete_role(cluster, shop):
    name = new_role(cluster, shop, "users.read")
    return roles_grpc.RoleServiceStub, "DeleteRole", roles.DeleteRoleRequest(name=name), ROLE, name


def invite(cluster, shop):
    name = new_role(cluster, shop, "users.read")
    request = invitations.CreateInvitationRequest(email=new_email("bob"), role=name)
    return invitations_grpc.InvitationServiceStub, "CreateInvitation", request, ROLE, name


def rotate_key(cluster, shop):
    made = call(
        api_keys_grpc.ApiKeyServiceStub, "CreateApiKey",
        api_keys.CreateApiKeyRequest(name="backup", scopes=["users.read"]), shop.staff)
    request = api_keys.RotateApiKeyRequest(api_key_id=made.api_key.id)
    return api_keys_grpc.ApiKeyServiceStub, "RotateApiKey", request, KEY, made.api_key.id


@pytest.mark.parametrize("sample", [update_role, delete_role, invite, rotate_key])
def test_whoever_is_disabled_meanwhile_does_nothing(two_shops, cluster, sample):
    here, there = two_shops
    admin = new_account(here, cluster, "ada", role="admin")
    metadata = bearer(admin.tokens(here).access_token)
    stub, method, request, row, key = sample(cluster, here)
    with RowLock(cluster, here.database, key, row) as lock, ThreadPoolExecutor() as pool:
        waiting = pool.submit(refused_as, lambda: call(stub, method, request, there.channel, metadata))
        lock.wait_for_waiters(1)
        gone = users.DisableUserRequest(user_id=id_of(cluster, here, admin))
        call(users_grpc.UserServiceStub, "DisableUser", gone, here.staff)
        lock.release()
        assert waiting.result(CALL_SECONDS) == grpc.StatusCode.UNAUTHENTICATED


def test_whoever_is_demoted_meanwhile_gives_no_role_that_they_lack(two_shops, cluster):
    """The former role and the new one both manage users; only the former may make an administrator."""
    here, there = two_shops
    admin, friend = new_account(here, cluster, "ada", role="admin"), new_account(here, cluster, "bob")
    metadata = bearer(admin.tokens(here).access_token)
    lesser = new_role(cluster, here, "account.own", "users.read", "users.manage")
    own, other = id_of(cluster, here, admin), id_of(cluster, here, friend)
    request = users.SetUserRoleRequest(user_id=other, role="admin")
    with RowLock(cluster, here.database, own, USER) as lock, ThreadPoolExecutor() as pool:
        waiting = pool.submit(
            refused_as, lambda: call(users_grpc.UserServiceStub, "SetUserRole", request, there.channel, metadata))
        lock.wait_for_waiters(1)
        lock.commit(f"UPDATE identity.user SET role = '{lesser}' WHERE id = '{own}'")
        assert waiting.result(CALL_SECONDS) == grpc.StatusCode.UNAUTHENTICATED
    assert cluster.sql(here.database, f"SELECT role FROM identity.user WHERE id = '{other}'").strip() == "customer"


def test_a_role_of_ones_own_may_be_narrowed(two_shops, cluster):
    here, _ = two_shops
    name = new_role(cluster, here, "account.own", "users.read", "roles.manage")
    person = new_account(here, cluster, "ada", role=name)
    request = roles.UpdateRoleRequest(role={"name": name, "title": "x", "permissions": ["account.own"]})
    made = call(
        roles_grpc.RoleServiceStub, "UpdateRole", request, here.channel, bearer(person.tokens(here).access_token))
    assert list(made.role.permissions) == ["account.own"]
