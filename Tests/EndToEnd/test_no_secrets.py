"""No secret appears in logs, metrics, errors or the database, for any request."""

import base64
import urllib.parse
import urllib.request

import grpc
import pytest
from curl import curl, post_json
from sample_environment import SampleEnvironment
from sample_requests import carry_out, request_of
from fastshop.identity.v1 import auth_service_pb2 as auth
from accounts import (
    Account, auth_of, bearer, list_sessions, mails_to, new_email, new_account, refresh, refused_as, register, token_in,
)
from stubs import CALL_SECONDS
from test_device_flow import call as device_call
from test_api_keys import call as program_call
from test_second_factor import Enrolled
from test_encryption_at_rest import dump

SIGN_IN = "fastshop.identity.v1.AuthService/SignIn"


class Story:
    """Every way to prove who one is, and every way to fail at it; what was secret of it is kept."""

    def __init__(self, shop, cluster) -> None:
        self.shop, self.cluster = shop, cluster
        self.secrets: dict[str, str] = {}
        # All error messages, which must not repeat secrets.
        self.told: list[str] = []
        self.passwords()
        self.second_factor()
        self.device()
        self.programs()
        self.invitation()
        self.curl()

    def keep(self, **secrets: str) -> None:
        self.secrets |= secrets

    def refused(self, call) -> None:
        with pytest.raises(grpc.RpcError) as refusal:
            call()
        self.told.append(f"{refusal.value.details()} {refusal.value.trailing_metadata()}")

    def passwords(self) -> None:
        shop, folder = self.shop, self.shop.folder / "data" / "mail"
        person = Account(new_email("secretive"), "a password like no other 71")
        register(shop, person.email, person.password)
        mailed = token_in(mails_to(folder, person.email)[0])
        stub = auth_of(shop)
        stub.VerifyEmail(auth.VerifyEmailRequest(token=mailed, password=person.password), timeout=CALL_SECONDS)
        first = person.tokens(shop)
        second = refresh(shop, first.refresh_token)
        stub.RequestPasswordReset(auth.RequestPasswordResetRequest(email=person.email), timeout=CALL_SECONDS)
        reset = token_in(mails_to(folder, person.email, count=2)[1])
        stub.ResetPassword(
            auth.ResetPasswordRequest(token=reset, new_password="a later password 72 of theirs"), timeout=CALL_SECONDS)
        again = Account(person.email, "a later password 72 of theirs").tokens(shop)
        stub.ChangePassword(
            auth.ChangePasswordRequest(
                current_password="a later password 72 of theirs", new_password="the third password 74 at last"),
            metadata=bearer(again.access_token), timeout=CALL_SECONDS)
        self.keep(
            password=person.password, later="a later password 72 of theirs", third="the third password 74 at last",
            wrong="a wrong password 73 it was", short="sh0rt-!", mailed=mailed, reset=reset,
            **{f"access {n}": pair.access_token for n, pair in enumerate((first, second, again))},
            **{f"refresh {n}": pair.refresh_token for n, pair in enumerate((first, second, again))})
        self.refused(lambda: Account(person.email, "a wrong password 73 it was").sign_in(shop))
        self.refused(lambda: register(shop, new_email(), "sh0rt-!"))
        self.refused(lambda: refresh(shop, first.refresh_token))
        self.refused(lambda: list_sessions(shop, first.access_token))
        self.refused(lambda: list_sessions(shop, again.access_token[:-3]))
        late = auth.VerifyEmailRequest(token=mailed, password=person.password)
        self.refused(lambda: stub.VerifyEmail(late, timeout=CALL_SECONDS))

    def second_factor(self) -> None:
        ada = Enrolled(self.shop, new_account(self.shop, self.cluster, "ada"))
        challenge = ada.begin()
        self.refused(lambda: ada.confirm(challenge, "73737373737373737373"))
        tokens = ada.confirm(challenge, ada.next_code())
        by_code = ada.confirm(ada.begin(), ada.recovery_codes[0])
        raw = base64.b32decode(ada.begun.secret).hex()
        self.keep(
            totp=ada.begun.secret, totp_bytes=raw, challenge=challenge, access_mfa=tokens.access_token,
            refresh_mfa=tokens.refresh_token, refresh_recovered=by_code.refresh_token,
            **{f"recovery {n}": code for n, code in enumerate(ada.recovery_codes)},
            wrong_code="73737373737373737373")

    def device(self) -> None:
        own = new_account(self.shop, self.cluster, "viewer").tokens(self.shop).access_token
        begun = device_call(self.shop, "BeginDeviceSignIn", device="a kiosk")
        device_call(self.shop, "DecideDeviceSignIn", own, user_code=begun.user_code, approve=True)
        tokens = device_call(self.shop, "PollDeviceSignIn", device_code=begun.device_code).tokens
        self.refused(lambda: device_call(self.shop, "PollDeviceSignIn", device_code=begun.device_code))
        self.keep(device_code=begun.device_code, device_access=tokens.access_token,
                  device_refresh=tokens.refresh_token)

    def programs(self) -> None:
        made = program_call(self.shop, "CreateApiKey", name="a till", scopes=["inventory.write", "sellers.any"])
        turned = program_call(self.shop, "RotateApiKey", api_key_id=made.api_key.id)
        self.refused(lambda: list_sessions(self.shop, turned.secret))
        self.refused(lambda: list_sessions(self.shop, "fsk_" + "Zz73" * 11))
        self.keep(key=made.secret, rotated=turned.secret, made_up="fsk_" + "Zz73" * 11)

    def invitation(self) -> None:
        environment, email = SampleEnvironment(self.shop, self.cluster), new_email("guest")
        environment.invitation(email)
        token = token_in(mails_to(self.shop.folder / "data" / "mail", email)[0])
        name = "fastshop.identity.v1.InvitationService/AcceptInvitation"
        fields = {"token": token, "password": "the guest's password 75", "display_name": "Grace"}
        carry_out(self.shop, name, request_of(name, fields, "0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18"), [])
        self.keep(invitation=token, guest="the guest's password 75", staff=self.shop.staff_token)

    def curl(self) -> None:
        """The same by HTTP: as JSON that is broken, in a URL where it does not belong, in a header's field."""
        password = "typed into the wrong place 76"
        self.keep(json=password)
        url = f"http://{self.shop.address}/{SIGN_IN}"
        answers = [
            post_json(self.shop, SIGN_IN, {"email": "nobody@example.com", "password": password}),
            post_json(self.shop, SIGN_IN, {"email": "nobody@example.com", "pasword": password}),
            curl(url, "--header", "content-type: application/json", body=f'{{"password": "{password}'.encode()),
            curl(f"{url}?password={urllib.parse.quote_plus(password)}"),
            curl(f"{url}?encoding=json&message={urllib.parse.quote(password)}"),
            post_json(self.shop, SIGN_IN, {}, "--header", f"authorization: Basic {password}"),
            post_json(self.shop, "fastshop.identity.v1.SessionService/ListSessions", {}, "--header",
                      f"authorization: Bearer {password}"),
        ]
        assert all(answer.status >= 400 for answer in answers)
        self.told += [f"{answer.text} {answer.headers}" for answer in answers]

    def forms(self) -> dict[str, str]:
        """The secrets as they are, and as others would write them down."""
        found = {}
        for name, secret in self.secrets.items():
            found |= {
                name: secret, f"{name} in base64": base64.b64encode(secret.encode()).decode().rstrip("="),
                f"{name} in a URL": urllib.parse.quote(secret, safe=""), f"{name} in hex": secret.encode().hex(),
            }
        # A truncated token counts as the token.
        found |= {f"{name}, its signature": secret.rsplit(".", 1)[1] for name, secret in self.secrets.items()
                  if secret.count(".") == 2}
        return found


@pytest.fixture(scope="module", params=["logfmt", "json"])
def story(start_shop, database, cluster, request):
    """Everything that may be logged is."""
    shop = start_shop(
        database(), FASTSHOP_LOG_LEVEL="trace", FASTSHOP_ACCESS_LOG="1", FASTSHOP_LOG_FORMAT=request.param)
    return Story(shop, cluster)


def assert_tells_nothing(text: str, story: Story) -> None:
    assert [name for name, form in story.forms().items() if form in text] == []


def test_no_secret_stands_in_a_log(story):
    log = story.shop.log
    for method in ("SignIn", "ConfirmSignIn", "RefreshToken", "PollDeviceSignIn", "CreateApiKey", "AcceptInvitation"):
        assert f"/{method}" in log, "its calls are logged"
    assert_tells_nothing(log, story)


def test_no_error_repeats_what_was_sent(story):
    assert len(story.told) > 10
    assert_tells_nothing("\n".join(story.told), story)


def test_no_metric_names_a_secret(story):
    with urllib.request.urlopen(f"http://{story.shop.address}/metrics", timeout=CALL_SECONDS) as answer:
        text = answer.read().decode()
    assert "AuthService" in text
    assert_tells_nothing(text, story)


def test_no_secret_stands_in_the_database(story, cluster):
    """Mails are sent, so their contents are deleted; all other secrets are hashed or encrypted."""
    text = dump(cluster, story.shop.database)
    assert "a kiosk" in text and "a till" in text
    assert_tells_nothing(text, story)


def test_a_server_that_ends_says_nothing_either(story):
    assert refused_as(lambda: list_sessions(story.shop, "x")) == grpc.StatusCode.UNAUTHENTICATED
    assert story.shop.stop() == 0
    assert_tells_nothing(story.shop.log, story)
