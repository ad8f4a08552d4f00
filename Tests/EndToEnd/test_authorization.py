"""Access control with real accounts: the server does what docs/api.md documents.

Access to the resources of others is tested in process: `AccessTests` tries every method and every field that names a
resource.
"""

import re
import uuid

import grpc
import pytest
from curl import post_json
from fastshop.identity.v1 import api_key_service_pb2 as api_keys
from fastshop.identity.v1 import api_key_service_pb2_grpc as api_keys_grpc
from fastshop.inventory.v1 import inventory_service_pb2_grpc as inventory_grpc
from google.protobuf import descriptor_pool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from accounts import bearer, new_account
from shop_server import ROOT
from stubs import CALL_SECONDS, adjustment, with_id
from waiting import wait_until

ROLES = ["customer", "seller", "support", "manager"]
CALLERS = ["guest", *ROLES, "admin"]
LIST = "/fastshop.catalog.v1.CatalogService/ListProducts"
REFUSED = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}


def inventory_of(shop) -> inventory_grpc.InventoryServiceStub:
    """Not in the staff's name, as the other tests' is."""
    return inventory_grpc.InventoryServiceStub(shop.channel)


def documented() -> tuple[dict[str, str], dict[str, str]]:
    """The documented access of each method in docs/api.md: the callers, and the scope of a key."""
    callers, scopes, service = {}, {}, ""
    for line in (ROOT / "docs/api.md").read_text().splitlines():
        if heading := re.match(r"## `([\w.]+)`", line):
            service = heading[1]
        elif row := re.match(r"\| `(\w+)`.*? \| ([^|]+?) \| `?([^|]+?)`? \|", line):
            callers[f"/{service}/{row[1]}"] = row[2]
            scopes[f"/{service}/{row[1]}"] = row[3]
    return callers, scopes


def may_call(caller: str, who: str) -> bool:
    if who.startswith("everybody"):
        return True
    if who == "signed in":
        return caller != "guest"
    return caller in [role.strip() for role in who.split(":", 1)[1].split(",")]


DOCUMENTED, SCOPES = documented()


@pytest.fixture(scope="module")
def shop(start_shop, database):
    return start_shop(database(), FASTSHOP_CHANNELZ="on")


@pytest.fixture(scope="module")
def credentials(shop, cluster):
    """The metadata of each caller."""
    people = {role: bearer(new_account(shop, cluster, role, role=role).tokens(shop).access_token) for role in ROLES}
    return people | {"guest": [], "admin": bearer(shop.staff_token)}


@pytest.fixture(scope="module")
def methods(shop):
    """The methods that the server itself says it has, with the ways to call them."""
    database = ProtoReflectionDescriptorDatabase(shop.channel)
    pool = descriptor_pool.DescriptorPool(database)
    return {
        f"/{service}/{method.name}": (method.client_streaming, method.server_streaming)
        for service in database.get_services()
        for method in pool.FindServiceByName(service).methods
    }


def outcome(shop, path: str, kinds: tuple[bool, bool], metadata) -> grpc.StatusCode:
    """The result of a call with an empty request; a stream is cancelled after its first response."""
    takes_stream, gives_stream = kinds
    names = {
        (False, False): "unary_unary", (False, True): "unary_stream", (True, False): "stream_unary",
        (True, True): "stream_stream",
    }
    multi = getattr(shop.channel, names[kinds])(path, None, None)
    request = iter([b""]) if takes_stream else b""
    try:
        answer = multi(request, timeout=CALL_SECONDS, metadata=metadata)
        if gives_stream:
            next(answer)
            answer.cancel()
        return grpc.StatusCode.OK
    except grpc.RpcError as error:
        return error.code()


def test_every_method_is_documented(methods):
    assert set(methods) == set(DOCUMENTED)


@pytest.mark.parametrize("caller", CALLERS)
def test_every_method_serves_whom_the_documentation_says(shop, methods, credentials, caller):
    for path, kinds in methods.items():
        # Methods that end the caller's own session get a separate account.
        if path.endswith(("/SignOut", "/RevokeOtherSessions")) and caller != "guest":
            continue
        code = outcome(shop, path, kinds, credentials[caller])
        if may_call(caller, DOCUMENTED[path]):
            assert code not in REFUSED, f"{path} refuses {caller}: {code}"
        else:
            wanted = grpc.StatusCode.UNAUTHENTICATED if caller == "guest" else grpc.StatusCode.PERMISSION_DENIED
            assert code == wanted, f"{path} by {caller}: {code}"


@pytest.mark.parametrize("token", ["-", "x", "a.b.c", "x" * 5000])
def test_bad_credentials_are_refused_by_all_who_look(shop, methods, token):
    for path, kinds in methods.items():
        code = outcome(shop, path, kinds, bearer(token))
        if DOCUMENTED[path] == "everybody, without credentials":
            assert code not in REFUSED, f"{path}: {code}"
        else:
            assert code == grpc.StatusCode.UNAUTHENTICATED, f"{path}: {code}"


def new_key(shop, scopes: list[str]) -> str:
    """The secret of an API key that the servers already know: they learn of it through the event log."""
    request = with_id(api_keys.CreateApiKeyRequest(name="a till", scopes=scopes))
    stub = api_keys_grpc.ApiKeyServiceStub(shop.channel)
    key = stub.CreateApiKey(request, metadata=bearer(shop.staff_token), timeout=CALL_SECONDS).secret
    wait_until(lambda: outcome(shop, LIST, (False, False), bearer(key)) == grpc.StatusCode.OK, "the key is not known")
    return key


@pytest.mark.parametrize("made_for", [
    ["catalog.write", "sellers.any"], ["inventory.write", "sellers.any"], ["users.read", "platform.inspect"],
])
def test_a_key_opens_what_it_was_made_for_and_no_more(shop, methods, made_for):
    key = new_key(shop, made_for)
    for path, kinds in methods.items():
        code = outcome(shop, path, kinds, bearer(key))
        if SCOPES[path] in ["any", *made_for]:
            assert code not in REFUSED, f"{path} refuses a key for {made_for}: {code}"
        else:
            assert code == grpc.StatusCode.PERMISSION_DENIED, f"{path} by a key for {made_for}: {code}"


# By JSON over HTTP, where a browser or curl reads the same decisions.

ADJUST = "fastshop.inventory.v1.InventoryService/AdjustStock"


def post(shop, request: dict, metadata):
    fields = [argument for name, value in metadata for argument in ("--header", f"{name}: {value}")]
    return post_json(shop, ADJUST, request, *fields)


@pytest.mark.parametrize(
    "caller, status, code",
    [("guest", 401, "unauthenticated"), ("customer", 403, "permission_denied"), ("admin", 400, "invalid_argument")],
)
def test_json_callers_are_refused_alike(shop, credentials, caller, status, code):
    answer = post(shop, {}, credentials[caller])
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


def test_bad_credentials_are_told_in_the_words_of_http(shop):
    answer = post(shop, {}, bearer("a.b.c"))
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    with pytest.raises(grpc.RpcError) as caught:
        inventory_of(shop).AdjustStock(adjustment(str(uuid.uuid4())), timeout=CALL_SECONDS)
    assert ("www-authenticate", "Bearer") in [*caught.value.initial_metadata(), *caught.value.trailing_metadata()]


@pytest.mark.parametrize("request_id", ["", "mine", "0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e1", "{}"])
def test_a_request_id_is_required_in_json_too(shop, credentials, request_id):
    answer = post(shop, {"delta": 1, "requestId": request_id}, credentials["admin"])
    assert (answer.status, answer.json["code"]) == (400, "invalid_argument")
    assert answer.json["message"].startswith("request_id: ")
    assert [detail["type"] for detail in answer.json["details"]] == ["google.rpc.ErrorInfo", "google.rpc.BadRequest"]
