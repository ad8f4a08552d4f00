"""The user's own account: the profile, and the address book by the rules of each country."""

import grpc
import pytest
from fastshop.identity.v1 import account_pb2
from fastshop.identity.v1 import account_service_pb2 as account
from fastshop.identity.v1 import account_service_pb2_grpc as account_grpc
from google.protobuf import field_mask_pb2
from google.rpc import error_details_pb2
from accounts import bearer, new_account, refused_as
from stubs import CALL_SECONDS, details_of, with_id, wrong_fields

VIENNA = {
    "recipient": "Ada Lovelace", "street_lines": ["Ring 1", "Top 5"], "city": "Wien", "postal_code": "1010",
    "country": "AT",
}


class Caller:
    def __init__(self, shop, cluster) -> None:
        self.person = new_account(shop, cluster)
        self.metadata = bearer(self.person.tokens(shop).access_token)
        self.stub = account_grpc.AccountServiceStub(shop.channel)

    def call(self, method: str, request):
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            request = with_id(request)
        return getattr(self.stub, method)(request, metadata=self.metadata, timeout=CALL_SECONDS)

    @property
    def profile(self):
        return self.call("GetProfile", account.GetProfileRequest()).profile

    def update(self, paths=(), **fields):
        request = account.UpdateProfileRequest(
            profile=account_pb2.Profile(**fields), update_mask=field_mask_pb2.FieldMask(paths=paths))
        return self.call("UpdateProfile", request).profile

    @property
    def addresses(self):
        return list(self.call("ListAddresses", account.ListAddressesRequest()).addresses)

    def enter(self, **fields):
        request = account.CreateAddressRequest(address=account_pb2.Address(**VIENNA | fields))
        return self.call("CreateAddress", request).address

    def replace(self, address):
        return self.call("UpdateAddress", account.UpdateAddressRequest(address=address)).address

    def forget(self, address_id: str, etag: str = ""):
        return self.call("DeleteAddress", account.DeleteAddressRequest(address_id=address_id, etag=etag))


@pytest.fixture
def ada(shop, cluster) -> Caller:
    return Caller(shop, cluster)


def test_a_profile_says_who_one_is_and_changes(ada):
    before = ada.profile
    assert (before.email, before.display_name, before.role) == (ada.person.email, "Ada", "customer")
    assert before.email_verified and before.etag
    after = ada.update(display_name="Ada L.", locale="de-AT", phone="+4312345678")
    assert (after.display_name, after.locale, after.phone) == ("Ada L.", "de-AT", "+4312345678")
    assert after == ada.profile and after.etag != before.etag
    narrow = ada.update(["phone"], display_name="Nobody", phone="")
    assert (narrow.display_name, narrow.phone) == ("Ada L.", "")


def test_a_stale_etag_changes_nothing_and_tells_the_present_one(ada):
    old = ada.profile.etag
    present = ada.update(["locale"], locale="en", etag=old).etag
    with pytest.raises(grpc.RpcError) as refusal:
        ada.update(["locale"], locale="fr", etag=old)
    assert refusal.value.code() == grpc.StatusCode.ABORTED
    assert details_of(refusal.value, error_details_pb2.ErrorInfo).metadata["etag"] == present
    assert ada.profile.locale == "en"


def test_the_first_address_is_the_default_until_another_takes_its_place(ada):
    first = ada.enter()
    assert first.is_default_shipping and first.is_default_billing
    second = ada.enter(label="work", is_default_shipping=True)
    assert [(a.id, a.is_default_shipping, a.is_default_billing) for a in ada.addresses] == [
        (first.id, False, True), (second.id, True, False),
    ]
    second.city = "Linz"
    second.is_default_billing = True
    changed = ada.replace(second)
    assert changed.city == "Linz" and changed.etag != second.etag
    assert refused_as(lambda: ada.replace(second)) == grpc.StatusCode.ABORTED
    assert refused_as(lambda: ada.forget(first.id, first.etag)) == grpc.StatusCode.ABORTED, "it is no default now"
    ada.forget(first.id, ada.addresses[0].etag)
    assert ada.addresses == [changed]
    assert refused_as(lambda: ada.forget(first.id)) == grpc.StatusCode.NOT_FOUND


def test_an_address_is_read_by_the_rules_of_its_country(ada):
    """The rules of each country are tested as functions, and what is no address by `BadInputTests`, both in process."""
    address = ada.enter(country="ca", postal_code="k1a0b1", region="ontario")
    assert (address.country, address.postal_code, address.region) == ("CA", "K1A 0B1", "ON")
    with pytest.raises(grpc.RpcError) as refusal:
        ada.enter(country="US", postal_code="94103")
    assert wrong_fields(refusal.value) == ["address.region"]
    assert ada.addresses == [address]


def test_there_are_fifty_addresses_at_most(ada, shop, cluster):
    first = ada.enter()
    cluster.sql(
        shop.database,
        "INSERT INTO identity.address (user_id, recipient, street_lines, city, country)"
        " SELECT user_id, 'Ada', ARRAY['Ring 1'], 'Wien', 'AT' FROM identity.address, generate_series(1, 49)"
        f" WHERE id = '{first.id}'")
    assert len(ada.addresses) == 50
    assert refused_as(ada.enter) == grpc.StatusCode.RESOURCE_EXHAUSTED
