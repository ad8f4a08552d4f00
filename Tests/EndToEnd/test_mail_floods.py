"""Strangers cannot flood a mailbox: limits by address, shared by all servers, that no response reveals."""

import concurrent.futures
import time

import grpc
import pytest
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import invitation_service_pb2 as invitations
from fastshop.identity.v1 import invitation_service_pb2_grpc as invitations_grpc
from accounts import Account, auth_of, mails_to, new_email, new_account, reason_of, register, token_in
from stubs import CALL_SECONDS, with_id

PER_QUARTER_HOUR, PER_DAY = 3, 10
EQUAL_SECONDS = 0.25
WAIT_SECONDS_MAX = 60


def ask_for_reset(shop, email: str):
    request = auth.RequestPasswordResetRequest(email=email)
    return auth_of(shop).RequestPasswordReset(request, timeout=WAIT_SECONDS_MAX)


def resend(shop, email: str):
    return auth_of(shop).ResendVerification(auth.ResendVerificationRequest(email=email), timeout=WAIT_SECONDS_MAX)


def mails_of(shop, cluster, email: str, kind: str) -> int:
    """The number of mails to be sent: they are in the queue when the call is answered."""
    return int(cluster.sql(
        shop.database, f"SELECT count(*) FROM mail.message WHERE recipient = '{email}' AND kind = '{kind}'"))


def pass_time(shop, cluster, interval: str) -> None:
    """As if the mails had been sent so much earlier."""
    cluster.sql(
        shop.database,
        f"UPDATE mail.recipient SET asked_at = ARRAY(SELECT t - interval '{interval}' FROM unnest(asked_at) t)")


CAUSES = [
    ("password-reset", ask_for_reset, True), ("email-verification", resend, False),
    ("already-registered", register, True), ("email-verification", register, False),
]


@pytest.mark.parametrize(("kind", "cause", "is_verified"), CAUSES)
def test_of_many_that_strangers_ask_for_at_once_on_two_servers_a_few_go_out(
        two_shops, cluster, kind, cause, is_verified):
    here, _ = two_shops
    if is_verified:
        email = new_account(here, cluster, "victim").email
    else:
        email = new_email("victim")
        register(here, email)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: cause(two_shops[n % 2], email), range(16)))
    assert len({each.SerializeToString() for each in answers}) == 1
    assert mails_of(here, cluster, email, kind) == PER_QUARTER_HOUR


def test_a_day_has_its_limit_too_and_ends(shop, cluster):
    email = new_account(shop, cluster, "victim").email
    for _ in range(5):
        for _ in range(4):
            ask_for_reset(shop, email)
        pass_time(shop, cluster, "16 minutes")
    assert mails_of(shop, cluster, email, "password-reset") == PER_DAY
    pass_time(shop, cluster, "1 day")
    ask_for_reset(shop, email)
    assert mails_of(shop, cluster, email, "password-reset") == PER_DAY + 1
    remembered = cluster.sql(shop.database, "SELECT max(cardinality(asked_at)) FROM mail.recipient")
    assert int(remembered) <= PER_DAY


def test_one_that_is_not_sent_leaves_the_last_token_good(shop, cluster):
    """Otherwise an attacker could keep the owner from ever using one."""
    email = new_account(shop, cluster, "victim").email
    for _ in range(PER_QUARTER_HOUR + 4):
        ask_for_reset(shop, email)
    resets = [mail for mail in mails_to(shop.folder / "data" / "mail", email, 1 + PER_QUARTER_HOUR)
              if "reset-password" in mail]
    request = auth.ResetPasswordRequest(token=token_in(resets[-1]), new_password="other words do as well")
    auth_of(shop).ResetPassword(request, timeout=CALL_SECONDS)
    assert Account(email, "other words do as well").tokens(shop).user_id


def test_neither_the_answer_nor_its_time_tells(shop, cluster):
    email = new_account(shop, cluster, "victim").email
    for _ in range(PER_QUARTER_HOUR):
        ask_for_reset(shop, email)
    for each in (email, new_email("nobody")):
        start = time.monotonic()
        ask_for_reset(shop, each)
        assert time.monotonic() - start >= EQUAL_SECONDS
    assert mails_of(shop, cluster, email, "password-reset") == PER_QUARTER_HOUR


def test_a_mailbox_has_many_addresses_and_one_limit(shop, cluster):
    name, host = new_email("victim").split("@")
    for number in range(6):
        register(shop, f"{name}+{number}@{host}")
    sent = cluster.sql(
        shop.database, f"SELECT count(*) FROM mail.message WHERE recipient LIKE '{name}+%@{host}'")
    assert int(sent) == PER_QUARTER_HOUR


def test_owners_hear_of_what_was_done_to_their_account_however_often(shop, cluster):
    """A password change needs a session: no limit may suppress its mail."""
    person = new_account(shop, cluster, "victim")
    own = [("authorization", f"Bearer {person.tokens(shop).access_token}")]
    for number in range(6):
        request = auth.ChangePasswordRequest(
            current_password=person.password, new_password=f"words of the {number}th time")
        auth_of(shop).ChangePassword(request, metadata=own, timeout=CALL_SECONDS)
        person.password = request.new_password
    assert mails_of(shop, cluster, person.email, "password-changed") == 6


def test_staff_may_invite_more_often_and_is_told_when_it_is_too_much(shop, cluster):
    email = new_email("guest")

    def invite():
        request = with_id(invitations.CreateInvitationRequest(email=email, role="support"))
        return invitations_grpc.InvitationServiceStub(shop.staff).CreateInvitation(request, timeout=CALL_SECONDS)

    for _ in range(3 * PER_QUARTER_HOUR):
        last = invite().invitation
    with pytest.raises(grpc.RpcError) as refusal:
        invite()
    assert refusal.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED and reason_of(refusal.value) == "TOO_MANY_MAILS"
    waiting = cluster.sql(
        shop.database, f"SELECT id FROM identity.invitation WHERE email_key = '{email}' AND revoked_at IS NULL")
    assert waiting == last.id, "the one that was mailed last stays good"


def test_how_many_is_a_setting(start_shop, database, cluster):
    shop = start_shop(database(), FASTSHOP_MAILS_PER_QUARTER_HOUR="1", FASTSHOP_MAILS_PER_DAY="2")
    email = new_account(shop, cluster, "victim").email
    for interval in ("1 minute", "16 minutes", "16 minutes"):
        ask_for_reset(shop, email)
        ask_for_reset(shop, email)
        pass_time(shop, cluster, interval)
    assert mails_of(shop, cluster, email, "password-reset") == 2
