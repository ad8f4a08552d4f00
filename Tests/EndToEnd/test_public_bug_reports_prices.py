"""Bugs of price lists, scheduled prices, imports, digital goods, attachments and warehouses that users of other shops
reported, tried on FastShop."""

import time
import unicodedata
import uuid

import pytest
import shop_server
from catalogue_people import (  # noqa: F401
    METHODS, WAIT_SECONDS_MAX, Person, accounts, category, draft, examples, guest, new_sku, on_sale, price, rival,
    seller, shop, staff, together, walk,
)
from curl import curl
from fastshop.catalog.v1 import digital_goods_service_pb2 as goods
from fastshop.catalog.v1 import product_pb2
from fastshop.inventory.v1 import stock_forecast_pb2
from stubs import CALL_SECONDS, inventory_of, products_of, with_id
from test_media import messages
from test_media_kinds import PDF
from test_sellers import at_once, outcome
from waiting import wait_until

HOUR = 3_600


def at(seconds: int, nanos: int = 0) -> dict:
    """So many seconds from now."""
    return {"seconds": int(time.time()) + seconds, "nanos": nanos}


def quote(person, variant: str, quantity: int = 1, **fields):
    return person("QuotePrices", lines=[{"variant_id": variant, "quantity": quantity}], **fields).outcomes[0].quote


def paid(person, variant: str, quantity: int = 1, **fields) -> int:
    return quote(person, variant, quantity, **fields).unit_price.amount_minor


def upsert(person, *rows, request_id: str = "", **fields) -> list[str]:
    """What became of each row."""
    request = {"products": rows, "request_id": request_id or str(uuid.uuid4())} | fields
    answer = person("UpsertProducts", **request).outcomes
    return [each.refusal.reason or each.WhichOneof("outcome") for each in answer]


@pytest.fixture
def price_list(seller):
    """Creates lists with prices of one variant, by quantity; they are deleted after the test."""
    made = []

    def make(variant: str, amounts: dict[int, int], **fields):
        created = seller("CreatePriceList", price_list={"title": "List", "currency": "EUR"} | fields).price_list
        made.append(created.id)
        rows = [
            {"variant_id": variant, "price_list_id": created.id, "quantity_min": least, "price": price(amount)}
            for least, amount in amounts.items()]
        assert all(each.HasField("price") for each in seller("SetPrices", rows=rows).outcomes)
        return created

    yield make
    for each in made:
        outcome(lambda: seller("DeletePriceList", price_list_id=each))  # noqa: B023


@pytest.fixture
def channel(staff):
    fields = {"code": f"web-{new_sku()}", "title": "Web", "currency": "EUR", "is_active": True}
    return staff("CreateChannel", channel=fields).channel.code


# Price lists.


def test_a_list_that_ends_gives_way_to_the_next_that_fits(seller, guest, category, channel, price_list):
    """medusa#13310: after a list had ended, the price was the original one, though another list was there. medusa#9176:
    a list that had ended still counted."""
    variant = on_sale(seller, category).variants[0].id
    everybody = price_list(variant, {1: 900})
    special = price_list(variant, {1: 800}, channel=channel)
    assert (paid(guest, variant), paid(guest, variant, channel=channel)) == (900, 800)
    seller("DeletePriceList", price_list_id=special.id)
    assert (paid(guest, variant), paid(guest, variant, channel=channel)) == (900, 900)
    seller("DeletePriceList", price_list_id=everybody.id)
    assert (paid(guest, variant), paid(guest, variant, channel=channel)) == (1_000, 1_000)


def test_a_list_counts_from_its_new_time_on(seller, guest, category, price_list):
    """medusa#9376: a list whose times were changed did not count again."""
    variant = on_sale(seller, category).variants[0].id
    made = price_list(variant, {1: 900}, start_time=at(HOUR), end_time=at(2 * HOUR))
    assert paid(guest, variant) == 1_000
    mask = {"paths": ["start_time"]}
    seller("UpdatePriceList", price_list={"id": made.id}, update_mask=mask)
    told = quote(guest, variant)
    assert (told.unit_price.amount_minor, told.reason.price_list_id) == (900, made.id)
    assert told.reason.end_time == made.end_time
    seller("UpdatePriceList", price_list={"id": made.id, "end_time": at(3 * HOUR)})
    assert paid(guest, variant) == 900
    refused = outcome(lambda: seller(
        "UpdatePriceList", price_list={"id": made.id, "start_time": at(HOUR)}, update_mask=mask))
    assert refused == "PRICE_LIST_PAST" and paid(guest, variant) == 900


def test_the_list_that_fits_best_comes_before_the_lowest_price(seller, rival, guest, category, channel, price_list):
    """magento2#40339: a list showed the lowest price of all, and the product that of the customer's group.
    magento2#4505: a special price above the usual one had no effect. shopware#1649: without a price for one piece,
    there was an error. PrestaShop#35463, #11449: a price of a quantity did not count, or was 0. medusa#4576: customers
    got the price of another group."""
    variant = on_sale(seller, category).variants[0].id
    price_list(variant, {1: 300})
    price_list(variant, {1: 1_500, 5: 1_400, 10: 1_450}, channel=channel)
    assert [paid(guest, variant, many, channel=channel) for many in (1, 4, 5, 9, 10, 1_000_000)] == [
        1_500, 1_500, 1_400, 1_400, 1_400, 1_400]
    assert paid(guest, variant, 10) == 300
    price_list(variant, {3: 2_000}, segment="firms", channel=channel)
    assert [paid(seller, variant, many, channel=channel, segment="firms") for many in (1, 2, 3)] == [
        1_500, 1_500, 2_000]
    for person in (guest, rival):
        assert paid(person, variant, 3, channel=channel, segment="firms") == 1_500


def test_of_lists_that_are_made_at_once_for_the_same_time_one_is_there(seller, channel):
    """medusa#13074: of several lists for the same customers, it was not known which one counts."""
    made, scope = [], {"channel": channel, "currency": "EUR"}
    times = {"start_time": at(HOUR), "end_time": at(9 * HOUR)}

    def create(title: str) -> None:
        made.append(seller("CreatePriceList", price_list={"title": title} | scope | times).price_list)

    ended = at_once(*(lambda title=title: create(title) for title in "abcd"))
    assert ended.count(None) == 1 and ended.count("PRICE_LIST_EXISTS") == 3
    found = walk(seller, "ListPriceLists", "price_lists", page_size=2)
    assert [each.id for each in found if each.channel == channel] == [made[0].id]
    # One that begins when the other ends is another time.
    following = seller("CreatePriceList", price_list={"title": "e", "start_time": made[0].end_time} | scope).price_list
    early = {"id": following.id, "start_time": at(8 * HOUR)}
    assert outcome(lambda: seller("UpdatePriceList", price_list=early)) == "PRICE_LIST_EXISTS"


def test_pages_of_prices_that_began_together_have_each_once(seller, category, price_list):
    """saleor#12555: elements of equal rank were on two pages, and others on none."""
    variant = on_sale(seller, category).variants[0].id
    made = price_list(variant, {least: 1_000 - least for least in range(1, 8)})
    rows = [
        {"variant_id": variant, "price_list_id": made.id, "quantity_min": least, "price": price(500)}
        for least in range(1, 4)]
    seller("SetPrices", rows=rows)
    for method, count in [("ListPrices", 7 + 1), ("ListPriceHistory", 7 + 3 + 1)]:
        for size in (1, 2, 3):
            found = walk(seller, method, "prices", variant_id=variant, page_size=size)
            assert len({each.id for each in found}) == len(found) == count, (method, size)
            times = [(each.start_time.seconds, each.start_time.nanos) for each in found]
            assert times == sorted(times, reverse=True)


# Scheduled prices.


def test_a_price_that_is_set_during_a_sale_is_there_after_it(seller, guest, category, channel, price_list):
    """Sylius#14874: a price that was set by hand was lost after a promotion. medusa#9183: with a new price of a
    variant, its price in a list was gone. magento2#13737: a sale did not end before the product was saved again."""
    external_id = new_sku()
    product = on_sale(seller, category, external_id=external_id)
    variant, sku = product.variants[0].id, product.variants[0].sku
    price_list(variant, {1: 700}, channel=channel)
    rows = [{"variant_id": variant, "price": price(600)}]
    sale = seller("SchedulePrices", rows=rows, end_time=at(HOUR)).outcomes[0].price.id

    def shown() -> tuple[int, int, int, int]:
        managed = seller("GetProductDraft", product_id=product.id).product
        return (
            paid(guest, variant), guest("GetProduct", id=product.id).product.price.amount_minor,
            managed.variants[0].price.amount_minor, paid(guest, variant, channel=channel))

    assert shown() == (600, 600, 1_000, 700)
    seller("UpdateVariant", variant={"id": variant, "price": price(1_100)})
    assert shown() == (600, 600, 1_100, 700)
    for amount, expected in [(1_100, "unchanged"), (1_200, "updated")]:
        row = {"external_id": external_id, "variants": [{"sku": sku, "price": price(amount)}]}
        assert upsert(seller, row) == [expected]
    assert shown() == (600, 600, 1_200, 700)
    seller("CancelScheduledPrices", price_ids=[sale])
    assert shown() == (1_200, 1_200, 1_200, 700)


def test_of_sales_that_are_scheduled_at_once_for_one_time_one_is_there(seller, category):
    """AdobeDocs/commerce-webapi#106: prices whose times overlap were refused in one place, and taken in another.
    magento2#20321: one replaced the other. A sale may begin in the moment in which the other ends."""
    variant = on_sale(seller, category).variants[0].id
    start, middle, end = at(HOUR, 999_999_999), at(2 * HOUR), at(3 * HOUR)

    def schedule(amount: int, **times) -> str:
        rows = [{"variant_id": variant, "price": price(amount)}]
        return seller("SchedulePrices", rows=rows, **times).outcomes[0].refusal.reason

    ended = together(lambda number: schedule(500 + number, start_time=start, end_time=middle), 5)
    assert ended.count("") == 1 and ended.count("PRICE_SCHEDULED") == 4
    assert schedule(400, start_time=middle, end_time=end) == ""
    assert schedule(400, start_time=at(HOUR + 60), end_time=at(HOUR + 61)) == "PRICE_SCHEDULED"
    found = [each for each in walk(seller, "ListPrices", "prices", variant_id=variant) if each.is_scheduled]
    assert [each.start_time.nanos for each in found] == [0, 999_999_000]
    assert found[1].end_time == found[0].start_time
    both = seller("CancelScheduledPrices", price_ids=[each.id for each in found]).outcomes
    assert all(each.HasField("price") for each in both)
    again = seller("CancelScheduledPrices", price_ids=[found[0].id]).outcomes[0]
    assert again.refusal.reason == "RESOURCE_NOT_FOUND"
    request = {"rows": [{"variant_id": variant, "price": price(450)}], "start_time": start, "end_time": end}
    request["request_id"] = str(uuid.uuid4())
    first = seller("SchedulePrices", **request)
    assert seller("SchedulePrices", **request) == first and first.outcomes[0].HasField("price")


def test_a_reduction_is_announced_with_the_lowest_price_before_it(seller, guest, category):
    """iworks/omnibus#30, #12: the lowest price of 30 days was that of the sale itself, so that nothing was reduced.
    medusa#15539: it was a price that the customers had never paid."""
    variant = on_sale(seller, category).variants[0].id

    def sale(amount: int) -> str:
        rows = [{"variant_id": variant, "price": price(amount)}]
        return seller("SchedulePrices", rows=rows, end_time=at(HOUR)).outcomes[0].price.id

    first = sale(800)
    assert quote(guest, variant).prior_price.amount_minor == 1_000
    seller("CancelScheduledPrices", price_ids=[first])
    assert not quote(guest, variant).HasField("prior_price")
    second = sale(700)
    assert quote(guest, variant).prior_price.amount_minor == 800
    # The regular price is changed meanwhile, but nobody has paid it.
    seller("SetPrices", rows=[{"variant_id": variant, "price": price(750)}])
    assert quote(guest, variant).prior_price.amount_minor == 800
    seller("CancelScheduledPrices", price_ids=[second])
    told = quote(guest, variant)
    assert told.unit_price.amount_minor == 750 and not told.HasField("prior_price")


def test_a_reduction_in_a_list_is_one_from_the_price_of_that_list(seller, guest, category, channel, price_list):
    """medusa#15539: a sale was announced with the base price, which these customers had never paid; one of others does
    not count for them."""
    variant = on_sale(seller, category).variants[0].id
    dear = price_list(variant, {1: 1_200}, channel=channel)
    assert not quote(guest, variant, channel=channel).HasField("prior_price")
    row = {"variant_id": variant, "price_list_id": dear.id, "price": price(900)}
    sale = seller("SchedulePrices", rows=[row], end_time=at(HOUR)).outcomes[0].price.id
    told = quote(guest, variant, channel=channel)
    # Before there was the list, they paid 1,000 in this channel, too.
    assert (told.unit_price.amount_minor, told.prior_price.amount_minor) == (900, 1_000)
    assert told.reason.is_scheduled and told.reason.price_list_id == dear.id
    assert paid(guest, variant) == 1_000 and not quote(guest, variant).HasField("prior_price")
    seller("CancelScheduledPrices", price_ids=[sale])
    own = [{"variant_id": variant, "price": price(950)}]
    seller("SetPrices", rows=own)
    assert quote(guest, variant).prior_price.amount_minor == 1_000
    assert paid(guest, variant, channel=channel) == 1_200
    seller("DeletePriceList", price_list_id=dear.id)
    told = quote(guest, variant, channel=channel)
    assert told.unit_price.amount_minor == 950 and not told.HasField("prior_price")


# Imports.


def test_rows_of_one_import_that_want_one_address_do_not_fail_together(seller, category):
    """saleor#17908: two rows with one address ended with an internal error, and with all other rows."""
    mark = new_sku()
    titles = {"a": "Lamp", "b": "Lamp", "c": "Lamp", "d": "Desk"}
    slugs = {"c": f"lamp-{mark}", "d": f"lamp-{mark}"}
    rows = [
        {"external_id": f"{name}-{mark}", "title": f"{title} {mark}", "category_id": category,
         "slug": slugs.get(name, "")} for name, title in titles.items()]
    assert upsert(seller, *rows) == ["created", "created", "created", "SLUG_TAKEN"]
    found = seller("ListManagedProducts", search=f"Lamp {mark}").products
    made = [each.slug for each in found]
    assert len(set(made)) == 3 and slugs["c"] in made and all(each.startswith(slugs["c"]) for each in made)
    assert upsert(seller, *rows) == ["unchanged", "unchanged", "unchanged", "SLUG_TAKEN"]


def test_one_external_id_is_one_product_in_each_form_and_at_once(seller, category):
    """unchained#505: rows with an id that was there ended with a violated constraint. open-mercato#5610: a batch that
    was sent again reported conflicts with itself."""
    mark = new_sku()
    key, sku = f"Stück {mark}", f"S-{mark}"
    forms = [key, unicodedata.normalize("NFD", key), f" {key} "]
    rows = [
        {"external_id": form, "title": f"Lamp {mark}", "category_id": category,
         "variants": [{"sku": sku, "price": price(1_000)}]} for form in forms]
    ended = together(lambda number: upsert(seller, rows[number % 3]), 6)
    assert sorted(sum(ended, [])) == ["created"] + ["unchanged"] * 5
    assert upsert(seller, *rows) == ["unchanged", "INVALID_FIELDS", "INVALID_FIELDS"]
    product, = seller("ListManagedProducts", search=f"Lamp {mark}").products
    assert len(product.variants) == 1
    request_id = str(uuid.uuid4())
    rows[0] |= {"title": f"Lamp {mark} B"}
    first = upsert(seller, rows[0], request_id=request_id)
    seller("UpdateProduct", product={"id": product.id, "title": "Desk"})
    assert upsert(seller, rows[0], request_id=request_id) == first == ["updated"]
    assert seller("GetProductDraft", product_id=product.id).product.title == "Desk"


def test_what_was_read_and_is_written_again_changes_nothing(seller, staff, category):
    """Nwazet.Commerce#131: what was exported and imported again was another product. A sale is no new price."""
    kinds = {"lit": "FLAG", "since": "DATE", "power": "NUMBER", "name": "TEXT"}
    attributes = [{"code": code, "title": code, "kind": f"ATTRIBUTE_KIND_{kind}"} for code, kind in kinds.items()]
    made = staff("CreateProductType", product_type={"title": new_sku(), "attributes": attributes}).product_type
    mark = new_sku()
    row = {
        "external_id": mark, "title": f" Lämp {mark}\u00a0 ", "description": "One.\r\n\r\n\r\nTwo. ", "brand": " Oak ",
        "category_id": category.upper(), "tags": ["b", " a ", "b"], "metadata": {"k": " v "}, "seo_title": " t ",
        "quantity_rules": {"maximum": 8}, "product_type_id": made.id.upper(),
        "buyable_from_time": at(HOUR, 123_456_789),
        "attributes": [
            {"code": "power", "number": "01.50"}, {"code": "since", "date": "2028-02-29"},
            {"code": "lit", "flag": False}, {"code": "name", "text": " x "}],
        "variants": [
            {"sku": f" {mark}-1 ", "price": price(1_000), "gtin": "036000291452", "weight_grams": 5,
             "options": [{"name": " Size ", "value": " S "}]},
            {"sku": f"{mark}-2", "price": price(1_000), "options": [{"name": "Size", "value": "L"}]}]}
    assert (upsert(seller, row), upsert(seller, row)) == (["created"], ["unchanged"])
    product, = seller("ListManagedProducts", search=f"Lämp {mark}").products
    seller.upload(product.id)
    seller("PublishProduct", product_id=product.id)
    rows = [{"variant_id": product.variants[0].id, "price": price(10)}]
    seller("SchedulePrices", rows=rows, end_time=at(HOUR))
    read = seller("GetProductDraft", product_id=product.id).product
    assert upsert(seller, read) == upsert(seller, read, update_mask={"paths": ["*"]}) == ["unchanged"]
    assert upsert(seller, row) == ["unchanged"]
    assert seller("GetProductDraft", product_id=product.id).product == read


# Digital goods and attachments.


def send(server, metadata, variant: str, content: bytes, **fields):
    first = with_id(goods.UploadDigitalFileRequest(
        variant_id=variant, **{"file_name": "song.flac", "chunk": content} | fields))
    stub = METHODS["UploadDigitalFile"][1](server.channel)
    return stub.UploadDigitalFile(iter([first]), metadata=metadata, timeout=WAIT_SECONDS_MAX).file


@pytest.fixture
def upload(shop, seller):
    """Uploads a file that is sold with a variant of the seller."""
    return lambda variant, content=b"song" * 99, **fields: send(shop, seller._metadata, variant, content, **fields)


def test_a_licence_key_is_there_once_also_when_it_is_added_at_once(shop, cluster, seller, category):
    """wc-serial-numbers#51: a key was added twice, so that two shoppers got it. license-manager-for-woocommerce#118:
    one request was carried out twice. easy-digital-downloads#1175: shoppers got keys of others."""
    one, other = (each.id for each in draft(seller, category, ["S", "L"]).variants)
    batches = [[f"{letter}-{number}" for number in range(20)] + ["SHARED"] for letter in "abcd"]
    ended = at_once(*(
        lambda batch=batch: seller("AddLicenceKeys", variant_id=one, licence_keys=batch) for batch in batches))
    assert ended.count(None) == 1 and ended.count("LICENCE_KEY_EXISTS") == 3

    def count(variant: str = one) -> int:
        return seller("ListDigitalFiles", variant_id=variant).licence_key_count

    assert count() == 21
    request = {"variant_id": one, "licence_keys": ["new-1", "new-2"], "request_id": str(uuid.uuid4())}
    answers = together(lambda _: seller("AddLicenceKeys", **request).licence_key_count, 4)
    assert answers == [23] * 4 and count() == 23
    refused = outcome(lambda: seller("AddLicenceKeys", variant_id=one, licence_keys=["new-3", " SHARED "]))
    assert refused == "LICENCE_KEY_EXISTS" and count() == 23
    same = outcome(lambda: seller("AddLicenceKeys", variant_id=one, licence_keys=["new-4", "new-4\u00a0"]))
    assert same == "INVALID_FIELDS"
    # As if a shopper had got all of them.
    cluster.sql(shop.database, f"UPDATE catalog.licence_key SET given_at = now() WHERE variant_id = '{one}'")
    assert count() == 0
    assert outcome(lambda: seller("AddLicenceKeys", variant_id=one, licence_keys=["SHARED"])) == "LICENCE_KEY_EXISTS"
    assert seller("AddLicenceKeys", variant_id=one, licence_keys=["shared"]).licence_key_count == 1
    assert count(other) == 0


def test_a_file_that_is_replaced_stays_the_one_that_was_sold(seller, category, upload):
    """woocommerce#19367, #12444: a file that was replaced was another one, so that shoppers could not fetch it.
    woocommerce#29686: files were lost with an import."""
    external_id = new_sku()
    product = draft(seller, category, ["S", "L"], external_id=external_id)
    one, other = (each.id for each in product.variants)
    first, foreign = upload(one), upload(other, b"film")
    again = upload(one, b"longer song" * 99, file_id=first.id, file_name="song-2.flac")
    assert (again.id, again.file_name, again.size_bytes) == (first.id, "song-2.flac", 1_089)
    assert again.create_time == first.create_time
    assert outcome(lambda: upload(one, file_id=foreign.id)) == "RESOURCE_NOT_FOUND"

    def files(variant: str = one) -> list:
        return list(seller("ListDigitalFiles", variant_id=variant).files)

    variants = [{"sku": product.variants[0].sku, "price": price(2_000)}]
    assert upsert(seller, {"external_id": external_id, "title": "Desk", "variants": variants}) == ["updated"]
    assert files() == [again] and files(other) == [foreign]
    ended = at_once(
        lambda: seller("DeleteDigitalFile", file_id=first.id), lambda: upload(one, b"last", file_id=first.id))
    assert ended[0] is None and ended[1] in (None, "RESOURCE_NOT_FOUND") and not files()
    shown = seller("GetProductDraft", product_id=product.id).product.variants
    assert [each.is_digital for each in shown] == [False, True]
    copy = seller("DuplicateProduct", product_id=product.id, sku_suffix="-2").product
    assert not any(each.is_digital for each in copy.variants) and not files(copy.variants[1].id)


def test_an_upload_that_is_sent_again_adds_one_file_and_no_limit_is_passed_at_once(
        shop, seller, category, upload):
    """gumroad#6826: files that were saved again after a lost answer were there ten times. PrestaShop#10976: files of
    one product appeared at others."""
    one, other = (each.id for each in draft(seller, category, ["S", "L"]).variants)
    request_id = str(uuid.uuid4())
    ended = at_once(*(lambda: upload(one, request_id=request_id) for _ in range(3)))
    assert None in ended
    again = upload(one, request_id=request_id)
    assert list(seller("ListDigitalFiles", variant_id=one).files) == [again]
    for number in range(1, 48):
        upload(one, f"song {number}".encode())
    ended = at_once(*(lambda number=number: upload(one, f"last {number}".encode()) for number in range(4)))
    assert ended.count(None) == 2 and ended.count("MEDIA_TOO_MANY") == 2
    files = seller("ListDigitalFiles", variant_id=one).files
    assert len({each.id for each in files}) == len(files) == 50
    assert upload(one, b"another", file_id=files[7].id).id == files[7].id
    assert not seller("ListDigitalFiles", variant_id=other).files


def test_a_document_stays_while_another_product_has_it(shop, cluster, seller, rival, category, upload):
    """PartKeepr#843, enonic/app-contentstudio#7380: with an attachment of a copy, the file of the original was gone.
    What is sold is no part of it: the same bytes have no address there."""
    content = PDF + new_sku().encode()
    made = []
    for person in (seller, rival):
        product = draft(person, category)
        requests = messages(product.id, content, "Manual", kind=product_pb2.MEDIA_KIND_DOCUMENT)
        stub = METHODS["UploadMedia"][1](shop.channel)
        answer = stub.UploadMedia(requests, metadata=person._metadata, timeout=WAIT_SECONDS_MAX)
        made.append((product, answer.attachment))
    sold = upload(made[0][0].variants[0].id, content)
    url = f"http://{shop.address}{made[1][1].url}"
    assert made[0][1].url == made[1][1].url and curl(url).body == content
    seller("DeleteAttachment", attachment_id=made[0][1].id)
    assert not seller("GetProductDraft", product_id=made[0][0].id).product.attachments
    digits = made[1][1].url.split("/")[-2]
    chosen = f"WHERE hash = decode('{digits}', 'hex')"
    is_unused = f"SELECT unused_since IS NOT NULL FROM catalog.media_file {chosen}"
    assert cluster.sql(shop.database, is_unused) == "t"
    # As if it were long ago: then the file is looked at, and would be removed.
    cluster.sql(shop.database, f"UPDATE catalog.media_file SET unused_since = now() - interval '2 days' {chosen}")
    done = shop_server.run("jobs", "run", "catalog.media-files", env={"DATABASE_URL": shop.settings["DATABASE_URL"]})
    assert done.returncode == 0, done.stderr
    wait_until(lambda: cluster.sql(shop.database, is_unused) == "f", "the file is not looked at, or removed")
    assert curl(url).body == content
    assert list(rival("GetProductDraft", product_id=made[1][0].id).product.attachments) == [made[1][1]]
    assert list(seller("ListDigitalFiles", variant_id=made[0][0].variants[0].id).files) == [sold]


def test_nothing_that_a_seller_offers_with_a_product_is_reached_by_another(
        shop, seller, rival, category, channel, price_list, upload):
    """mercur#1304, #700: each vendor could change what others have, who knew its id."""
    product = draft(seller, category)
    variant, own = product.variants[0].id, draft(rival, category).variants[0].id
    made, sold = price_list(variant, {1: 900}, channel=channel), upload(variant)
    rows = [{"variant_id": variant, "price": price(1)}]
    sale = seller("SchedulePrices", rows=[rows[0] | {"price": price(700)}], end_time=at(HOUR)).outcomes[0].price.id
    seller("SetChannelListing", channel_listing={"channel": channel, "product_id": product.id})
    seller("AddLicenceKeys", variant_id=variant, licence_keys=["A"])

    def state() -> tuple:
        files = seller("ListDigitalFiles", variant_id=variant)
        return (
            seller("GetProductDraft", product_id=product.id).product, files, seller("ListPrices", variant_id=variant),
            seller("ListPriceLists"), seller("ListChannelListings", channel=channel))

    before = state()
    upserted = {"external_id": "x", "title": "Mine", "category_id": category}
    calls = {
        "SetChannelListing": {"channel_listing": {"channel": channel, "product_id": product.id, "is_listed": True}},
        "UpdatePriceList": {"price_list": {"id": made.id, "title": "Mine"}},
        "DeletePriceList": {"price_list_id": made.id}, "ListDigitalFiles": {"variant_id": variant},
        "CreatePriceList": {"price_list": {"title": "A", "currency": "EUR", "seller_id": product.seller_id}},
        "DeleteDigitalFile": {"file_id": sold.id}, "AddLicenceKeys": {"variant_id": variant, "licence_keys": ["B"]},
        "UpsertProducts": {"products": [upserted], "seller_id": product.seller_id}}
    for method, fields in calls.items():
        assert outcome(lambda: rival(method, **fields)) == "RESOURCE_NOT_FOUND", method  # noqa: B023
    for file_id in ("", sold.id):
        refused = outcome(lambda: send(shop, rival._metadata, variant, b"mine", file_id=file_id))  # noqa: B023
        assert refused == "RESOURCE_NOT_FOUND"
    assert outcome(lambda: send(shop, rival._metadata, own, b"mine", file_id=sold.id)) == "RESOURCE_NOT_FOUND"
    mixed = [{"variant_id": own, "price_list_id": made.id, "price": price(1)}]
    batches = [
        rival("SetPrices", rows=rows), rival("SetPrices", rows=mixed),
        rival("SchedulePrices", rows=rows, end_time=at(60)), rival("CancelScheduledPrices", price_ids=[sale])]
    assert [each.outcomes[0].refusal.reason for each in batches] == ["RESOURCE_NOT_FOUND"] * 4
    history = rival("ListPriceHistory", variant_id=variant)
    assert not rival("ListPrices", variant_id=variant).prices
    assert not history.prices and not history.HasField("prior_price")
    assert not rival("ListChannelListings", channel=channel).channel_listings
    assert made.id not in {each.id for each in rival("ListPriceLists").price_lists}
    assert state() == before


# Warehouses and forecasts.


def test_a_warehouse_may_be_where_the_equator_meets_the_meridian(seller, examples):
    """openhamclock#729: a latitude or a longitude of 0 counted as none. lumify#520: it could not be entered."""
    places = [(0, 0), (0, 9_450_000), (51_480_000, 0)]
    owner = examples[0].seller_id
    for latitude, longitude in places:
        point = {"latitude_microdegrees": latitude, "longitude_microdegrees": longitude}
        fields = {"seller_id": owner, "name": "Harbour", "country": "GA"}
        made = seller("CreateWarehouse", coordinates=point, **fields).warehouse
        seller("UpdateWarehouse", warehouse={"id": made.id, "name": "Port"})
        moved = seller("UpdateWarehouse", warehouse={"id": made.id, "coordinates": point}).warehouse
        for found in (made, moved, *(each for each in seller("ListWarehouses").warehouses if each.id == made.id)):
            assert found.HasField("coordinates"), point
            assert (found.coordinates.latitude_microdegrees, found.coordinates.longitude_microdegrees) == (
                latitude, longitude)
        mask = {"paths": ["coordinates", "country"]}
        cleared = seller("UpdateWarehouse", warehouse={"id": made.id}, update_mask=mask).warehouse
        assert not cleared.HasField("coordinates") and (cleared.country, cleared.name) == ("", "Port")
        seller("DeleteWarehouse", warehouse_id=made.id)


def test_a_forecast_has_whole_days_of_utc_and_sales_only(shop, cluster, seller, category):
    """Umbraco.Commerce.Issues#303, shopware#739, nopCommerce#6296: sales around midnight were those of another day, by
    the time zone of the server."""
    variant = draft(seller, category).variants[0].id
    seller("SetStock", variant_id=variant, on_hand=500)
    midnight = "date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"
    moves = [
        ("20 days", "-9 hours", 500, "counted"), ("14 days", "0 hours", -7, "sold"), ("1 day", "0 hours", -14, "sold"),
        ("1 microsecond", "0 hours", -14, "sold_elsewhere"), ("0 days", "0 hours", -100, "sold"),
        ("14 days", "-1 microsecond", -90, "sold"), ("3 days", "0 hours", -80, "damaged"),
        ("3 days", "0 hours", 60, "received")]
    cluster.sql(shop.database, f"DELETE FROM inventory.movement WHERE variant_id = '{variant}'")
    for number, (back, more, delta, reason) in enumerate(moves):
        cluster.sql(
            shop.database,
            "INSERT INTO inventory.movement (id, variant_id, seller_id, delta, reason, note, on_hand, version, at)"
            f" SELECT platform.uuid_v7(), s.variant_id, s.seller_id, {delta}, '{reason}', '', 0, {number + 1},"
            f" {midnight} - interval '{back}' + interval '{more}'"
            f" FROM inventory.stock s WHERE s.variant_id = '{variant}'")
    request = stock_forecast_pb2.GetStockForecastRequest(variant_id=variant, days=14)
    told = inventory_of(shop).GetStockForecast(request, timeout=CALL_SECONDS).forecast
    assert told.history_days == 14 and told.history_start_time.seconds % 86_400 == 0
    assert (told.units_sold, told.mean_per_day, told.available, told.days_of_cover) == (35, 2.5, 500, 200)


# The currency of the shop.


def test_prices_in_a_currency_without_decimals_are_whole_and_no_sale_stays_behind(cluster, database, start_shop):
    """medusa#5932, #4599: prices in a currency without or with three decimals were a hundredth, or ten times as much.
    woocommerce-payments#3158: converted prices were rounded in several steps."""
    url = database()
    euros = start_shop(url)
    before = {each.id: each.price.amount_minor for each in products_of(euros, 20)}
    chosen = products_of(euros)[0]
    staff = Person(euros, [("authorization", f"Bearer {euros.staff_token}")])
    rows = [{"variant_id": each.id, "price": price(1)} for each in chosen.variants]
    for times in ({"end_time": at(HOUR)}, {"start_time": at(2 * HOUR), "end_time": at(3 * HOUR)}):
        scheduled = staff("SchedulePrices", rows=rows, **times).outcomes
        assert all(each.HasField("price") for each in scheduled)
    assert {each.id: each.price.amount_minor for each in products_of(euros, 20)}[chosen.id] == 1
    euros.stop()
    settings = {"DATABASE_URL": url, "FASTSHOP_KEYS": shop_server.KEYS}
    done = shop_server.run("convert-prices", "--from", "EUR", "--to", "JPY", "--rate", "160.5", env=settings)
    assert done.returncode == 0, done.stderr
    yen = start_shop(url, FASTSHOP_CURRENCY="JPY")
    after = {each.id: each.price for each in products_of(yen, 20)}
    assert {key: (value.amount_minor, value.currency) for key, value in after.items()} == {
        key: (max(1, (amount * 1_605 + 500) // 1_000), "JPY") for key, amount in before.items()}
    guest = Person(yen)
    told = quote(guest, chosen.variants[0].id)
    assert (told.unit_price.currency, told.reason.is_scheduled, told.HasField("prior_price")) == ("JPY", False, False)
    staff = Person(yen, [("authorization", f"Bearer {yen.staff_token}")])
    held = walk(staff, "ListPrices", "prices", variant_id=chosen.variants[0].id)
    assert [(each.price.currency, each.is_scheduled) for each in held] == [("JPY", False)]
