"""Bugs of sales channels, collections, merged categories and shared product pages that users of other shops reported,
tried on FastShop."""

import time
import uuid

import pytest
from catalogue_people import (  # noqa: F401
    accounts, category, draft, examples, guest, new_sku, on_sale, price, rival, seller, shop, staff, together, walk,
)
from test_public_bug_reports_prices import paid, price_list  # noqa: F401
from test_sellers import at_once, outcome

HOUR = 3_600


def ids(products) -> list[str]:
    return [each.id for each in products]


def at(seconds: int, nanos: int = 0) -> dict:
    """So many seconds from now."""
    return {"seconds": int(time.time()) + seconds, "nanos": nanos}


def listed(guest, **fields) -> list[str]:
    """The UUIDs of all products of a list, by pages of two."""
    return ids(walk(guest, "ListProducts", "products", page_size=2, **fields))


# Channels.


@pytest.fixture
def open_channel(staff):
    """Creates an active channel with an assortment, and returns its code and UUID."""
    def make(assortment: str = "LISTED") -> tuple[str, str]:
        fields = {
            "code": f"web-{new_sku()}", "title": "Web", "currency": "EUR", "is_active": True,
            "assortment": f"CHANNEL_ASSORTMENT_{assortment}"}
        made = staff("CreateChannel", channel=fields).channel
        return made.code, made.id

    return make


def list_in(person, channel: str, product: str, **fields):
    listing = {"channel": channel, "product_id": product} | fields
    return person("SetChannelListing", channel_listing=listing).channel_listing


@pytest.mark.parametrize("assortment", ["ALL", "LISTED"])
def test_a_channel_shows_the_same_in_lists_and_by_id_and_by_slug(
        seller, staff, guest, category, open_channel, assortment):
    """medusa#14775: a list had products that are not in the channel, and that were not found by id. medusa#14362: they
    counted. spree#9634, #4754: products of a later day were in the list, or found by their slug. bagisto#7122,
    shopware#9127: each channel showed what another one does."""
    channel, _ = open_channel(assortment)
    other, _ = open_channel("ALL")
    brand = f"Brand {new_sku()}"
    below = staff("CreateCategory", category={"title": "A", "parent_id": category}).category
    states = {
        "none": None, "listed": {"is_listed": True}, "excluded": {"is_listed": False},
        "later": {"is_listed": True, "visible_from_time": at(HOUR)},
        "since": {"is_listed": True, "visible_from_time": at(-HOUR)},
        "excluded since": {"is_listed": False, "visible_from_time": at(-HOUR)},
        "draft": {"is_listed": True}, "archived": {"is_listed": True},
    }
    made = {}
    for state, listing in states.items():
        create = draft if state == "draft" else on_sale
        made[state] = create(seller, below.id, brand=brand)
        if listing is not None:
            list_in(seller, channel, made[state].id, **listing)
            list_in(seller, other, made[state].id, is_listed=not listing.get("is_listed"))
    seller("ArchiveProduct", product_id=made["archived"].id)
    shown = {"listed", "since"} | ({"none"} if assortment == "ALL" else set())
    expected = sorted(made[state].id for state in shown)
    owner = made["none"].seller_id
    filters = [
        {"category_id": category}, {"category_id": below.id}, {"brand": brand}, {"seller_id": owner, "brand": brand},
        {"category_id": category, "brand": brand}, {"category_id": category, "seller_id": owner},
        {"brand": brand, "min_price_minor": 1_000, "max_price_minor": 1_000}]
    requests = filters + [
        {"category_id": category, "sort": f"PRODUCT_SORT_{sort}"}
        for sort in ("PRICE_ASCENDING", "PRICE_DESCENDING", "RATING", "POPULAR", "NEWEST")]
    for request in requests:
        assert sorted(listed(guest, channel=channel, **request)) == expected, request
        page = guest("ListProducts", channel=channel, with_total_size=True, page_size=1, **request)
        assert page.total_size == len(expected) and page.total_size_is_exact, request
    keys = [each.id for each in made.values()]
    batch = guest("BatchGetProducts", ids=keys, channel=channel)
    assert sorted(ids(batch.products)) == expected and set(batch.missing_ids) == set(keys) - set(expected)
    for state, product in made.items():
        for key in ({"id": product.id}, {"slug": product.slug}):
            refused = outcome(lambda: guest("GetProduct", channel=channel, **key))  # noqa: B023
            assert refused == (None if state in shown else "RESOURCE_NOT_FOUND"), (state, key)


def test_a_listing_of_one_product_leaves_those_of_the_others(seller, guest, category, open_channel):
    """medusa#7510: a change of the channels of one product took other products out of theirs. saleor#14289: a variant
    that was removed took its product out of the channel."""
    channel, _ = open_channel()
    made = [on_sale(seller, category, ["S", "L"]) for _ in range(3)]
    for product in made:
        list_in(seller, channel, product.id, is_listed=True)
    before = [seller("ListChannelListings", product_id=each.id).channel_listings for each in made[:2]]
    list_in(seller, channel, made[2].id)
    list_in(seller, channel, made[2].id, is_listed=True, buyable_from_time=at(HOUR))
    assert [seller("ListChannelListings", product_id=each.id).channel_listings for each in made[:2]] == before
    seller("DeleteVariant", variant_id=made[0].variants[0].id)
    seller("UpdateVariant", variant={"id": made[0].variants[1].id, "price": price(5_000)})
    seller("UpdateVariant", variant={"id": made[1].variants[1].id, "price": price(500)})
    found = walk(
        guest, "ListProducts", "products", channel=channel, page_size=2, sort="PRODUCT_SORT_PRICE_ASCENDING")
    assert ids(found) == [made[1].id, made[2].id, made[0].id]
    assert [each.price.amount_minor for each in found] == [500, 1_000, 5_000]
    dear = guest("ListProducts", channel=channel, min_price_minor=4_000, with_total_size=True)
    assert ids(dear.products) == [made[0].id] and dear.total_size == 1


def test_what_moves_leaves_the_lists_of_a_channel_that_it_was_in(seller, staff, guest, category, open_channel):
    """magento2#24181: a category that was moved was below both parents. magento2#14601: products were in categories
    that they had left. vendure#4051: a filter by a value had no products that got it later."""
    channel, _ = open_channel()
    places = [staff("CreateCategory", category={"title": title, "parent_id": category}).category.id for title in "ab"]
    leaf = staff("CreateCategory", category={"title": "c", "parent_id": places[0]}).category.id
    brands = [f"Brand {new_sku()}" for _ in range(2)]
    product = on_sale(seller, leaf, brand=brands[0]).id
    list_in(seller, channel, product, is_listed=True)

    def where() -> list[bool]:
        filters = [{"category_id": each} for each in (category, *places, leaf)] + [{"brand": each} for each in brands]
        found = [listed(guest, channel=channel, **each) for each in filters]
        assert found == [listed(guest, **each) for each in filters]
        return [each == [product] for each in found]

    assert where() == [True, True, False, True, True, False]
    staff("MoveCategory", category_id=leaf, parent_id=places[1])
    assert where() == [True, False, True, True, True, False]
    seller("UpdateProduct", product={"id": product, "category_id": places[0], "brand": brands[1]})
    assert where() == [True, True, False, False, False, True]
    seller("UpdateProduct", product={"id": product}, update_mask={"paths": ["brand"]})
    assert where() == [True, True, False, False, False, False]
    seller("ArchiveProduct", product_id=product)
    seller("UpdateProduct", product={"id": product, "category_id": leaf, "brand": brands[0]})
    assert where() == [False] * 6
    seller("UnpublishProduct", product_id=product)
    seller("PublishProduct", product_id=product)
    assert where() == [True, False, True, True, True, False]


def test_a_copy_of_a_product_that_a_channel_excludes_is_not_shown_there(seller, guest, category, open_channel):
    """vendure#3376: what is made from a product is not in the channels that the product is in."""
    code, _ = open_channel("ALL")
    product = on_sale(seller, category)
    list_in(seller, code, product.id, is_listed=False)
    copy = seller("DuplicateProduct", product_id=product.id, sku_suffix="-2").product
    seller.upload(copy.id)
    seller("PublishProduct", product_id=copy.id)
    assert [each.id for each in guest("ListProducts", category_id=category, channel=code).products] == []


def test_listings_that_are_set_at_once_are_one(seller, guest, category, open_channel):
    """saleor#17899: a listing that was there already ended with an internal error, and changed nothing."""
    channel, _ = open_channel()
    product = on_sale(seller, category).id
    for _ in range(3):
        ended = at_once(*(
            lambda number=number: list_in(seller, channel, product, is_listed=number % 2 == 0) for number in range(6)))
        assert ended == [None] * 6
        last, = seller("ListChannelListings", product_id=product, channel=channel).channel_listings
        shown = outcome(lambda: guest("GetProduct", id=product, channel=channel)) is None
        assert shown == last.is_listed == (listed(guest, channel=channel) == [product])


def test_a_product_that_is_gone_is_in_no_channel_and_no_collection(seller, staff, guest, category, open_channel):
    """vendure#1998: products that were removed stayed in a second channel. vendure#100, #1213: and in collections."""
    channel, channel_id = open_channel()
    made = [on_sale(seller, category).id for _ in range(3)]
    for product in made:
        list_in(seller, channel, product, is_listed=True)
    chosen = staff("CreateCollection", collection={"title": "Chosen"}).collection.id
    staff("SetCollectionProducts", collection_id=chosen, product_ids=made)

    def everywhere() -> list[list[str]]:
        shown = walk(guest, "ListCollectionProducts", "products", collection_id=chosen, page_size=1)
        return [ids(shown), sorted(listed(guest, channel=channel), key=made.index)]

    assert everywhere() == [made, made]
    seller("UnpublishProduct", product_id=made[1])
    assert everywhere() == [[made[0], made[2]]] * 2
    seller("PublishProduct", product_id=made[1])
    assert everywhere() == [made, made]
    owner = guest("GetProduct", id=made[0]).product.seller_id
    staff("SuspendSeller", seller_id=owner, reason="A recall is open.")
    try:
        assert everywhere() == [[], []]
    finally:
        staff("ReinstateSeller", seller_id=owner)
    assert everywhere() == [made, made]
    seller("UnpublishProduct", product_id=made[1])
    seller("DeleteProduct", product_id=made[1])
    assert everywhere() == [[made[0], made[2]]] * 2
    listings = walk(staff, "ListChannelListings", "channel_listings", channel=channel, page_size=1)
    assert sorted(each.product_id for each in listings) == sorted([made[0], made[2]])
    staff("UpdateChannel", channel={"id": channel_id, "assortment": "CHANNEL_ASSORTMENT_ALL"})
    assert outcome(lambda: guest("GetProduct", id=made[1], channel=channel)) == "RESOURCE_NOT_FOUND"


def test_a_channel_that_is_not_there_shows_nothing_instead_of_everything(
        seller, staff, guest, category, open_channel):
    """saleor#16186: with a wrong channel, products were listed without an error."""
    channel, channel_id = open_channel("ALL")
    product = on_sale(seller, category).id
    staff("UpdateChannel", channel={"id": channel_id}, update_mask={"paths": ["is_active"]})
    for code in (channel, f"no-{channel}"):
        calls = {"ListProducts": {}, "GetProduct": {"id": product}, "BatchGetProducts": {"ids": [product]}}
        for method, fields in calls.items():
            refused = outcome(lambda: guest(method, channel=code, **fields))  # noqa: B023
            assert refused == "CHANNEL_NOT_ACTIVE", (method, code)
    assert outcome(lambda: list_in(seller, f"no-{channel}", product, is_listed=True)) == "RESOURCE_NOT_FOUND"
    list_in(seller, channel, product, is_listed=False)
    staff("UpdateChannel", channel={"id": channel_id, "is_active": True})
    assert outcome(lambda: guest("GetProduct", id=product, channel=channel)) == "RESOURCE_NOT_FOUND"


def test_no_channel_shows_what_was_read_for_another(seller, guest, category, open_channel):
    """magento2#22299: what was cached for one shop was shown in another. saleor#10509: after a change of a listing, the
    former one was told."""
    codes = [open_channel("ALL")[0] for _ in range(2)]
    product = on_sale(seller, category).id

    def buyable() -> list:
        told = []
        for code in (*codes, ""):
            found = [
                guest("GetProduct", id=product, channel=code).product,
                guest("BatchGetProducts", ids=[product], channel=code).products[0],
                guest("ListProducts", category_id=category, channel=code).products[0]]
            assert found[0] == found[1] == found[2], code
            told.append(found[0].buyable_from_time.seconds)
        return told

    assert buyable() == [0, 0, 0]
    own, first, second = (at(hours * HOUR) for hours in (1, 2, 3))
    steps = [
        (codes[0], first, [1, 0, 0]), (codes[1], second, [1, 2, 0]), ("", own, [1, 2, 3]), (codes[0], {}, [3, 2, 3]),
        (codes[1], first, [3, 1, 3]), ("", {}, [0, 1, 0])]
    names = {0: 0, 1: first["seconds"], 2: second["seconds"], 3: own["seconds"]}
    for code, moment, expected in steps:
        fields = {"buyable_from_time": moment} if moment else {}
        if code:
            list_in(seller, code, product, is_listed=True, **fields)
        else:
            seller("UpdateProduct", product={"id": product} | fields, update_mask={"paths": ["buyable_from_time"]})
        assert buyable() == [names[each] for each in expected], (code, expected)


def test_a_page_of_one_channel_does_not_go_on_in_another(seller, guest, category, open_channel):
    """Shopify/mobile-buy-sdk-ios#937: with a cursor of another list, products came twice, and others never."""
    (one, _), (other, _), (whole, _) = open_channel(), open_channel(), open_channel("ALL")
    for _ in range(3):
        product = on_sale(seller, category).id
        for channel in (one, other):
            list_in(seller, channel, product, is_listed=True)
    request = {"category_id": category, "page_size": 1}
    token = guest("ListProducts", channel=one, **request).next_page_token
    assert guest("ListProducts", channel=one, page_token=token, **request).products
    for channel in (other, whole, ""):
        refused = outcome(lambda: guest("ListProducts", channel=channel, page_token=token, **request))  # noqa: B023
        assert refused == "INVALID_FIELDS", channel


# Categories.


def tree_below(staff, parent: str) -> dict[str, int]:
    """The places of the children, by their titles."""
    found = staff("ListCategories", parent_id=parent, depth_limit=1).categories
    return {each.title: each.position for each in found}


def test_a_merged_category_loses_no_product_count_or_address(seller, staff, guest, category, open_channel):
    """shopware#6774: groups by a category did not follow its products. magento2#7619: counts were wrong until the
    category was saved again. PrestaShop#42216, Sylius#9909: siblings had gaps between their places, or one place."""
    root, made = guest("GetCategory", id=category).category.path, {}
    for path in ("a", "b", "c", "a/x", "a/y", "b/z"):
        parent = made.get(path.rpartition("/")[0], category)
        made[path] = staff("CreateCategory", category={"title": path[-1], "parent_id": parent}).category.id
    products = {
        "sold": on_sale(seller, made["a"]).id, "below": on_sale(seller, made["a/x"]).id,
        "draft": draft(seller, made["a"]).id, "target": on_sale(seller, made["b"]).id}
    channel, _ = open_channel()
    for name in ("sold", "below", "draft"):
        list_in(seller, channel, products[name], is_listed=True)
    ruled = staff("CreateCollection", collection={"title": "A", "rule": {"category_id": made["a"]}}).collection.id

    def merge(source: str, target: str) -> None:
        request = {"category_id": source, "target_category_id": target, "request_id": str(uuid.uuid4())}
        # The second one is the same request again.
        assert staff("MergeCategories", **request) == staff("MergeCategories", **request)

    def verify(place: str, expected: set[str]) -> None:
        wanted = {products[name] for name in expected}
        page = guest("ListProducts", category_id=place, with_total_size=True)
        assert set(ids(page.products)) == wanted and page.total_size == len(wanted)
        assert guest("GetCategory", id=place).category.product_count == len(wanted)
        assert set(listed(guest, category_id=place, channel=channel)) == wanted - {products["target"]}

    merge(made["a"], made["b"])
    verify(made["b"], {"sold", "below", "target"})
    verify(category, {"sold", "below", "target"})
    verify(made["a/x"], {"below"})
    assert set(ids(guest("ListCollectionProducts", collection_id=ruled).products)) == {
        products[name] for name in ("sold", "below", "target")}
    assert seller("GetProductDraft", product_id=products["draft"]).product.category_path == f"{root}/b"
    assert tree_below(staff, category) == {"b": 1, "c": 2} and tree_below(staff, made["b"]) == {"z": 1, "x": 2, "y": 3}
    for former, path in {"a": "b", "a/x": "b/x", "a/y": "b/y"}.items():
        found = guest("ResolvePath", category=f"{root}/{former}")
        assert (found.path, found.is_former) == (f"{root}/{path}", True), former
    # Into its own parent.
    merge(made["b"], category)
    assert tree_below(staff, category) == {"c": 1, "z": 2, "x": 3, "y": 4}
    verify(category, {"sold", "below", "target"})
    for former, path in {"a": root, "b/x": f"{root}/x", "a/x": f"{root}/x"}.items():
        assert guest("ResolvePath", category=f"{root}/{former}").path == path, former
    assert outcome(lambda: guest("GetCategory", id=made["b"])) == "RESOURCE_NOT_FOUND"


def test_two_categories_that_merge_into_each_other_at_once_leave_one_with_everything(seller, staff, guest, category):
    """saleor#16529: what was deleted while others wrote about it ended with a violated constraint. django-oscar#3525:
    so did changes of the tree at the same time."""
    for _ in range(3):
        made = [staff("CreateCategory", category={"title": title, "parent_id": category}).category.id for title in "ab"]
        for place in made:
            on_sale(seller, place)
        ended = at_once(
            *(lambda one=one, other=other: staff("MergeCategories", category_id=one, target_category_id=other)
              for one, other in (made, made[::-1])),
            *(lambda place=place: on_sale(seller, place) for place in made))
        assert sorted(map(str, ended[:2])) == ["None", "RESOURCE_NOT_FOUND"]
        gone, left = made if ended[0] is None else made[::-1]
        assert set(ended[2:]) <= {None, "RESOURCE_NOT_FOUND"} and None in ended[2:]
        count = 2 + ended[2:].count(None)
        assert len(listed(guest, category_id=left)) == count
        assert guest("GetCategory", id=left).category.product_count == count
        assert outcome(lambda: guest("GetCategory", id=gone)) == "RESOURCE_NOT_FOUND"  # noqa: B023
        staff("MergeCategories", category_id=left, target_category_id=category)


# Collections.


@pytest.fixture
def collect(staff):
    """Creates a collection, and returns its UUID."""
    def make(products=(), **fields) -> str:
        made = staff("CreateCollection", collection={"title": "Chosen"} | fields).collection.id
        if products:
            staff("SetCollectionProducts", collection_id=made, product_ids=products)
        return made

    return make


def test_pages_of_a_collection_have_each_product_once_and_in_its_place(seller, guest, category, collect):
    """saleor#10491, #6706: pages of a collection in its own order ended too early, or had a product several times.
    saleor#6316: or they were in another order."""
    made = [on_sale(seller, category).id for _ in range(7)]
    wanted = [made[number] for number in (4, 0, 6, 2, 5, 1, 3)]
    chosen = collect(wanted)
    found = {
        size: ids(walk(guest, "ListCollectionProducts", "products", collection_id=chosen, page_size=size))
        for size in (1, 2, 3, 7)}
    assert set(map(tuple, found.values())) == {tuple(wanted)}
    request = {"collection_id": chosen, "page_size": 3}
    first = guest("ListCollectionProducts", **request)
    for product in (wanted[1], wanted[2], wanted[4]):
        seller("ArchiveProduct", product_id=product)
    rest = walk(guest, "ListCollectionProducts", "products", token=first.next_page_token, **request)
    assert ids(first.products) + ids(rest) == [*wanted[:4], *wanted[5:]]


def test_of_lists_that_are_put_into_a_collection_at_once_one_is_in_it_whole(seller, staff, guest, category, collect):
    """saleor#13658: the products of a collection that were set twice at once ended with a violated constraint. Deleted
    ones meanwhile are in none."""
    made, chosen = [on_sale(seller, category).id for _ in range(5)], collect()
    lists = [made, made[::-1], made[1:], [made[2]], []]
    ended = at_once(*(
        lambda one=one: staff("SetCollectionProducts", collection_id=chosen, product_ids=one) for one in lists))
    assert ended == [None] * len(lists)
    assert ids(guest("ListCollectionProducts", collection_id=chosen).products) in lists
    spare = draft(seller, category).id
    ended = at_once(
        lambda: seller("DeleteProduct", product_id=spare),
        lambda: staff("SetCollectionProducts", collection_id=chosen, product_ids=[spare, *made]),
        lambda: staff("SetCollectionProducts", collection_id=chosen, product_ids=[*made, spare]))
    assert ended[0] is None and set(ended) <= {None, "RESOURCE_NOT_FOUND"}
    seller("ArchiveProduct", product_id=made[0])
    assert made[0] not in ids(guest("ListCollectionProducts", collection_id=chosen).products)


def test_a_rule_that_names_nothing_that_is_there_has_no_products(seller, staff, guest, category, collect):
    """vendure#3064: a collection whose filter named no product had all. shopware#13840: a group by rule had all."""
    gone = staff("CreateCategory", category={"title": "Gone", "parent_id": category}).category.id
    on_sale(seller, category)
    rules = [{"category_id": gone}, {"category_id": category, "brand": f"No {new_sku()}"}]
    made = [collect(rule=rule) for rule in rules]
    staff("DeleteCategory", category_id=gone)
    for rule, chosen in zip(rules, made, strict=True):
        assert not guest("ListCollectionProducts", collection_id=chosen).products
        assert staff("PreviewCollection", rule=rule).total_size == 0
    emptied = collect([on_sale(seller, category).id])
    staff("SetCollectionProducts", collection_id=emptied)
    assert not guest("ListCollectionProducts", collection_id=emptied).products


def test_a_rule_about_prices_follows_each_price_at_once(seller, staff, guest, category, collect):
    """shopware#18680, craftcms/commerce#4054: a rule went on to have what it had when it was saved."""
    variant = on_sale(seller, category).variants[0].id
    rule = {"category_id": category, "max_price_minor": 500}
    cheap = collect(rule=rule)

    def count() -> int:
        page = guest("ListCollectionProducts", collection_id=cheap)
        assert staff("PreviewCollection", rule=rule).total_size == len(page.products)
        return len(page.products)

    assert count() == 0
    rows = [{"variant_id": variant, "price": price(500)}]
    sale = seller("SchedulePrices", rows=rows, end_time=at(HOUR)).outcomes[0].price.id
    assert count() == 1
    seller("CancelScheduledPrices", price_ids=[sale])
    assert count() == 0
    seller("UpdateVariant", variant={"id": variant, "price": price(499)})
    assert count() == 1
    seller("SetPrices", rows=[{"variant_id": variant, "price": price(501)}])
    assert count() == 0


def test_the_address_of_a_deleted_collection_is_free_again(staff, guest, collect):
    """medusa#270: an address stayed taken after what had it was deleted. vendure#1505: or several had it."""
    first, second = f"gifts-{new_sku()}", f"gifts-{new_sku()}"
    made = collect(slug=first)
    staff("UpdateCollection", collection={"id": made, "slug": second})
    heir = collect(slug=first)
    assert guest("ResolvePath", collection=first).resource_id == heir
    staff("DeleteCollection", collection_id=made)
    assert outcome(lambda: guest("ResolvePath", collection=second)) == "RESOURCE_NOT_FOUND"
    ended = at_once(*(lambda: collect(slug=second) for _ in range(4)))
    assert ended.count(None) == 1 and ended.count("SLUG_TAKEN") == 3
    assert guest("GetCollection", slug=second).collection.slug == second
    titles = together(lambda _: guest("GetCollection", id=collect(title=f"Of {first}")).collection.slug, 4)
    assert len(set(titles)) == 4


def test_collections_show_for_their_time_in_every_time_zone_and_are_listed_once(staff, guest, collect):
    """woocommerce#13105, #19948: on a server ahead of UTC, times were hours or a day too early. medusa#5800: elements
    of one place were on two pages."""
    times = {"visible_from": at(HOUR, 123_456_789), "visible_until": at(2 * HOUR)}
    later = staff("CreateCollection", collection={"title": "Later"} | times).collection
    assert later.visible_from.seconds == times["visible_from"]["seconds"]
    assert later.visible_from.nanos == 123_456_000 and later.visible_until.seconds == times["visible_until"]["seconds"]
    hidden = [later.id, collect(visible_from=at(-2 * HOUR), visible_until=at(-HOUR))]
    mark = f"Same {new_sku()}"
    shown = [collect(title=mark, position=7, visible_from=at(-HOUR), visible_until=at(HOUR)) for _ in range(5)]
    found = ids(walk(guest, "ListCollections", "collections", page_size=2))
    assert len(found) == len(set(found)) and set(shown) <= set(found) and not set(hidden) & set(found)
    places = [found.index(each) for each in sorted(shown)]
    assert places == list(range(places[0], places[0] + 5))
    managed = ids(walk(staff, "ListManagedCollections", "collections", page_size=3))
    assert len(managed) == len(set(managed)) and {*shown, *hidden} <= set(managed)


# Product pages.


def new_gtin() -> str:
    """A GTIN-12 that no other test uses."""
    digits = f"6{int(new_sku(), 16) % 10**10:010}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def offer(person, category: str, gtin: str, amount: int = 1_000, stock: int = 5):
    """A product on sale whose variant has the GTIN."""
    product = on_sale(person, category)
    variant = product.variants[0].id
    person("UpdateVariant", variant={"id": variant, "gtin": gtin, "price": price(amount)})
    if stock:
        person("SetStock", variant_id=variant, on_hand=stock)
    return product


def ranked(guest, page: str) -> list[str]:
    found = walk(guest, "ListOffers", "offers", product_page_id=page, page_size=1)
    first = guest("GetProductPage", id=page).page
    assert first.offer == found[0] and first.offer_count == len(found)
    return [each.product_id for each in found]


def test_the_forms_of_one_gtin_have_one_page(seller, rival, guest, category):
    """quaggaJS#342, capacitor-barcode-scanner#31: a code with a zero in front of it was another good."""
    gtin = new_gtin()
    forms = [gtin, f"0{gtin}", f"00{gtin}"]
    made = [offer(person, category, form) for person, form in zip((seller, rival, seller), forms, strict=True)]
    pages = {guest("GetProductPage", gtin=form).page.id for form in forms}
    pages |= {guest("GetProductPage", product_id=each.id).page.id for each in made}
    assert len(pages) == 1 and sorted(ranked(guest, pages.pop())) == sorted(ids(made))


def test_the_first_offer_can_be_bought_and_no_better_one_is_behind_it(seller, rival, staff, guest, category):
    """Nager.AmazonCreatorsApi#28: the lowest price was one of a merchant without stock.
    selling-partner-api-models#2492: the best offer of one answer was not that of another. mercur#377: what a suspended
    seller offered was still there."""
    gtin = new_gtin()
    cheap, usual, dear = (
        offer(person, category, gtin, amount, stock)
        for person, amount, stock in [(rival, 500, 0), (seller, 900, 5), (rival, 1_000, 5)])
    page = guest("GetProductPage", gtin=gtin).page.id
    assert ranked(guest, page) == ids([usual, dear, cheap])
    rows = [{"variant_id": dear.variants[0].id, "price": price(899)}]
    sale = rival("SchedulePrices", rows=rows, end_time=at(HOUR)).outcomes[0].price.id
    assert ranked(guest, page) == ids([dear, usual, cheap])
    rival("CancelScheduledPrices", price_ids=[sale])
    rival("SetStock", variant_id=cheap.variants[0].id, on_hand=1)
    assert ranked(guest, page) == ids([cheap, usual, dear])
    seller("ArchiveProduct", product_id=usual.id)
    assert ranked(guest, page) == ids([cheap, dear])
    staff("SuspendSeller", seller_id=dear.seller_id, reason="A recall is open.")
    try:
        assert outcome(lambda: guest("GetProductPage", id=page)) == "RESOURCE_NOT_FOUND"
        assert not guest("ListOffers", product_page_id=page).offers
    finally:
        staff("ReinstateSeller", seller_id=dear.seller_id)
    assert ranked(guest, page) == ids([cheap, dear])


def test_the_first_offer_is_the_one_that_everybody_pays_least_for(seller, rival, guest, category, price_list):
    """magento2#40339: what is listed and sorted was another price than the one that is paid. Here, a list for everybody
    makes the dearer offer the cheaper one."""
    gtin = new_gtin()
    usual, dear = offer(rival, category, gtin, 900), offer(seller, category, gtin, 1_000)
    page = guest("GetProductPage", gtin=gtin).page.id
    assert ranked(guest, page) == [usual.id, dear.id]
    price_list(dear.variants[0].id, {1: 800})
    assert paid(guest, dear.variants[0].id) == 800
    offers = guest("ListOffers", product_page_id=page).offers
    assert [(each.product_id, each.price.amount_minor) for each in offers] == [(dear.id, 800), (usual.id, 900)]


def test_an_offer_that_was_taken_off_a_page_stays_off_and_one_that_is_joined_is_on_one(
        seller, rival, staff, guest, category):
    """mercur#1551: whoever had asked for a shared product kept it after the link was removed."""
    gtin = new_gtin()
    kept, gone = offer(seller, category, gtin), offer(rival, category, gtin)
    variant = gone.variants[0].id
    page = guest("GetProductPage", gtin=gtin).page.id
    staff("LeaveProductPage", page_id=page, variant_ids=[variant])
    for value in ("", gtin, f"0{gtin}"):
        rival("UpdateVariant", variant={"id": variant, "gtin": value}, update_mask={"paths": ["gtin"]})
        assert ranked(guest, page) == [kept.id], value
    others = [new_gtin(), new_gtin()]
    targets = [offer(seller, category, each) for each in others]
    pages = [guest("GetProductPage", gtin=each).page.id for each in others]
    ended = at_once(*(
        lambda target=target: staff("JoinProductPage", page_id=target, variant_ids=[variant]) for target in pages))
    assert sorted(map(str, ended)) == ["None", "VARIANT_JOINED"]
    winner = ended.index(None)
    assert gone.id in ranked(guest, pages[winner]) and ranked(guest, pages[1 - winner]) == [targets[1 - winner].id]
    staff("MergeProductPage", page_id=pages[winner], target_page_id=page)
    assert set(ranked(guest, page)) == {kept.id, targets[winner].id, gone.id}
    assert guest("GetProductPage", id=pages[winner]).is_former
