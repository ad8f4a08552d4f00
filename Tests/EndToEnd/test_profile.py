"""One's own account: the profile, and the address book by the rules of each country."""

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


@pytest.mark.parametrize("paths, fields, wrong", [
    (["display_name"], {"display_name": ""}, "profile.display_name"),
    (["locale"], {"locale": "??"}, "profile.locale"),
    (["phone"], {"phone": "0123"}, "profile.phone"),
    (["phone"], {"phone": "+1234567890123456"}, "profile.phone"),
    (["email"], {"email": "other@example.com"}, "update_mask"),
    (["role"], {"role": "admin"}, "update_mask"),
    ([], {"display_name": "Ada", "etag": "x"}, "profile.etag"),
])
def test_a_bad_profile_names_its_field(ada, paths, fields, wrong):
    with pytest.raises(grpc.RpcError) as refusal:
        ada.update(paths, **fields)
    assert refusal.value.code() == grpc.StatusCode.INVALID_ARGUMENT and wrong_fields(refusal.value) == [wrong]


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


GOOD = [
    ("US", "94103", "CA"), ("US", "94103-1234", "CA"), ("CA", "K1A 0B1", "ON"), ("GB", "SW1A 1AA", ""),
    ("GB", "M1 1AE", ""), ("NL", "1011 AB", ""), ("DE", "10115", ""), ("JP", "100-0001", "Tokyo"),
    ("IE", "D02 AF30", ""),
    ("HK", "", "Kowloon"), ("AE", "", "Dubai"), ("de", "10115", ""),
]


@pytest.mark.parametrize("country, postal_code, region", GOOD)
def test_addresses_of_many_countries_are_taken(ada, country, postal_code, region):
    address = ada.enter(country=country, postal_code=postal_code, region=region)
    assert (address.country, address.postal_code) == (country.upper(), postal_code)


BAD = [
    ({"country": ""}, "address.country"), ({"country": "XX"}, "address.country"),
    ({"country": "Austria"}, "address.country"), ({"postal_code": "10115"}, "address.postal_code"),
    ({"postal_code": ""}, "address.postal_code"),
    ({"country": "US", "postal_code": "94103"}, "address.region"),
    ({"country": "US", "postal_code": "94103", "region": "Wien"}, "address.region"),
    ({"recipient": " "}, "address.recipient"), ({"street_lines": []}, "address.street_lines"),
    ({"street_lines": ["1"] * 5}, "address.street_lines"), ({"street_lines": ["a", ""]}, "address.street_lines[1]"),
    ({"city": "x" * 101}, "address.city"), ({"city": "Wien\n"  "1010\nx"}, "address.city"),
    ({"phone": "call me"}, "address.phone"),
]


@pytest.mark.parametrize("fields, wrong", BAD, ids=[str(row[0])[:40] for row in BAD])
def test_a_bad_address_names_its_field(ada, fields, wrong):
    with pytest.raises(grpc.RpcError) as refusal:
        ada.enter(**fields)
    assert refusal.value.code() == grpc.StatusCode.INVALID_ARGUMENT and wrong_fields(refusal.value) == [wrong]
    assert ada.addresses == []


def test_there_are_fifty_addresses_at_most(ada, shop, cluster):
    first = ada.enter()
    cluster.sql(
        shop.database,
        "INSERT INTO identity.address (user_id, recipient, street_lines, city, country)"
        " SELECT user_id, 'Ada', ARRAY['Ring 1'], 'Wien', 'AT' FROM identity.address, generate_series(1, 49)"
        f" WHERE id = '{first.id}'")
    assert len(ada.addresses) == 50
    assert refused_as(ada.enter) == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_addresses_of_others_are_not_there(ada, shop, cluster):
    others = Caller(shop, cluster).enter()
    mine = ada.enter()
    for address_id in (others.id, "0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18"):
        stolen = account_pb2.Address(id=address_id, **VIENNA)
        assert refused_as(lambda: ada.replace(stolen)) == grpc.StatusCode.NOT_FOUND
        assert refused_as(lambda: ada.forget(address_id)) == grpc.StatusCode.NOT_FOUND
    assert [address.id for address in ada.addresses] == [mine.id]
