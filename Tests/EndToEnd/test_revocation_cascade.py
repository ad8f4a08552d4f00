"""Flows end with the session or password in which they were begun: every flow, with every action that ends it."""

import concurrent.futures

import grpc
import pytest
from pending_flows import (
    Owner, approved_device, change_password, change_role, disable_and_enable, end_other_sessions, end_that_session,
    enrolment, link_elsewhere, sign_in_challenge, mailed_reset, mailed_verification, outcome,
    refresh_token, remove_second_factor, reset_password, sign_in_elsewhere, undecided_device,
)
from external_sign_in import call as call_external, link, new_elsewhere
from external_sign_in_fixtures import acme, providers, shop
from fastshop.identity.v1 import auth_service_pb2 as auth
from accounts import PASSWORD, auth_of, bearer, mails_to, reason_of
from row_lock import RowLock
from stubs import CALL_SECONDS

ENDS, STAYS = "ends", "stays"

ENDINGS = [
    reset_password, change_password, end_that_session, end_other_sessions, disable_and_enable, change_role,
    remove_second_factor,
]
# "That session" is the one in which a thing was begun, if it was begun in one.
ELSEWHERE = {
    #                    reset  change that   others disable role   factor
    link_elsewhere:      [ENDS, ENDS,  ENDS,  ENDS,  ENDS,   STAYS, ENDS],
    # This flow authenticates at its end and not at its beginning, so it stays valid. A reset unlinks the account.
    sign_in_elsewhere:   [ENDS, STAYS, STAYS, STAYS, STAYS,  STAYS, STAYS],
}
# `RevocationCascadeTests` tries all flows without a provider in process; here, each is tried once.
STORIES = [
    (approved_device, end_that_session, ENDS), (undecided_device, disable_and_enable, STAYS),
    (sign_in_challenge, change_password, ENDS), (mailed_reset, disable_and_enable, ENDS),
    (mailed_verification, reset_password, ENDS), (enrolment, end_other_sessions, ENDS),
    (refresh_token, remove_second_factor, STAYS),
]
# The caller's own session continues; its flows end nevertheless when all flows do.
GOES_ON = {change_password, end_other_sessions, remove_second_factor}
BEGUN_IN_A_LIVING_SESSION = {link_elsewhere, enrolment}
CELLS = [
    pytest.param(thing, ending, expected, id=f"{thing.__name__}-{ending.__name__}-{expected}")
    for thing, ending, expected in [
        *((thing, *cell) for thing, row in ELSEWHERE.items() for cell in zip(ENDINGS, row, strict=True)), *STORIES]
]


@pytest.mark.parametrize(("thing", "ending", "expected"), CELLS)
def test_what_was_begun(shop, acme, cluster, thing, ending, expected):
    needs_factor = thing is sign_in_challenge or ending is remove_second_factor
    owner = Owner(shop, cluster, acme, needs_factor, is_verified=thing is not mailed_verification)
    if thing is mailed_verification:
        redeem = thing(owner, None)
    else:
        lives_on = ending in GOES_ON and thing in BEGUN_IN_A_LIVING_SESSION
        redeem = thing(owner, owner.own if lives_on else owner.stolen)
    ending(owner)
    got = outcome(redeem)
    assert (got == "OK") == (expected == STAYS), got


def test_whatever_is_begun_for_a_user_says_what_it_hangs_on(shop, cluster):
    """No table of things that end by themselves lacks the column that ends them earlier."""
    columns = cluster.sql(shop.database, """
        SELECT table_name, string_agg(column_name, ',') FROM information_schema.columns
         WHERE table_schema = 'identity' GROUP BY table_name""")
    tables = {name: set(names.split(",")) for name, names in (line.split("|") for line in columns.split())}
    begun = {name for name, names in tables.items() if {"user_id", "expires_at"} <= names} - {"session"}
    assert begun >= {"mailed_token", "login_challenge", "device_grant", "external_visit"}
    assert [name for name in begun if "credential_version" not in tables[name]] == []


def user_id(shop, cluster, owner: Owner) -> str:
    return cluster.sql(
        shop.database, f"SELECT id FROM identity.user WHERE email_key = '{owner.person.email}'").strip()


def change(owner: Owner) -> None:
    request = auth.ChangePasswordRequest(current_password=PASSWORD, new_password="words of the thief")
    auth_of(owner.shop).ChangePassword(request, metadata=bearer(owner.stolen.access_token), timeout=CALL_SECONDS)


@pytest.mark.parametrize("late", [
    lambda owner: owner.person.sign_in(owner.shop), change,
    lambda owner: enrolment(owner, owner.stolen),
], ids=["a sign-in", "a change of the password", "an enrolment"])
def test_a_password_that_was_right_a_moment_ago_does_nothing(shop, acme, cluster, late):
    """It is checked before the user's row is locked, which takes long enough for its owner to be faster."""
    owner = Owner(shop, cluster, acme)
    user = user_id(shop, cluster, owner)
    with RowLock(cluster, shop.database, user, "identity.user WHERE id") as lock:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            answer = pool.submit(late, owner)
            lock.wait_for_waiters(1)
            lock.commit(f"UPDATE identity.user SET credential_version = credential_version + 1 WHERE id = '{user}'")
            error = answer.exception()
    assert error.code() == grpc.StatusCode.ABORTED and reason_of(error) == "CREDENTIALS_CHANGED"


def test_a_reset_unlinks_accounts_elsewhere_and_says_so(shop, acme, cluster):
    owner = Owner(shop, cluster, acme)
    link(shop, acme, owner.stolen.access_token, PASSWORD, **new_elsewhere("thief"))
    reset_password(owner)
    assert not call_external(shop, "ListExternalAccounts", owner.fresh().access_token).accounts
    told = str(mails_to(owner.folder, owner.person.email, count=5))
    assert "You can no longer sign in with Acme" in told
    entries = cluster.sql(shop.database, """
        SELECT count(*) FROM audit.entry
         WHERE action = 'identity.external_account.unlink' AND method LIKE '%ResetPassword'""")
    assert int(entries) >= 1


def test_two_who_approve_a_device_twice_at_once_get_one_session(shop, acme, cluster):
    owner = Owner(shop, cluster, acme)
    redeem = approved_device(owner, owner.stolen)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: outcome(redeem), range(8)))
    assert answers.count("OK") == 1 and set(answers) <= {"OK", "INVALID_TOKEN"}


def test_many_wrong_codes_at_once_on_an_account_without_failures_wait_for_nothing_for_ever(shop, acme, cluster):
    """Without a counter, one transaction must not lock the user first, and another the counter."""
    owner = Owner(shop, cluster, acme, has_factor=True)
    challenges = [owner.person.sign_in(shop).challenge.token for _ in range(12)]

    def guess(challenge: str) -> str:
        return outcome(lambda: auth_of(shop).ConfirmSignIn(
            auth.ConfirmSignInRequest(challenge_token=challenge, code="AAAA-AAAA-AAAA-AAAA"), timeout=CALL_SECONDS))

    for _ in range(3):
        cluster.sql(shop.database, "DELETE FROM security.failure")
        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            wrong = [pool.submit(guess, challenge) for challenge in challenges]
            other = [pool.submit(lambda: outcome(lambda: auth_of(shop).SignIn(
                auth.SignInRequest(email=owner.person.email, password="wrong words"), timeout=CALL_SECONDS)))
                for _ in range(12)]
            assert {each.result() for each in wrong} <= {"WRONG_CODE", "INVALID_TOKEN"}
            assert {each.result() for each in other} == {"WRONG_CREDENTIALS"}
