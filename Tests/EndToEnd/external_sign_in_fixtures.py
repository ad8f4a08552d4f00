"""A shop with three sign-in providers, for the tests that import these fixtures."""

import grpc
import pytest
from external_sign_in import REDIRECT
from oidc_provider import Provider
from accounts import reason_of


@pytest.fixture(scope="module")
def providers():
    """Three of them, each with another key, and each shown in another way who the shop is."""
    made = {
        "acme": Provider("RS256"), "open": Provider("ES256", client_secret=None), "google": Provider("EdDSA"),
    }
    made["google"].metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    made["open"].metadata["authorization_response_iss_parameter_supported"] = False
    yield made
    for provider in made.values():
        provider.close()


@pytest.fixture(scope="module")
def shop(start_shop, database, providers):
    return start_shop(
        database(), FASTSHOP_OIDC_PROVIDERS="google,acme,open",
        FASTSHOP_OIDC_REDIRECTS=f"{REDIRECT},com.example.shop:/signed-in",
        **providers["google"].settings("google"), **providers["acme"].settings("acme", NAME="Acme & Co"),
        **providers["open"].settings("open", LINKING="verified"))


@pytest.fixture
def acme(providers) -> Provider:
    return providers["acme"]


def refusal(action) -> str:
    with pytest.raises(grpc.RpcError) as refused:
        action()
    return reason_of(refused.value)
