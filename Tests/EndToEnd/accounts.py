"""Users of the shop: accounts, sessions, and calls in their name."""

import dataclasses
import itertools
import os
import re
from email import message_from_string, policy

import grpc
from fastshop.identity.v1 import auth_service_pb2 as auth
from fastshop.identity.v1 import auth_service_pb2_grpc as auth_grpc
from fastshop.identity.v1 import second_factor_service_pb2_grpc as factor_grpc
from fastshop.identity.v1 import session_service_pb2 as sessions
from fastshop.identity.v1 import session_service_pb2_grpc as sessions_grpc
from google.rpc import error_details_pb2
from stubs import CALL_SECONDS, details_of
from waiting import wait_until

PASSWORD = "plain words do nicely"
_numbers = itertools.count(1)


def new_email(name: str = "someone") -> str:
    return f"{name}.{os.getpid()}.{next(_numbers)}@example.com"


def auth_of(server) -> auth_grpc.AuthServiceStub:
    return auth_grpc.AuthServiceStub(server.channel)


def sessions_of(server) -> sessions_grpc.SessionServiceStub:
    return sessions_grpc.SessionServiceStub(server.channel)


def factor_of(server) -> factor_grpc.SecondFactorServiceStub:
    return factor_grpc.SecondFactorServiceStub(server.channel)


def bearer(token: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {token}")]


def reason_of(error) -> str:
    """The machine-readable cause of a refusal."""
    return details_of(error, error_details_pb2.ErrorInfo).reason


@dataclasses.dataclass
class Account:
    """An account with a verified address."""

    email: str
    password: str = PASSWORD

    def sign_in(self, server, device: str = "") -> auth.SignInResponse:
        request = auth.SignInRequest(email=self.email, password=self.password, device=device)
        return auth_of(server).SignIn(request, timeout=CALL_SECONDS)

    def tokens(self, server, device: str = ""):
        answer = self.sign_in(server, device)
        assert answer.WhichOneof("outcome") == "tokens"
        return answer.tokens


def register(server, email: str, password: str = PASSWORD, name: str = "Ada"):
    request = auth.RegisterUserRequest(email=email, password=password, display_name=name)
    return auth_of(server).RegisterUser(request, timeout=CALL_SECONDS)


def new_account(server, cluster, name: str = "someone", role: str = "customer") -> Account:
    """A registered user with a verified address; `role` is set directly in the database."""
    person = Account(new_email(name))
    register(server, person.email)
    cluster.sql(
        server.database,
        f"UPDATE identity.user SET email_verified_at = now(), role = '{role}' WHERE email_key = '{person.email}'",
    )
    return person


def list_sessions(server, token: str):
    return list(sessions_of(server).ListSessions(
        sessions.ListSessionsRequest(), metadata=bearer(token), timeout=CALL_SECONDS
    ).sessions)


def refresh(server, token: str):
    request = auth.RefreshTokenRequest(refresh_token=token)
    return auth_of(server).RefreshToken(request, timeout=CALL_SECONDS).tokens


def refused_as(call) -> grpc.StatusCode | None:
    """The status that `call` is refused with; None when it is not."""
    try:
        call()
        return None
    except grpc.RpcError as error:
        return error.code()


def until_refused(server, token: str) -> None:
    """Waits until a server refuses an access token, which would otherwise be valid for minutes."""
    code = wait_until(lambda: refused_as(lambda: list_sessions(server, token)), "the token is still taken")
    assert code == grpc.StatusCode.UNAUTHENTICATED


def mails_to(folder, email: str, count: int = 1) -> list[str]:
    """The mails to an address, the oldest first, once there are so many; of several servers' folders if need be."""
    folders = folder if isinstance(folder, list) else [folder]

    def found() -> list[str]:
        paths = sorted((path for folder in folders for path in folder.glob("*.eml")), key=lambda path: path.name)
        return [text for text in (path.read_text() for path in paths) if email in text]

    return wait_until(
        lambda: len(mails := found()) >= count and mails, lambda: f"{len(found())} mails to {email} instead of {count}")


def token_in(mail: str) -> str:
    """The token of the link in a mail."""
    parts = message_from_string(mail, policy=policy.default).walk()
    text = "".join(part.get_content() for part in parts if part.get_content_type() == "text/plain")
    return re.search(r"[?&#]token=([A-Za-z0-9_-]+)", text)[1]
