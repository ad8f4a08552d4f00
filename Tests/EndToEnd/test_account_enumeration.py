"""No caller learns who has an account: not from responses, not from times, not from side effects."""

import time

import grpc
import pytest
from fastshop.identity.v1 import auth_service_pb2 as auth
from accounts import PASSWORD, auth_of, new_email, new_account, reason_of, register
from metrics import metric
from shop_server import CHEAP_PASSWORDS
from stubs import CALL_SECONDS

KINDS = [
    "nobody", "verified", "unverified", "disabled", "without a password", "with a second factor", "staff",
    "with a password from elsewhere",
]
# The same password, as others hash it.
BCRYPT = "$2b$10$abcdefghijklmnopqrstuuOY6MgXQVg3cFxDp24etv36tCs.09/eO"
ROUNDS, ROUNDS_MAX = 5, 60
# The fastest calls differ by chance, by less than skipping what must not be skipped would make them.
RATIO_MAX = 1.6


@pytest.fixture(scope="module")
def shop(start_shop, database):
    """Its hashes take as long as in production."""
    return start_shop(database(), **{CHEAP_PASSWORDS: "off"})


@pytest.fixture(scope="module")
def emails(shop, cluster) -> dict[str, str]:
    """An address of each kind."""
    found = {"nobody": new_email("nobody"), "unverified": new_email("unverified")}
    register(shop, found["unverified"])
    for kind in KINDS:
        if kind not in found:
            role = "support" if kind == "staff" else "customer"
            found[kind] = new_account(shop, cluster, kind.replace(" ", ""), role).email

    def change(kind: str, what: str) -> None:
        cluster.sql(shop.database, f"UPDATE identity.user SET {what} WHERE email_key = '{found[kind]}'")

    change("disabled", "disabled_at = now()")
    change("without a password", "password_hash = NULL")
    change("with a password from elsewhere", f"password_hash = '{BCRYPT}'")
    cluster.sql(
        shop.database,
        "INSERT INTO identity.totp (user_id, secret, created_at, confirmed_at) SELECT id, '\\x00', now(), now()"
        f" FROM identity.user WHERE email_key = '{found['with a second factor']}'")
    return found


def wrong_password(shop, email: str):
    auth_of(shop).SignIn(auth.SignInRequest(email=email, password="not the password"), timeout=CALL_SECONDS)


def reset(shop, email: str):
    auth_of(shop).RequestPasswordReset(auth.RequestPasswordResetRequest(email=email), timeout=CALL_SECONDS)


def resend(shop, email: str):
    auth_of(shop).ResendVerification(auth.ResendVerificationRequest(email=email), timeout=CALL_SECONDS)


def register_again(shop, email: str):
    # An unused address must stay unused.
    register(shop, new_email("nobody") if email.startswith("nobody") else email)


STORIES = {"sign in": wrong_password, "reset": reset, "resend": resend, "register": register_again}
HASHES = {"sign in": 1, "reset": 0, "resend": 0, "register": 1}


def told(shop, call, email: str) -> tuple:
    """All that the caller learns."""
    try:
        call(shop, email)
        return ("OK",)
    except grpc.RpcError as error:
        return error.code(), error.details(), reason_of(error), sorted(
            key for key, _ in [*error.initial_metadata(), *error.trailing_metadata()])


def hashes_of(shop) -> float:
    return metric(shop, "fastshop_password_hashes_total")


def test_the_right_password_of_a_closed_account_is_hashed_once_too(shop, emails):
    for kind in ("unverified", "disabled"):
        before = hashes_of(shop)
        request = auth.SignInRequest(email=emails[kind], password=PASSWORD)
        with pytest.raises(grpc.RpcError):
            auth_of(shop).SignIn(request, timeout=CALL_SECONDS)
        assert hashes_of(shop) - before == 1


@pytest.mark.alone("compares how long calls take")
@pytest.mark.parametrize("story", STORIES)
def test_answers_work_and_times_are_the_same(shop, emails, story):
    """Compares the fastest of interleaved calls; a busy machine only makes some slower, so it makes more of them. A
    call without the hash, or without the work that hides its absence, would be several times faster in any case."""
    answers, work = {}, {}
    fastest = dict.fromkeys(KINDS, float("inf"))
    for rounds in range(1, ROUNDS_MAX + 1):
        for kind in KINDS:
            before = hashes_of(shop) if rounds == 1 else 0
            start = time.perf_counter()
            answer = told(shop, STORIES[story], emails[kind])
            fastest[kind] = min(fastest[kind], time.perf_counter() - start)
            if rounds == 1:
                answers[kind], work[kind] = answer, hashes_of(shop) - before
        if rounds >= ROUNDS and max(fastest.values()) < min(fastest.values()) * RATIO_MAX:
            break
    assert len(set(map(str, answers.values()))) == 1, answers
    assert work == {kind: HASHES[story] for kind in KINDS}
    print(story, rounds, {kind: f"{least * 1000:.1f} ms" for kind, least in fastest.items()})
    assert max(fastest.values()) < min(fastest.values()) * RATIO_MAX, fastest
