"""Nobody learns who has an account: not from answers, not from times, not from the work that is done."""

import statistics
import time
import urllib.request

import grpc
import pytest
from fastshop.identity.v1 import auth_service_pb2 as auth
from accounts import PASSWORD, auth_of, new_email, new_account, reason_of, register
from prometheus_client.parser import text_string_to_metric_families
from stubs import CALL_SECONDS

KINDS = [
    "nobody", "verified", "unverified", "disabled", "without a password", "with a second factor", "staff",
    "with a password from elsewhere",
]
# The same password, as others hash it.
BCRYPT = "$2b$10$abcdefghijklmnopqrstuuOY6MgXQVg3cFxDp24etv36tCs.09/eO"
ROUNDS = 5
# Medians of so few calls differ by chance, on a busy machine: by less than skipping what must not be skipped would.
RATIO_MAX = 1.6


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
    # Nobody's address is somebody's afterwards.
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
    with urllib.request.urlopen(f"http://{shop.address}/metrics", timeout=CALL_SECONDS) as answer:
        for family in text_string_to_metric_families(answer.read().decode()):
            for sample in family.samples:
                if sample.name == "fastshop_password_hashes_total":
                    return sample.value
    raise AssertionError("the hashes are not counted")


@pytest.mark.parametrize("story", STORIES)
def test_answers_are_the_same(shop, emails, story):
    answers = {kind: told(shop, STORIES[story], emails[kind]) for kind in KINDS}
    assert len(set(map(str, answers.values()))) == 1, answers


@pytest.mark.parametrize("story", STORIES)
def test_a_password_is_hashed_once_or_never_whoever_it_is(shop, emails, story):
    work = {}
    for kind in KINDS:
        before = hashes_of(shop)
        told(shop, STORIES[story], emails[kind])
        work[kind] = hashes_of(shop) - before
    assert work == {kind: HASHES[story] for kind in KINDS}


def test_the_right_password_of_a_closed_account_is_hashed_once_too(shop, emails):
    for kind in ("unverified", "disabled"):
        before = hashes_of(shop)
        request = auth.SignInRequest(email=emails[kind], password=PASSWORD)
        with pytest.raises(grpc.RpcError):
            auth_of(shop).SignIn(request, timeout=CALL_SECONDS)
        assert hashes_of(shop) - before == 1


@pytest.mark.parametrize("story", STORIES)
def test_times_are_the_same(shop, emails, story):
    """Medians of interleaved calls: one that skipped the hash, or what hides it, would be several times faster."""
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for _ in range(ROUNDS):
        for kind in KINDS:
            start = time.perf_counter()
            told(shop, STORIES[story], emails[kind])
            times[kind].append(time.perf_counter() - start)
    medians = {kind: statistics.median(measured) for kind, measured in times.items()}
    print(story, {kind: f"{median * 1000:.1f} ms" for kind, median in medians.items()})
    assert max(medians.values()) < min(medians.values()) * RATIO_MAX, medians
