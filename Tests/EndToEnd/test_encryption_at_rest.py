"""Personal data is encrypted in the database: a dump does not reveal it, and moving a value makes it unreadable."""

import re

import grpc
import pytest
import shop_server
from fastshop.identity.v1 import account_pb2
from accounts import reason_of
from test_profile import Caller

ADDRESS = {
    "label": "Label-Zyx", "recipient": "Recipient-Zyx", "company": "Company-Zyx",
    "street_lines": ["Street-Zyx 1", "Floor-Zyx"], "city": "City-Zyx", "region": "Region-Zyx", "postal_code": "1010",
    "country": "AT", "phone": "+431234509876",
}
PHONE = "+431234567654"
CLEAR = ["Zyx", "zyx", "1234509876", "1234567654"]


def schemas(cluster, database: str) -> list[str]:
    query = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'"
    return cluster.sql(database, query).splitlines()


def dump(cluster, database: str) -> str:
    """The contents of the database, with bytes also as characters."""
    text = "".join(cluster.dump(database, schema) for schema in schemas(cluster, database))
    bytes_of = (bytes.fromhex(digits) for digits in re.findall(r"\\\\x((?:[0-9a-f]{2})+)", text))
    return text + "".join(value.decode(errors="replace") for value in bytes_of)


def rotate(shop) -> str:
    done = shop_server.run(
        "keys", "rotate", env={"DATABASE_URL": shop.settings["DATABASE_URL"], "FASTSHOP_KEYS": shop_server.KEYS})
    assert done.returncode == 0, done.stderr
    return done.stdout


def key_of(cluster, database: str, table: str, column: str) -> set[str]:
    """Which keys the values of a column were sealed with."""
    query = f"SELECT DISTINCT encode(substring({column} FROM 2 FOR 8), 'hex') FROM {table} WHERE {column} IS NOT NULL"
    return set(cluster.sql(database, query).splitlines())


@pytest.fixture
def shop(start_shop, database):
    """A database of the test's own: rotation reaches all of it."""
    return start_shop(database())


@pytest.fixture
def ada(shop, cluster) -> Caller:
    return Caller(shop, cluster)


def test_a_dump_shows_nothing_of_where_people_live(shop, ada, cluster):
    made = ada.enter(**ADDRESS)
    ada.update(["phone"], phone=PHONE)
    ada.replace(account_pb2.Address(**ADDRESS, id=made.id))
    assert (ada.profile.phone, ada.addresses[0].recipient) == (PHONE, "Recipient-Zyx")
    text = dump(cluster, shop.database)
    assert made.id in text and ada.person.email in text, "the dump has these rows"
    assert [word for word in CLEAR if word in text] == []
    assert "Zyx" not in shop.log and PHONE not in shop.log


def test_what_an_earlier_release_wrote_is_read_and_then_sealed(shop, ada, cluster):
    """Rows in clear: one that its owner changes, and others that the command seals, without changing what is read."""
    sealed = ada.enter(label="sealed")
    user = cluster.sql(shop.database, f"SELECT user_id FROM identity.address WHERE id = '{sealed.id}'")
    cluster.sql(shop.database, f"UPDATE identity.user SET phone = '{PHONE}' WHERE id = '{user}'")
    cluster.sql(
        shop.database,
        "INSERT INTO identity.address"
        " (user_id, label, recipient, company, street_lines, city, region, postal_code, country, phone)"
        f" SELECT '{user}', n, 'Recipient-Zyx', '', ARRAY['Street-Zyx 1', 'a ''quoted\" {{line}}, \\'], 'City-Zyx', '',"
        " '1010', 'AT', '+431234509876' FROM generate_series(1, 3) n")
    before = ada.addresses
    assert sorted(address.label for address in before) == ["1", "2", "3", "sealed"]
    assert list(before[1].street_lines) == ["Street-Zyx 1", "a 'quoted\" {line}, \\"]
    assert ada.profile.phone == PHONE and "Zyx" in dump(cluster, shop.database)
    ada.replace(before[1])
    query = "SELECT label = '' AND recipient IS NULL AND sealed IS NOT NULL FROM identity.address WHERE id ="
    assert cluster.sql(shop.database, f"{query} '{before[1].id}'") == "t"
    before = ada.addresses
    assert re.search(r"secrets and 3 that were in clear text\n$", rotate(shop))
    assert ada.addresses == before and ada.profile.phone == PHONE
    assert [word for word in CLEAR if word in dump(cluster, shop.database)] == []
    assert "in clear" not in rotate(shop)


def test_rotation_reaches_every_personal_column(shop, ada, cluster):
    ada.enter(**ADDRESS)
    ada.update(["phone"], phone=PHONE)
    columns = [
        ("identity.address", "sealed"), ("identity.user", "phone_sealed"), ("identity.signing_key", "private_key"),
        ("platform.request", "sealed"),
    ]
    before = {place: key_of(cluster, shop.database, *place) for place in columns}
    rotate(shop)
    for place in columns:
        after = key_of(cluster, shop.database, *place)
        assert len(after) == 1 and not after & before[place], place
    assert (ada.profile.phone, ada.addresses[0].city) == (PHONE, "City-Zyx")
    ada.enter(label="with the new key, or the old one for a while")
    assert len(ada.addresses) == 2


def test_every_sealed_column_is_known_to_rotation(shop, ada, cluster):
    """A column whose values look sealed, and which rotation passes by, would keep a key in use for ever."""
    ada.enter(**ADDRESS)
    ada.update(["phone"], phone=PHONE)
    old = key_of(cluster, shop.database, "identity.signing_key", "private_key").pop()
    rotate(shop)
    left = [line for line in dump(cluster, shop.database).splitlines() if f"\\\\x01{old}" in line]
    assert left == []


def unreadable(call, shop) -> str:
    """The log names a value that cannot be opened; the caller learns only that it cannot."""
    with pytest.raises(grpc.RpcError) as refusal:
        call()
    assert refusal.value.code() == grpc.StatusCode.INTERNAL
    assert reason_of(refusal.value) == "SEALED_VALUE_UNREADABLE"
    assert "identity." not in refusal.value.details()
    return shop.log.splitlines()[-1]


def test_a_value_of_another_row_does_not_open(shop, ada, cluster):
    first, second = ada.enter(**ADDRESS), ada.enter(label="second")
    swap = (
        "UPDATE identity.address a SET sealed = b.sealed FROM identity.address b"
        f" WHERE a.id = '{second.id}' AND b.id = '{first.id}'")
    cluster.sql(shop.database, swap)
    line = unreadable(lambda: ada.addresses, shop)
    assert "changed, or moved to another place" in line and second.id in line and "Zyx" not in line
    ada.forget(second.id)
    assert [address.id for address in ada.addresses] == [first.id]


def test_an_address_does_not_open_in_another_persons_book(shop, ada, cluster):
    made = ada.enter(**ADDRESS)
    thief = Caller(shop, cluster)
    own = cluster.sql(shop.database, f"SELECT id FROM identity.user WHERE email_key = '{thief.person.email}'")
    cluster.sql(shop.database, f"UPDATE identity.address SET user_id = '{own}' WHERE id = '{made.id}'")
    assert "moved to another place" in unreadable(lambda: thief.addresses, shop)


def test_a_telephone_number_does_not_open_in_another_profile(shop, ada, cluster):
    ada.update(["phone"], phone=PHONE)
    thief = Caller(shop, cluster)
    cluster.sql(
        shop.database,
        "UPDATE identity.user t SET phone_sealed = u.phone_sealed FROM identity.user u"
        f" WHERE t.email_key = '{thief.person.email}' AND u.email_key = '{ada.person.email}'")
    assert "identity.user.phone_sealed" in unreadable(lambda: thief.profile, shop)


def test_a_value_in_another_column_does_not_open(shop, ada, cluster):
    made = ada.enter(**ADDRESS)
    ada.update(["phone"], phone=PHONE)
    cluster.sql(
        shop.database,
        f"UPDATE identity.address a SET sealed = u.phone_sealed FROM identity.user u WHERE u.id = a.user_id"
        f" AND a.id = '{made.id}'")
    assert "moved to another place" in unreadable(lambda: ada.addresses, shop)


def test_a_lost_key_is_named(shop, ada, cluster):
    made = ada.enter(**ADDRESS)
    cluster.sql(
        shop.database,
        f"UPDATE identity.address SET sealed = overlay(sealed PLACING '\\xfeedfacefeedface' FROM 2)"
        f" WHERE id = '{made.id}'")
    line = unreadable(lambda: ada.addresses, shop)
    assert "sealed with key feedfacefeedface, which is not here" in line and made.id in line
    done = shop_server.run(
        "keys", "rotate", env={"DATABASE_URL": shop.settings["DATABASE_URL"], "FASTSHOP_KEYS": shop_server.KEYS})
    assert done.returncode != 0 and "key feedfacefeedface, which is not here" in done.stderr
