"""Sign-in with external accounts: the calls, and the browser's part."""

import itertools
import os
import uuid

from fastshop.identity.v1 import external_account_pb2 as external_accounts
from fastshop.identity.v1 import external_sign_in_service_pb2 as external
from fastshop.identity.v1 import external_sign_in_service_pb2_grpc as external_grpc
from accounts import bearer, new_email

REDIRECT = "https://shop.example/signed-in"
# Longer than the shop waits for a provider, all requests together.
CALL_SECONDS = 40
_numbers = itertools.count(1)


def call(shop, method: str, token: str = "", **fields):
    request = getattr(external, f"{method}Request")(**fields)
    stub = external_grpc.ExternalSignInServiceStub(shop.channel)
    return getattr(stub, method)(request, metadata=bearer(token) if token else [], timeout=CALL_SECONDS)


def start(shop, key: str = "acme", redirect: str = REDIRECT):
    return call(shop, "BeginExternalSignIn", provider=key, redirect_uri=redirect).authorization_request


def answer_of(visit, back: dict[str, str], **changed: str):
    """The request of the browser that made `visit`, after it came `back`."""
    fields = {
        "state": back["state"], "code": back["code"], "issuer": back.get("iss", ""),
        "browser_secret": visit.browser_secret,
    }
    return external_accounts.AuthorizationResponse(**fields | changed)


def finish(shop, answer, device: str = ""):
    return call(shop, "ConfirmExternalSignIn", authorization_response=answer, device=device)


def sign_in(shop, provider, key: str = "acme", **person):
    """The complete flow, for a person with an account at the provider."""
    visit = start(shop, key)
    return finish(shop, answer_of(visit, provider.visit(visit.authorization_url, **person)))


def link(shop, provider, token: str, password: str = "", key: str = "acme", **person):
    """Links a person's account at the provider to the account of the token's owner."""
    started = call(shop, "BeginExternalLink", token, provider=key, redirect_uri=REDIRECT, password=password)
    visit = started.authorization_request
    answer = answer_of(visit, provider.visit(visit.authorization_url, **person))
    return call(shop, "ConfirmExternalLink", token, authorization_response=answer).account


def unlink(shop, token: str, id: str, password: str = "") -> None:
    fields = {"external_account_id": id, "password": password, "request_id": str(uuid.uuid4())}
    call(shop, "UnlinkExternalAccount", token, **fields)


def new_elsewhere(name: str = "ann", email: str | None = None, **more) -> dict:
    """A person with an account at a provider, and none here."""
    return {
        "sub": f"{name}-{os.getpid()}-{next(_numbers)}", "email": email or new_email(name), "email_verified": True,
        "name": name.title(),
    } | more
