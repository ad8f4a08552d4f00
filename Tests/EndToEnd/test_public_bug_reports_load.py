"""Bugs of servers under load that users of other shops and identity systems reported, tried on FastShop."""

import concurrent.futures
import uuid

import grpc
import pytest
from curl import curl
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import user_service_pb2 as users
from fastshop.identity.v1 import user_service_pb2_grpc as users_grpc
from accounts import auth_of, list_sessions, mails_to, new_account, reason_of, refresh, refused_as
from stubs import CALL_SECONDS, filled, products_of
from waiting import wait_until

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
UNIMPLEMENTED = grpc.StatusCode.UNIMPLEMENTED
AT_ONCE = 8
WAIT_SECONDS_MAX = 60


# Several tabs that send one refresh token at once, with an id that they make of it, stay signed in: no session is lost
# (directus#22360), and none is made beside it (directus#22503).


def test_tabs_that_refresh_at_once_share_one_session(two_shops, cluster):
    person = new_account(two_shops[0], cluster, "tabs")
    tokens = person.tokens(two_shops[0])
    exchange_id = str(uuid.uuid5(uuid.NAMESPACE_OID, tokens.refresh_token))
    request = auth.RefreshTokenRequest(refresh_token=tokens.refresh_token, exchange_id=exchange_id)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(
            lambda tab: auth_of(two_shops[tab % 2]).RefreshToken(request, timeout=WAIT_SECONDS_MAX).tokens,
            range(AT_ONCE)))
    assert len({each.refresh_token for each in answers}) == 1
    session, = list_sessions(two_shops[1], answers[-1].access_token)
    assert session.id == tokens.session_id


# A disabled user stays disabled: a password reset does not sign in (strapi#10776), and ended sessions do not return
# with the account (kratos#1811).


def administer(shop, method: str, **fields) -> None:
    stub = users_grpc.UserServiceStub(shop.staff)
    getattr(stub, method)(filled(users, method, fields), timeout=CALL_SECONDS)


def test_a_disabled_account_is_not_opened_by_a_reset_nor_its_sessions_by_enabling_it(shop, cluster):
    person = new_account(shop, cluster, "blocked")
    tokens = person.tokens(shop)
    administer(shop, "DisableUser", user_id=tokens.user_id, reason="a thief")
    auth_of(shop).RequestPasswordReset(
        auth.RequestPasswordResetRequest(email=person.email), timeout=CALL_SECONDS)
    assert refused_as(lambda: person.sign_in(shop)) == grpc.StatusCode.PERMISSION_DENIED
    later = new_account(shop, cluster, "later")
    mails_to(shop.folder / "data" / "mail", later.email)  # one to the disabled account would have gone out before it
    assert not [mail for mail in mails_to(shop.folder / "data" / "mail", person.email) if "reset-password" in mail]
    administer(shop, "EnableUser", user_id=tokens.user_id)
    assert refused_as(lambda: list_sessions(shop, tokens.access_token)) == UNAUTHENTICATED
    assert refused_as(lambda: refresh(shop, tokens.refresh_token)) == UNAUTHENTICATED
    assert person.tokens(shop).user_id


# The right password counts as no failure, however often it is sent at once (keycloak#48272).


def test_many_right_passwords_at_once_lock_nobody_out(start_shop, database, cluster):
    shop = start_shop(database(), FASTSHOP_ACCOUNT_FAILURES="5", FASTSHOP_ADDRESS_FAILURES="20")
    person = new_account(shop, cluster, "busy")
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda _: refused_as(lambda: person.sign_in(shop)), range(AT_ONCE)))
    assert done == [None] * AT_ONCE


# Names that callers invent do not become labels of metrics (opentelemetry-go-contrib#3071).


def test_made_up_methods_share_one_metric(shop):
    def names() -> set[str]:
        lines = curl(f"http://{shop.address}/metrics").text.splitlines()
        return {line.rsplit(" ", 1)[0] for line in lines if not line.startswith("#")}

    def call_made_up(number: int) -> None:
        service = ["fastshop.catalog.v1.CatalogService", f"made.up.Service{number}"][number % 2]
        made_up = shop.channel.unary_unary(f"/{service}/MadeUp{number}")
        metadata = [("user-agent", f"made-up/{number}")]
        assert refused_as(lambda: made_up(b"", metadata=metadata, timeout=CALL_SECONDS)) is UNIMPLEMENTED

    call_made_up(0)
    before = names()
    for number in range(1, 200):
        call_made_up(number)
    assert names() == before and not [name for name in before if "adeUp" in name]


# A database that only reads, as others make it when its disk is full, and as it is after a failover (keycloak#24493).


def test_a_server_starts_on_a_database_that_can_only_be_read_and_writes_once_it_may(start_shop, database, cluster):
    url = database()
    former = start_shop(url)
    person = new_account(former, cluster, "reader")
    former.stop()
    cluster.sql("postgres", f"ALTER DATABASE {former.database} SET default_transaction_read_only = on")
    shop = start_shop(url)
    assert products_of(shop)
    with pytest.raises(grpc.RpcError) as refusal:
        person.sign_in(shop)
    assert reason_of(refusal.value) == "DATABASE_READ_ONLY"
    cluster.sql("postgres", f"ALTER DATABASE {former.database} RESET default_transaction_read_only")
    wait_until(lambda: refused_as(lambda: person.sign_in(shop)) != grpc.StatusCode.UNAVAILABLE, lambda: shop.log)
    assert person.tokens(shop).user_id
