"""A server that renders pages calls on behalf of end users, and reports the address of each."""

import grpc
import pytest
from curl import post_json
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from fastshop.security.v1 import security_service_pb2, security_service_pb2_grpc
from accounts import PASSWORD, auth_of, bearer, list_sessions, new_account, reason_of
from stubs import CALL_SECONDS, catalog, catalog_of
from test_api_keys import call as programs, new_key
from waiting import wait_until

FOR, KEY = "fastshop-client-address", "fastshop-forwarding-key"
REFUSED = grpc.StatusCode.RESOURCE_EXHAUSTED
LIST = "fastshop.catalog.v1.CatalogService/ListProducts"


@pytest.fixture(scope="module")
def limited(start_shop, database):
    """An address reads five times, a program as well, and never again while a test lasts."""
    return start_shop(
        database(), FASTSHOP_RATE_LIMITS="on", FASTSHOP_RATE_PUBLIC="1000/min,browse=5/d,credentials=1000/min",
        FASTSHOP_RATE_SIGNED_IN="1000/min,browse=5/d,credentials=1000/min", FASTSHOP_ADDRESS_FAILURES="2")


@pytest.fixture(scope="module")
def key(limited) -> str:
    made = new_key(limited, ["traffic.forward", "catalog.read", "sellers.any"]).secret
    wait_until(lambda: outcome(limited, made, "192.0.2.250") == "OK")
    return made


def read(server, secret: str, *fields: tuple[str, str]):
    own = bearer(secret) if secret else []
    return catalog_of(server).ListProducts(
        catalog.ListProductsRequest(page_size=1), metadata=[*own, *fields], timeout=CALL_SECONDS)


def outcome(server, secret: str, address: str, *more: tuple[str, str]) -> str:
    """`OK`, or the reason why not, or the status where there is none."""
    try:
        read(server, secret, (FOR, address), *more)
        return "OK"
    except grpc.RpcError as error:
        return error.code().name if error.code() == REFUSED else reason_of(error)


def test_each_end_user_has_an_allowance_and_the_key_keeps_its_own(limited, key):
    for address in ("192.0.2.1", "192.0.2.2", "2001:db8:5::1"):
        found = [outcome(limited, key, address) for _ in range(7)]
        assert found == ["OK"] * 5 + [REFUSED.name] * 2
    assert outcome(limited, key, "2001:db8:5::2") == REFUSED.name, "of the same household"
    for _ in range(5):
        read(limited, key)
    with pytest.raises(grpc.RpcError) as refusal:
        read(limited, key)
    assert refusal.value.code() == REFUSED


@pytest.mark.parametrize("address", [
    "", "somewhere", "192.0.2.1, 192.0.2.2", "192.0.2.1:80", "[2001:db8::1]", "192.0.2.256", "fe80::1%eth0"])
def test_what_is_no_address_is_refused(limited, key, address):
    assert outcome(limited, key, address) == "FORWARDED_ADDRESS_INVALID"


def test_two_addresses_are_refused(limited, key):
    assert outcome(limited, key, "192.0.2.1", (FOR, "192.0.2.9")) == "FORWARDED_ADDRESS_INVALID"


def test_nobody_else_is_believed(limited, cluster, key):
    """Refused rather than ignored, so that no caller believes it counts."""
    plain = new_key(limited, ["catalog.read", "sellers.any"]).secret
    wait_until(lambda: outcome(limited, plain, "192.0.2.3") == "FORWARDING_NOT_ALLOWED")
    person = new_account(limited, cluster).tokens(limited).access_token
    for secret in ("", plain, person, limited.staff_token):
        assert outcome(limited, secret, "192.0.2.3") == "FORWARDING_NOT_ALLOWED"
    assert outcome(limited, "", "192.0.2.3", (KEY, plain)) == "FORWARDING_NOT_ALLOWED"
    for bad in ("made up", key[:-1] + "?", limited.staff_token):
        assert outcome(limited, "", "192.0.2.3", (KEY, bad)) == "CREDENTIALS_INVALID"
    answer = post_json(limited, LIST, {"pageSize": 1}, "--header", f"{FOR}: 192.0.2.3")
    assert answer.status == 403


def test_a_key_that_is_revoked_is_not_believed_any_more(limited):
    made = new_key(limited, ["traffic.forward"])
    wait_until(lambda: outcome(limited, "", "192.0.2.30", (KEY, made.secret)) == "OK")
    programs(limited, "RevokeApiKey", api_key_id=made.api_key.id)
    wait_until(lambda: outcome(limited, "", "192.0.2.31", (KEY, made.secret)) == "CREDENTIALS_INVALID")


def test_sessions_lock_outs_and_security_events_have_the_end_users_address(limited, cluster, key):
    ada = new_account(limited, cluster, "ada")

    def sign_in(address: str, password: str = PASSWORD):
        request = auth.SignInRequest(email=ada.email, password=password)
        return auth_of(limited).SignIn(request, metadata=[(FOR, address), (KEY, key)], timeout=CALL_SECONDS).tokens

    reasons = []
    for _ in range(4):
        with pytest.raises(grpc.RpcError) as refusal:
            sign_in("192.0.2.66", "not the password")
        reasons.append(reason_of(refusal.value))
    assert reasons == ["WRONG_CREDENTIALS"] * 3 + ["LOCKED_OUT"]
    tokens = sign_in("192.0.2.67")
    assert "192.0.2.67" in [session.ip_address for session in list_sessions(limited, tokens.access_token)]
    events = security_service_pb2_grpc.SecurityServiceStub(limited.staff).ListSecurityEvents(
        security_service_pb2.ListSecurityEventsRequest(user_id=tokens.user_id), timeout=CALL_SECONDS).events
    assert {event.address for event in events if event.address} == {"192.0.2.66"}
    # The end user's token in `authorization`, the program's key beside it.
    request = auth.ChangePasswordRequest(current_password=PASSWORD, new_password="other words do as well")
    auth_of(limited).ChangePassword(
        request, metadata=[*bearer(tokens.access_token), (FOR, "192.0.2.68"), (KEY, key)], timeout=CALL_SECONDS)
    peers = cluster.sql(
        limited.database, "SELECT peer FROM audit.entry WHERE action = 'identity.password.change'")
    assert peers == "192.0.2.68"


def test_nobody_reaches_administration_from_an_address_that_a_key_names(start_shop, database, cluster):
    """A key that forwards users' addresses must not bypass the list of administrators' addresses."""
    shop = start_shop(database(), FASTSHOP_ADMIN_ADDRESSES="198.51.100.0/24")
    inside = start_shop(shop.settings["DATABASE_URL"], FASTSHOP_ADMIN_ADDRESSES="127.0.0.1,198.51.100.0/24")
    secret = new_key(inside, ["traffic.forward"]).secret

    def look(server, address: str) -> str:
        try:
            users_grpc.UserServiceStub(server.staff).ListUsers(
                users.ListUsersRequest(page_size=1), metadata=[(FOR, address), (KEY, secret)], timeout=CALL_SECONDS)
            return "OK"
        except grpc.RpcError as error:
            return reason_of(error)

    wait_until(lambda: look(inside, "198.51.100.7") == "OK")
    assert look(inside, "203.0.113.7") == "ADDRESS_NOT_ALLOWED"
    wait_until(lambda: look(shop, "198.51.100.7") == "ADDRESS_NOT_ALLOWED")
