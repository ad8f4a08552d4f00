"""Bugs of catalogues and shops that users of other shops reported, tried on FastShop."""

import re
import struct
import time
import unicodedata
import zlib

import pytest
import shop_server
from catalogue_people import (  # noqa: F401
    accounts, category, draft, examples, guest, new_sku, on_sale, price, rival, seller, shop, staff, together, walk,
)
from curl import curl
from fastshop.inventory.v1 import stock_pb2
from test_media import png
from test_sellers import at_once, outcome
from waiting import wait_until

COUNTED = stock_pb2.STOCK_REASON_COUNTED


# Addresses and names.


def test_products_of_one_title_made_at_once_have_addresses_of_their_own(seller, category):
    """Sylius#789: a second product of the same name ended with a violated constraint."""
    fields = {"title": "Lämp of one name", "category_id": category}
    made = together(lambda _: seller("CreateProduct", product=fields).product, 6)
    slugs = {each.slug for each in made}
    assert len(slugs) == 6 and all(re.fullmatch(r"lamp-of-one-name(-[0-9a-f]{8})?", each) for each in slugs)
    assert "lamp-of-one-name" in slugs


TITLES = ["كتاب", "桌子", "-", "🪑", "ß" * 300, "a-" * 150]


@pytest.mark.parametrize("title", TITLES)
def test_a_product_has_an_address_whatever_its_title_is(seller, category, title):
    """medusa#14378: titles in Arabic were refused, as they left no address. saleor#14507: so was the title `-`."""
    product = seller("CreateProduct", product={"title": title, "category_id": category}).product
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", product.slug) and len(product.slug) <= 200
    assert product.title == title.strip()


def test_an_address_that_was_given_up_and_taken_back_leads_in_no_circle(seller, guest, category):
    """solidus#6098: a product was served under each address that it ever had, instead of a redirection to the present
    one."""
    first = on_sale(seller, category, title=f"Lamp {new_sku()}").slug
    product = guest("GetProduct", slug=first).product.id
    second = f"{first}-2"
    for slug in (second, first):
        seller("UpdateProduct", product={"id": product, "slug": slug})
    assert not guest("ResolvePath", product=first).is_former
    found = guest("ResolvePath", product=second)
    assert (found.resource_id, found.path, found.is_former) == (product, first, True)
    assert outcome(lambda: guest("GetProduct", slug=second)) == "RESOURCE_NOT_FOUND"


def test_two_products_that_swap_addresses_at_once_lose_none(seller, category):
    """openfoodnetwork#12056: requests of one seller at once waited for each other, and one ended with a deadlock."""
    made = [seller("CreateProduct", product={"title": f"Lamp {new_sku()}", "category_id": category}).product
            for _ in range(2)]
    for _ in range(3):
        changes = [{"id": made[0].id, "slug": made[1].slug}, {"id": made[1].id, "slug": made[0].slug}]
        ended = at_once(*(lambda one=one: seller("UpdateProduct", product=one) for one in changes))
        assert set(ended) <= {None, "SLUG_TAKEN", "CONCURRENT_CHANGE"}, ended
        slugs = [seller("GetProductDraft", product_id=one.id).product.slug for one in made]
        assert sorted(slugs) == sorted(one.slug for one in made)


def test_of_products_that_take_the_same_skus_at_once_one_gets_them(seller, category):
    """magento2#7121: two saves at once made two products with one SKU. vendure#527: `createProductVariants` at once
    ended with a deadlock."""
    made = [seller("CreateProduct", product={"title": "Lamp", "category_id": category}).product.id for _ in range(4)]
    pattern, sizes = f"{new_sku()}-{{options}}", ["S", "M", "L", "XL"]

    def create(number: int):
        axes = [{"name": "Size", "values": sizes[::-1] if number % 2 else sizes}]
        seller(
            "CreateVariants", product_id=made[number], axes=axes, sku_pattern=pattern, price=price(1_000))

    ended = at_once(*(lambda number=number: create(number) for number in range(4)))
    assert ended.count(None) == 1 and ended.count("SKU_TAKEN") == 3
    counts = [len(seller("GetProductDraft", product_id=each).product.variants) for each in made]
    assert sorted(counts) == [0, 0, 0, 4]


def test_a_sku_is_one_with_blanks_around_it_and_in_another_normal_form(seller, category, examples):
    """magento2#10080: a SKU with a blank at its end was another one, until somebody removed it."""
    made = [seller("CreateProduct", product={"title": "Lamp", "category_id": category}).product.id for _ in range(2)]
    sku = f"Stück-{new_sku()}"
    other = f" {unicodedata.normalize('NFD', sku)}\u00a0"
    fields = {"price": price(1_000)}
    product = seller("CreateVariants", product_id=made[0], sku_pattern=other, **fields).product
    assert product.variants[0].sku == sku
    again = outcome(lambda: seller("CreateVariants", product_id=made[1], sku_pattern=sku, **fields))
    assert again == "SKU_TAKEN"
    row = {"sku": other, "delta": 3, "reason": COUNTED}
    assert seller("BatchAdjustStock", adjustments=[row]).outcomes[0].made.on_hand == 3
    found = seller("ListManagedProducts", search=unicodedata.normalize("NFD", sku)[:12]).products
    assert [each.id for each in found] == [made[0]]


def test_a_brand_is_found_in_each_normal_form(seller, guest, category):
    """openfoodfacts-server#8225, pelias#600: the same letters in another normal form found nothing."""
    brand = f"Möbel {new_sku()}"
    product = on_sale(seller, category, brand=brand)
    for form in ("NFC", "NFD"):
        found = guest("ListProducts", brand=unicodedata.normalize(form, brand)).products
        assert [each.id for each in found] == [product.id], form


# Fields and attributes.


def test_a_change_of_one_field_leaves_the_others(seller, category):
    """magento2#3354, #8371: a change of the price took the product out of its categories, one of the name took its
    variants."""
    fields = {
        "title": "Lamp", "category_id": category, "brand": "Oak", "tags": ["a", "b"], "external_id": new_sku(),
        "metadata": {"erp": "7"}, "seo_title": "A lamp", "description": "One.\n\nTwo.",
        "quantity_rules": {"minimum": 2, "maximum": 8, "step": 2},
    }
    before = draft(seller, category, ["S", "L"], **fields)
    changes = {"title": "Desk", "brand": "Ash", "tags": ["c"], "seo_title": "A desk", "description": "Three.",
               "metadata": {"erp": "8"}}
    ended = at_once(*(
        lambda name=name: seller("UpdateProduct", product={"id": before.id, name: changes[name]}) for name in changes))
    assert ended == [None] * len(changes)
    after = seller("GetProductDraft", product_id=before.id).product
    for name, value in changes.items():
        assert type(value)(getattr(after, name)) == value, name
    for name in ("slug", "category_id", "external_id", "quantity_rules", "variants", "images"):
        assert getattr(after, name) == getattr(before, name), name
    assert int(after.etag.removeprefix("v")) == int(before.etag.removeprefix("v")) + len(changes)


def test_no_and_zero_are_values_and_a_day_is_the_same_everywhere(staff, seller, guest, category):
    """Sylius#9252, saleor-dashboard#5572: `false` counted as no value. woocommerce#45848, saleor#9254: a day became the
    one before or after, by the time zone of the server."""
    kinds = {"lit": "FLAG", "since": "DATE", "power": "NUMBER"}
    attributes = [
        {"code": code, "title": code, "kind": f"ATTRIBUTE_KIND_{kind}", "is_required": True}
        for code, kind in kinds.items()]
    made = staff("CreateProductType", product_type={"title": new_sku(), "attributes": attributes}).product_type
    values = [{"code": "lit", "flag": False}, {"code": "since", "date": "2028-02-29"}, {"code": "power", "number": "0"}]
    product = on_sale(seller, category, product_type_id=made.id, attributes=values)
    lit, since, power = guest("GetProduct", id=product.id).product.attributes
    assert (lit.WhichOneof("value"), lit.flag, since.date, power.number) == ("flag", False, "2028-02-29", "0")


def test_a_draft_goes_on_sale_at_its_last_time_only(shop, cluster, seller, guest, category):
    """statamic#11803, wp-calypso#23214: a time of publication was one of the server's time zone, and a product that was
    scheduled could not be scheduled anew."""
    product, now = draft(seller, category), int(time.time())
    times = [{"seconds": now + 3_600, "nanos": 123_456_789}, {"seconds": now + 1_800, "nanos": 999_999_999}]
    for each in times:
        scheduled = seller("PublishProduct", product_id=product.id, publish_time=each).product.scheduled_publish_time
        assert (scheduled.seconds, scheduled.nanos) == (each["seconds"], each["nanos"] // 1_000 * 1_000)
    jobs = f"jobs.job WHERE kind = 'catalog.publish-product' AND payload LIKE '%{product.id}%'"
    due = cluster.sql(shop.database, f"SELECT id FROM {jobs} ORDER BY due_at").splitlines()
    assert len(due) == 2

    def run(job: str) -> None:
        cluster.sql(shop.database, f"UPDATE jobs.job SET due_at = now() WHERE id = '{job}'")
        state = f"SELECT state FROM jobs.job WHERE id = '{job}'"
        wait_until(lambda: cluster.sql(shop.database, state) == "done", "the job does not end")

    run(due[1])
    assert outcome(lambda: guest("GetProduct", id=product.id)) == "RESOURCE_NOT_FOUND"
    run(due[0])
    assert guest("GetProduct", id=product.id).product.publish_time.seconds < now + 1_800


# Variants and images.


def test_the_last_variant_and_the_last_image_stay_also_when_two_go_at_once(seller, guest, category):
    """reaction#4467: a product without variants was on sale, for NaN. craftcms/commerce#1339: all variants of one were
    removed."""
    product = on_sale(seller, category, ["S", "L"])
    seller.upload(product.id, png(10, 10))
    images = [each.id for each in guest("GetProduct", id=product.id).product.images]
    for method, field, ids in [
        ("DeleteVariant", "variant_id", [each.id for each in product.variants]), ("DeleteMedia", "image_id", images),
    ]:
        ended = at_once(*(lambda one=one: seller(method, **{field: one}) for one in ids))
        assert ended.count(None) == ended.count("PRODUCT_INCOMPLETE") == 1, method
    shown = guest("GetProduct", id=product.id).product
    assert len(shown.variants) == len(shown.images) == 1 and shown.price.amount_minor == 1_000


def test_images_that_are_uploaded_at_once_are_all_there(seller, guest, category):
    """woocommerce-android#7453, processwire-issues#1378: of several uploads at once, some were there twice, and others
    not at all."""
    product = draft(seller, category).id
    made = together(lambda number: seller.upload(product, png(12, 12, number + 1)), 4)
    images = seller("GetProductDraft", product_id=product).product.images
    assert sorted(each.id for each in images[1:]) == sorted(each.id for each in made)
    assert len({each.url for each in images}) == 5
    wanted = [each.id for each in images][::-1]
    ended = at_once(
        lambda: seller("ReorderMedia", product_id=product, image_ids=wanted), lambda: seller.upload(product, png(8, 8)))
    assert set(ended) <= {None, "MEDIA_ORDER_INCOMPLETE"} and None in ended
    assert len(seller("GetProductDraft", product_id=product).product.images) == 6


def test_an_image_stays_while_another_product_shows_it(shop, cluster, seller, rival, category):
    """magento2#7389: with an image of one product, the file of another one's was deleted."""
    content = png(30, 20, 99)
    one, other = (person.upload(draft(person, category).id, content) for person in (seller, rival))
    assert one.url == other.url and one.id != other.id
    seller("DeleteMedia", image_id=one.id)
    chosen = f"WHERE hash = decode('{one.url.split('/')[-2]}', 'hex')"
    is_unused = f"SELECT unused_since IS NOT NULL FROM catalog.media_file {chosen}"
    assert cluster.sql(shop.database, is_unused) == "t"
    # As if it were long ago: then the file is looked at, and would be removed.
    cluster.sql(shop.database, f"UPDATE catalog.media_file SET unused_since = now() - interval '2 days' {chosen}")
    done = shop_server.run("jobs", "run", "catalog.media-files", env={"DATABASE_URL": shop.settings["DATABASE_URL"]})
    assert done.returncode == 0, done.stderr
    wait_until(lambda: cluster.sql(shop.database, is_unused) == "f", "the file is not looked at, or removed")
    assert curl(f"http://{shop.address}{other.url}").status == 200


def turned(jpeg: bytes) -> bytes:
    """The picture with the EXIF orientation of a phone that was held upright."""
    tiff = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) + b"\0\0\0\0"
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff + jpeg[2:]


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height of a JPEG, by its frame header."""
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + struct.unpack(">H", jpeg[at + 2:at + 4])[0]
    return struct.unpack(">HH", jpeg[at + 5:at + 9])[::-1]


def plane(red: int, green: int, blue: int, alpha: int = 255) -> bytes:
    """A picture of one colour."""
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = (b"\0" + bytes((red, green, blue, alpha)) * 16) * 16
    head = struct.pack(">IIBBBBB", 16, 16, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def shown(shop, seller, category):
    """Uploads a picture, and returns the image and the JPEG that shoppers get."""
    product = draft(seller, category).id

    def show(content: bytes):
        image = seller.upload(product, content)
        return image, curl(f"http://{shop.address}{image.url}").body

    return show


def test_a_photo_from_a_phone_is_upright(shown):
    """nopCommerce#5818: photos that were taken upright lay on their side."""
    _, plain = shown(png(60, 40, 7))
    image, upright = shown(turned(plain))
    assert size_of(plain) == (60, 40) and (image.width, image.height) == size_of(upright) == (40, 60)


def test_what_is_transparent_is_white_in_a_jpeg(shown):
    """magento2#14248: what was transparent was black in thumbnails."""
    white, transparent, black = (
        shown(plane(*pixel))[1] for pixel in [(255, 255, 255), (0, 0, 0, 0), (0, 0, 0)])
    assert transparent == white != black


@pytest.mark.parametrize("colour", [(255, 255, 255), (20, 40, 220)])
def test_an_image_keeps_its_colours(shown, colour):
    """libvips#3479: pictures without a profile came out in other colours, so that white was a pale blue. If a picture
    changes, its rendition does so once more."""
    once = shown(plane(*colour))[1]
    assert shown(once)[1] == once


def test_a_copy_of_a_product_has_names_of_its_own(seller, category):
    """woocommerce#65378: of `SKU-123` a copy got `SKU-124`, another product's. PrestaShop#18529: a copy had the address
    of the original."""
    attributes = {"brand": "Oak", "quantity_rules": {"minimum": 2}, "seo_title": "A lamp", "external_id": new_sku()}
    product = draft(seller, category, ["1", "2"], title=f"Lamp {new_sku()}", **attributes)
    seller("UpdateVariant", variant={"id": product.variants[1].id, "weight_grams": 9, "gtin": "4006381333931"})
    copy = seller("DuplicateProduct", product_id=product.id, sku_suffix="-1").product
    assert [each.sku for each in copy.variants] == [f"{each.sku}-1" for each in product.variants]
    assert [(each.weight_grams, each.gtin, each.options[0].value) for each in copy.variants] == [
        (0, "", "1"), (9, "", "2")]
    assert copy.slug.startswith(product.slug) and copy.slug != product.slug and not copy.external_id
    assert (copy.title, copy.brand, copy.quantity_rules.minimum) == (product.title, "Oak", 2)
    again = outcome(lambda: seller("DuplicateProduct", product_id=product.id, sku_suffix="-1"))
    assert again == "SKU_TAKEN"


# Categories.


def test_of_two_categories_that_go_below_each_other_at_once_one_does(staff, category):
    """awesome_nested_set#86, viur-core#1540: two moves at once, or one below a child, took a part out of the tree."""
    made = [staff("CreateCategory", category={"title": title, "parent_id": category}).category.id for title in "ab"]
    ended = at_once(*(
        lambda one=one, other=other: staff("MoveCategory", category_id=one, parent_id=other)
        for one, other in (made, made[::-1])))
    assert ended.count(None) == ended.count("CATEGORY_CYCLE") == 1
    tree = staff("ListCategories", parent_id=category).categories
    assert sorted(each.id for each in tree) == sorted(made) and [each.position for each in tree] == [1, 1]


def test_each_place_among_siblings_can_be_reached(staff, category):
    """vendure#75, #3551: the last of the siblings did not move, and others came to another place."""
    places = [staff("CreateCategory", category={"title": title, "parent_id": category}).category.id for title in "abcd"]
    for moved, position in [(3, 1), (0, 2), (1, 4), (3, 3), (0, 0), (2, 2), (1, 99)]:
        one = places.pop(moved)
        places.insert(position - 1 if 0 < position <= len(places) else len(places), one)
        after = staff("MoveCategory", category_id=one, parent_id=category, position=position).category
        assert after.position == places.index(one) + 1
        tree = staff("ListCategories", parent_id=category).categories
        assert [(each.id, each.position) for each in tree] == [(each, place + 1) for place, each in enumerate(places)]


def test_a_name_that_begins_with_another_is_not_renamed_with_it(staff, guest, category):
    """magento2#16202, #37039: paths below a category that was moved were wrong, and former ones led nowhere."""
    root = guest("GetCategory", id=category).category.path
    made = {}
    for path in ("lamp", "lamp/desk", "lamp/desk/led", "lamp-led", "lamp-led/desk"):
        parent = made.get(path.rpartition("/")[0], category)
        fields = {"title": path.rpartition("/")[2], "parent_id": parent}
        made[path] = staff("CreateCategory", category=fields).category.id
    staff("UpdateCategory", category={"id": made["lamp"], "slug": "light"})
    staff("MoveCategory", category_id=made["lamp/desk"], parent_id=made["lamp-led/desk"])
    now = {
        "lamp": "light", "lamp/desk": "lamp-led/desk/desk", "lamp/desk/led": "lamp-led/desk/desk/led",
        "lamp-led": "lamp-led", "lamp-led/desk": "lamp-led/desk"}
    for former, path in now.items():
        found = guest("ResolvePath", category=f"{root}/{former}")
        assert (found.resource_id, found.path) == (made[former], f"{root}/{path}")
        assert found.is_former == (former != path)
    assert guest("ResolvePath", category=f"{root}/light/desk/led").resource_id == made["lamp/desk/led"]
    staff("UpdateCategory", category={"id": made["lamp"], "slug": "lamp"})
    assert not guest("ResolvePath", category=f"{root}/lamp").is_former


def test_a_category_counts_what_shoppers_see_of_it(shop, staff, seller, guest, category, examples):
    """magento2#7619, woocommerce#28981: disabled and hidden products counted. magento2#8887: counts were wrong until
    the category was saved again."""
    below = staff("CreateCategory", category={"title": "Below", "parent_id": category}).category.id
    made = [on_sale(seller, below).id for _ in range(3)] + [draft(seller, below).id]
    owner = examples[0].seller_id

    def counts() -> tuple:
        numbers = []
        for place in (category, below):
            page = guest("ListProducts", category_id=place, with_total_size=True)
            assert page.total_size == len(page.products) == guest("GetCategory", id=place).category.product_count
            numbers.append(page.total_size)
        return tuple(numbers)

    assert counts() == (3, 3)
    ended = at_once(
        lambda: staff("SuspendSeller", seller_id=owner, reason="A recall is open."),
        lambda: seller("ArchiveProduct", product_id=made[0]), lambda: seller("PublishProduct", product_id=made[3]),
        lambda: seller("UpdateProduct", product={"id": made[1], "category_id": category}))
    try:
        assert ended == [None] * 4 and counts() == (0, 0)
    finally:
        ended = at_once(
            lambda: staff("ReinstateSeller", seller_id=owner), lambda: seller("UnpublishProduct", product_id=made[2]),
            lambda: seller("UpdateProduct", product={"id": made[1], "category_id": below}))
    assert ended == [None] * 3 and counts() == (2, 2)
    assert guest("GetProduct", id=made[1]).product.category_id == below


def test_a_shop_stays_hidden_until_both_its_holiday_and_its_suspension_end(staff, guest, examples):
    """mercur#377: products of a seller who was suspended and reinstated could not be bought. openbazaar-desktop#830:
    those of a shop that was closed were found."""
    owner, now = examples[1].seller_id, int(time.time())
    holiday = {"start_time": {"seconds": now - 60}, "end_time": {"seconds": now + 3_600}}
    variant = examples[1].variants[0].id

    def is_shown() -> bool:
        answers = [
            outcome(lambda: guest("GetProduct", id=examples[1].id)) is None,
            outcome(lambda: guest("GetStock", variant_ids=[variant])) is None,
            bool(guest("ListProducts", seller_id=owner, page_size=1).products)]
        assert len(set(answers)) == 1, answers
        return answers[0]

    steps = [
        ("SetHoliday", {"holiday": holiday}, False), ("SuspendSeller", {"reason": "A recall is open."}, False),
        ("SetHoliday", {}, False), ("SetHoliday", {"holiday": holiday}, False), ("ReinstateSeller", {}, False),
        ("SetHoliday", {}, True)]
    assert is_shown()
    for method, fields, shown in steps:
        staff(method, seller_id=owner, **fields)
        assert is_shown() == shown, method


# Lists.


def test_pages_of_products_of_one_price_have_each_once(seller, guest, category):
    """medusa#5800, saleor#5795, woocommerce#33386: products of equal price or time were on two pages, and others on
    none."""
    made = [on_sale(seller, category).id for _ in range(5)]
    for sort in ("PRICE_ASCENDING", "PRICE_DESCENDING", "RATING", "POPULAR", "NEWEST"):
        found = walk(guest, "ListProducts", "products", category_id=category, page_size=2, sort=f"PRODUCT_SORT_{sort}")
        assert sorted(each.id for each in found) == sorted(made), sort


def test_pages_have_what_keeps_its_place_once_also_when_prices_change_meanwhile(seller, guest, category):
    """WooCommerce.NET#418: while products changed, a walk through the pages met others twice, or never."""
    made = [on_sale(seller, category) for _ in range(4)]
    request = {"category_id": category, "page_size": 2, "sort": "PRODUCT_SORT_PRICE_ASCENDING"}
    first = guest("ListProducts", **request)
    for number, amount in [(0, 5_000), (3, 500)]:
        seller("UpdateVariant", variant={"id": made[number].variants[0].id, "price": price(amount)})
    rest = walk(guest, "ListProducts", "products", token=first.next_page_token, **request)
    found = [each.id for each in [*first.products, *rest]]
    assert [found.count(made[number].id) for number in (1, 2)] == [1, 1]
