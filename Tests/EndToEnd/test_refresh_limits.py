"""Token renewal is limited by session and not by address; invalid tokens count for the address."""

import grpc
import pytest
from fastshop.identity.v1 import auth_service_pb2 as auth
from google.rpc import error_details_pb2
from accounts import auth_of, new_account
from stubs import CALL_SECONDS, details_of

REFUSED, UNAUTHENTICATED = grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAUTHENTICATED
OFFICE = "198.51.100.20"


@pytest.fixture(scope="module")
def limited(start_shop, database):
    """Guests may nearly nothing, a session renews its tokens three times, an address shows five bad ones."""
    return start_shop(
        database(), FASTSHOP_RATE_LIMITS="on", FASTSHOP_TRUSTED_PROXIES="127.0.0.1",
        FASTSHOP_RATE_PUBLIC="2/d,credentials=12/d", FASTSHOP_RATE_SIGNED_IN="100/min,session=3/d",
        FASTSHOP_RATE_BAD_CREDENTIALS="5/d")


def renew(shop, token: str, address: str = OFFICE):
    request = auth.RefreshTokenRequest(refresh_token=token)
    return auth_of(shop).RefreshToken(
        request, metadata=[("x-forwarded-for", address)], timeout=CALL_SECONDS).tokens


def code_of(shop, token: str, address: str = OFFICE) -> grpc.StatusCode | None:
    try:
        renew(shop, token, address)
        return None
    except grpc.RpcError as error:
        return error.code()


def test_many_people_of_one_office_stay_signed_in(limited, cluster):
    people = [new_account(limited, cluster).tokens(limited) for _ in range(5)]
    for tokens in people:
        tokens = renew(limited, renew(limited, tokens.refresh_token).refresh_token)
        last = renew(limited, tokens.refresh_token)
        with pytest.raises(grpc.RpcError) as refusal:
            renew(limited, last.refresh_token, "203.0.113.5")
        assert refusal.value.code() == REFUSED
        violation, = details_of(refusal.value, error_details_pb2.QuotaFailure).violations
        assert violation.subject == f"session:{last.session_id}"
    # A refused token was not used: the next attempt is not a reuse, which would end the session.
    assert code_of(limited, last.refresh_token) == REFUSED


def test_bad_tokens_count_to_the_address(limited, cluster):
    guesser = "198.51.100.21"
    good = new_account(limited, cluster).tokens(limited).refresh_token
    found = [code_of(limited, f"made-up-{number}", guesser) for number in range(8)]
    assert found == [UNAUTHENTICATED] * 5 + [REFUSED] * 3
    assert code_of(limited, good, guesser) == REFUSED, "nothing is looked at that comes from there"
    assert code_of(limited, good, "198.51.100.22") is None
