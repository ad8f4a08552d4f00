"""Concurrent changes of users and roles: an outdated etag is refused, and no caller blocks another."""

import concurrent.futures
import uuid

import grpc
import jwt
import pytest
from sample_environment import SampleEnvironment
from sample_requests import carry_out, request_of
from google.rpc import error_details_pb2
from stubs import details_of

USERS, ROLES = "fastshop.identity.v1.UserService", "fastshop.identity.v1.RoleService"


@pytest.fixture(scope="module")
def environment(shop, cluster) -> SampleEnvironment:
    return SampleEnvironment(shop, cluster)


def change(environment: SampleEnvironment, name: str, fields: dict):
    return carry_out(environment.shop, name, request_of(name, fields, str(uuid.uuid4())), environment.staff)


def stale(environment: SampleEnvironment, name: str, fields: dict) -> tuple[str, str, str]:
    """Which resource a change was refused for, and the present etag."""
    with pytest.raises(grpc.RpcError) as refusal:
        change(environment, name, fields)
    assert refusal.value.code() == grpc.StatusCode.ABORTED
    info = details_of(refusal.value, error_details_pb2.ErrorInfo)
    resource = details_of(refusal.value, error_details_pb2.ResourceInfo)
    assert info.reason == "ETAG_MISMATCH"
    return resource.resource_type, resource.resource_name, info.metadata["etag"]


@pytest.mark.parametrize("method, fields", [
    ("SetUserRole", {"role": "support"}), ("DisableUser", {"reason": "a joke"}), ("EnableUser", {}),
])
def test_a_user_who_changed_since_is_left_alone(environment, method, fields):
    user = {"user_id": environment.user()}
    get = f"{USERS}/GetUser"
    seen = carry_out(environment.shop, get, request_of(get, user), environment.staff).user
    present = change(environment, f"{USERS}/SetUserRole", user | {"role": "manager"}).user
    assert present.etag != seen.etag
    named = stale(environment, f"{USERS}/{method}", user | fields | {"etag": seen.etag})
    assert named == ("fastshop.identity.v1.User", user["user_id"], present.etag)
    left = carry_out(environment.shop, get, request_of(get, user), environment.staff).user
    assert left == present
    assert change(environment, f"{USERS}/{method}", user | fields | {"etag": named[2]}).user.etag != present.etag


def test_a_second_factor_changes_its_users_etag(environment):
    get, confirm = f"{USERS}/GetUser", "fastshop.identity.v1.SecondFactorService/ConfirmEnrolment"
    own, app = environment.authenticator()
    claims = jwt.decode(own[0][1].removeprefix("Bearer "), options={"verify_signature": False})
    user = request_of(get, {"user_id": claims["sub"]})
    before = carry_out(environment.shop, get, user, environment.staff).user
    carry_out(environment.shop, confirm, request_of(confirm, {"code": app.now()}, str(uuid.uuid4())), own)
    after = carry_out(environment.shop, get, user, environment.staff).user
    assert (before.second_factor, after.second_factor) == (False, True) and before.etag != after.etag


@pytest.mark.parametrize("method", ["UpdateRole", "DeleteRole"])
def test_a_role_that_changed_since_is_left_alone(environment, method):
    role = environment.role()
    present = change(environment, f"{ROLES}/UpdateRole", {"role": role | {"title": "Head"}}).role.etag
    wrong = {"UpdateRole": {"role": role | {"etag": "v1"}}, "DeleteRole": {"name": role["name"], "etag": "v1"}}
    named = stale(environment, f"{ROLES}/{method}", wrong[method])
    assert named == ("fastshop.identity.v1.Role", role["name"], present)
    right = {"UpdateRole": {"role": role | {"etag": present}}, "DeleteRole": {"name": role["name"], "etag": present}}
    change(environment, f"{ROLES}/{method}", right[method])


def test_a_role_and_those_who_have_it_are_changed_at_once_without_a_deadlock(environment):
    """Both changes touch the role and its users; Postgres notices after a second when they wait for each other."""
    role, users = environment.role(), [environment.user() for _ in range(4)]
    ids = ", ".join(f"'{user}'" for user in users)
    environment.cluster.sql(
        environment.shop.database, f"UPDATE identity.user SET role = '{role['name']}' WHERE id IN ({ids})")
    log = environment.cluster.folder / "log"
    before = log.read_text(errors="replace").count("deadlock")

    def change_role(number: int) -> None:
        change(environment, f"{ROLES}/UpdateRole", {"role": role | {"title": f"Auditor {number}"}})

    def change_user(number: int) -> None:
        method = "EnableUser" if number % 2 else "DisableUser"
        change(environment, f"{USERS}/{method}", {"user_id": users[number % len(users)]})

    with concurrent.futures.ThreadPoolExecutor(len(users) + 1) as people:
        done = [people.submit(change_role if n % 4 == 0 else change_user, n) for n in range(200)]
    assert all(one.exception() is None for one in done)
    assert log.read_text(errors="replace").count("deadlock") == before
