"""A stream ends with the right by which its caller sees its contents, even if the method is public."""

import grpc
import pytest
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import api_key_service_pb2 as api_keys
from fastshop.identity.v1 import api_key_service_pb2_grpc as api_keys_grpc
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from fastshop.inventory.v1 import inventory_service_pb2 as inventory
from fastshop.inventory.v1 import inventory_service_pb2_grpc as inventory_grpc
from accounts import auth_of, bearer, new_account
from stubs import CALL_SECONDS, products_of, with_id
from waiting import wait_until


def watch(server, token: str = ""):
    """A stream that has shown the present state."""
    request = inventory.WatchInventoryRequest(seller_id=products_of(server)[0].seller_id)
    stream = inventory_grpc.InventoryServiceStub(server.channel).WatchInventory(
        request, metadata=bearer(token) if token else [], timeout=3 * CALL_SECONDS)
    while next(stream).WhichOneof("event") != "state_complete":
        pass
    return stream


def ends_as(stream) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as ended:
        for _ in stream:
            pass
    return ended.value.code()


def sign_out(shop, token: str, user: str) -> None:
    auth_of(shop).SignOut(auth.SignOutRequest(), metadata=bearer(token), timeout=CALL_SECONDS)


def disable(shop, token: str, user: str) -> None:
    request = with_id(users.DisableUserRequest(user_id=user))
    users_grpc.UserServiceStub(shop.staff).DisableUser(request, timeout=CALL_SECONDS)


def demote(shop, token: str, user: str) -> None:
    request = with_id(users.SetUserRoleRequest(user_id=user, role="customer"))
    users_grpc.UserServiceStub(shop.staff).SetUserRole(request, timeout=CALL_SECONDS)


@pytest.mark.parametrize("ending", [sign_out, disable, demote])
def test_a_stream_ends_with_its_openers_rights(two_shops, cluster, ending):
    here, there = two_shops
    tokens = new_account(here, cluster, "manager", role="manager").tokens(here)
    stream, guests = watch(there, tokens.access_token), watch(there)
    ending(here, tokens.access_token, tokens.user_id)
    assert ends_as(stream) == grpc.StatusCode.UNAUTHENTICATED
    assert guests.is_active(), "guests have no rights to lose"
    guests.cancel()


@pytest.mark.parametrize("ending", ["RevokeApiKey", "demote"])
def test_a_programs_stream_ends_with_its_key_and_its_owners_rights(two_shops, cluster, ending):
    here, there = two_shops
    tokens = new_account(here, cluster, "admin", role="admin").tokens(here)
    stub = api_keys_grpc.ApiKeyServiceStub(here.channel)
    request = api_keys.CreateApiKeyRequest(name="a till", scopes=["inventory.read", "sellers.any"])
    made = stub.CreateApiKey(with_id(request), metadata=bearer(tokens.access_token), timeout=CALL_SECONDS)
    streams = []

    def is_known() -> bool:
        try:
            streams.append(watch(there, made.secret))
            return True
        except grpc.RpcError:
            return False

    wait_until(is_known)
    if ending == "demote":
        demote(here, tokens.access_token, tokens.user_id)
    else:
        stub.RevokeApiKey(
            with_id(api_keys.RevokeApiKeyRequest(api_key_id=made.api_key.id)), metadata=bearer(tokens.access_token),
            timeout=CALL_SECONDS)
    assert ends_as(streams[0]) == grpc.StatusCode.UNAUTHENTICATED
