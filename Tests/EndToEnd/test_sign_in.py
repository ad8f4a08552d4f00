"""Accounts and sessions: registration, sign-in, renewal, sign-out, on two servers with one Postgres."""

import threading

import grpc
import pytest
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import session_service_pb2 as sessions
from accounts import (
    PASSWORD, Account, auth_of, bearer, list_sessions, new_email, new_account, reason_of, refresh, refused_as, register,
    until_refused, sessions_of,
)
from stubs import CALL_SECONDS, with_id, wrong_fields

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED


def test_a_person_registers_and_logs_in_once_the_address_is_verified(here, cluster):
    person = Account(new_email("ada"))
    register(here, person.email)
    with pytest.raises(grpc.RpcError) as refusal:
        person.sign_in(here)
    assert refusal.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert reason_of(refusal.value) == "EMAIL_NOT_VERIFIED"
    cluster.sql(here.database, f"UPDATE identity.user SET email_verified_at = now() WHERE email_key = '{person.email}'")
    tokens = person.tokens(here, device="a tablet")
    session, = list_sessions(here, tokens.access_token)
    assert (session.id, session.device, session.is_current) == (tokens.session_id, "a tablet", True)
    assert session.ip_address == "127.0.0.1" and not session.second_factor


def test_the_address_counts_in_any_case_and_its_password_does_not(here, cluster):
    person = new_account(here, cluster, "grace")
    assert Account(person.email.upper()).tokens(here).user_id
    assert refused_as(lambda: Account(person.email, PASSWORD.upper()).sign_in(here)) == UNAUTHENTICATED


def test_an_address_registers_once_and_nobody_is_told(here, cluster):
    person = new_account(here, cluster, "mary")
    answer = register(here, person.email, password="another password of hers")
    assert answer == register(here, new_email("fresh"))
    assert person.tokens(here).user_id
    assert refused_as(lambda: Account(person.email, "another password of hers").sign_in(here)) == UNAUTHENTICATED


def test_unknown_people_and_wrong_passwords_get_one_answer(here, cluster):
    person = new_account(here, cluster)
    answers = set()
    for attempt in (Account(person.email, "not the password"), Account(new_email("nobody"))):
        with pytest.raises(grpc.RpcError) as refusal:
            attempt.sign_in(here)
        answers.add((refusal.value.code(), refusal.value.details(), reason_of(refusal.value)))
    assert len(answers) == 1


def test_everything_wrong_is_told_at_once(here):
    with pytest.raises(grpc.RpcError) as refusal:
        auth_of(here).RegisterUser(auth.RegisterUserRequest(), timeout=CALL_SECONDS)
    assert wrong_fields(refusal.value) == ["email", "password", "display_name"]


def test_a_refresh_token_is_good_once_and_its_second_use_ends_the_session(two_shops, cluster):
    here, there = two_shops
    person = new_account(here, cluster)
    bystander = person.tokens(here)
    first = person.tokens(here)
    second = refresh(there, first.refresh_token)
    assert second.session_id == first.session_id and second.refresh_token != first.refresh_token
    third = refresh(here, second.refresh_token)
    with pytest.raises(grpc.RpcError) as refusal:
        refresh(there, first.refresh_token)
    assert refusal.value.code() == UNAUTHENTICATED and reason_of(refusal.value) == "REFRESH_TOKEN_REUSED"
    # The whole family is over: the newest refresh token, and every access token, on both servers.
    assert refused_as(lambda: refresh(here, third.refresh_token)) == UNAUTHENTICATED
    for server in two_shops:
        for tokens in (first, second, third):
            until_refused(server, tokens.access_token)
    assert [session.id for session in list_sessions(here, bystander.access_token)] == [bystander.session_id]


def test_of_many_who_send_one_refresh_token_at_once_one_gets_tokens(two_shops, cluster):
    here, there = two_shops
    tokens = new_account(here, cluster).tokens(here)
    outcomes = []

    def exchange(server):
        outcomes.append(refused_as(lambda: refresh(server, tokens.refresh_token)))

    threads = [threading.Thread(target=exchange, args=(server,)) for server in (here, there) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == sorted(["None"] + [str(UNAUTHENTICATED)] * 7)


@pytest.mark.parametrize("token", ["x", "A" * 43, "e30.e30.e30", "é"])
def test_an_unknown_refresh_token_is_refused(here, token):
    with pytest.raises(grpc.RpcError) as refusal:
        refresh(here, token)
    assert refusal.value.code() == UNAUTHENTICATED and reason_of(refusal.value) == "INVALID_TOKEN"


def test_an_expired_session_is_over(here, cluster):
    tokens = new_account(here, cluster).tokens(here)
    cluster.sql(
        here.database, f"UPDATE identity.session SET expires_at = now() WHERE id = '{tokens.session_id}'")
    assert refused_as(lambda: refresh(here, tokens.refresh_token)) == UNAUTHENTICATED


def test_a_session_was_active_when_it_was_refreshed(here, cluster):
    tokens = new_account(here, cluster).tokens(here)
    before, = list_sessions(here, tokens.access_token)
    assert before.last_active_time == before.create_time
    after, = list_sessions(here, refresh(here, tokens.refresh_token).access_token)
    assert after.create_time == before.create_time
    assert after.last_active_time.ToNanoseconds() > before.last_active_time.ToNanoseconds()


def test_logging_out_ends_the_session_on_every_server(two_shops, cluster):
    here, there = two_shops
    tokens = new_account(here, cluster).tokens(here)
    assert list_sessions(there, tokens.access_token)
    auth_of(here).SignOut(auth.SignOutRequest(), metadata=bearer(tokens.access_token), timeout=CALL_SECONDS)
    until_refused(here, tokens.access_token)
    until_refused(there, tokens.access_token)
    assert refused_as(lambda: refresh(there, tokens.refresh_token)) == UNAUTHENTICATED


def test_a_fourth_session_ends_the_oldest(two_shops, cluster):
    here, there = two_shops
    person = new_account(here, cluster)
    opened = [person.tokens(here, device=f"device {number}") for number in range(4)]
    assert {session.id for session in list_sessions(there, opened[3].access_token)} == {
        tokens.session_id for tokens in opened[1:]
    }
    until_refused(there, opened[0].access_token)
    assert refused_as(lambda: refresh(here, opened[0].refresh_token)) == UNAUTHENTICATED


def test_many_who_sign_in_at_once_have_three_sessions(two_shops, cluster):
    person = new_account(two_shops[0], cluster)
    threads = [threading.Thread(target=person.tokens, args=(server,)) for server in two_shops * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list_sessions(two_shops[0], person.tokens(two_shops[1]).access_token)) == 3


def test_a_person_ends_one_session_and_then_the_others(two_shops, cluster):
    here, there = two_shops
    person = new_account(here, cluster)
    first, second, third = (person.tokens(here) for _ in range(3))
    own = bearer(third.access_token)
    sessions_of(here).RevokeSession(
        with_id(sessions.RevokeSessionRequest(session_id=first.session_id)), metadata=own, timeout=CALL_SECONDS)
    until_refused(there, first.access_token)
    answer = sessions_of(here).RevokeOtherSessions(
        with_id(sessions.RevokeOtherSessionsRequest()), metadata=own, timeout=CALL_SECONDS)
    assert answer.ended_count == 1
    until_refused(there, second.access_token)
    assert [session.id for session in list_sessions(there, third.access_token)] == [third.session_id]


def test_nobody_ends_a_session_of_somebody_else(here, cluster):
    mine, others = new_account(here, cluster).tokens(here), new_account(here, cluster).tokens(here)
    answers = []
    for session_id in (others.session_id, "0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18"):
        with pytest.raises(grpc.RpcError) as refusal:
            sessions_of(here).RevokeSession(
                with_id(sessions.RevokeSessionRequest(session_id=session_id)), metadata=bearer(mine.access_token),
                timeout=CALL_SECONDS)
        answers.append((refusal.value.code(), refusal.value.details().replace(session_id, "")))
    assert answers[0] == answers[1] and answers[0][0] == grpc.StatusCode.NOT_FOUND
    assert list_sessions(here, others.access_token)


def test_a_server_that_starts_later_knows_what_has_ended(start_shop, here, cluster):
    tokens = new_account(here, cluster).tokens(here)
    auth_of(here).SignOut(auth.SignOutRequest(), metadata=bearer(tokens.access_token), timeout=CALL_SECONDS)
    late = start_shop(here.settings["DATABASE_URL"])
    assert refused_as(lambda: list_sessions(late, tokens.access_token)) == UNAUTHENTICATED
