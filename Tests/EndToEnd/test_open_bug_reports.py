"""Bugs that users of other shops reported, and that FastShop has too: each test fails until it is mended."""

import concurrent.futures
import time

import pytest
from catalogue_people import (  # noqa: F401
    accounts, category, draft, examples, guest, new_sku, on_sale, price, rival, seller, shop, staff,
)
from row_lock import HeldLock
from test_public_bug_reports_channels import list_in, new_gtin, offer, open_channel, ranked  # noqa: F401
from test_public_bug_reports_prices import channel, paid, price_list  # noqa: F401
from test_sellers import outcome
from waiting import wait_until


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


def test_a_rule_follows_a_merged_category_however_its_id_was_written(seller, staff, guest, category):
    """ramsey/uuid#131, ili2db#507: an id in capital letters was another one than the same in small letters."""
    source, target = (
        staff("CreateCategory", category={"title": title, "parent_id": category}).category.id for title in "ab")
    product = on_sale(seller, source).id
    made = staff("CreateCollection", collection={"title": "A", "rule": {"category_id": source.upper()}}).collection.id
    assert [each.id for each in guest("ListCollectionProducts", collection_id=made).products] == [product]
    staff("MergeCategories", category_id=source, target_category_id=target)
    assert [each.id for each in guest("ListCollectionProducts", collection_id=made).products] == [product]


def test_a_rule_that_is_written_while_its_category_is_merged_is_refused_or_follows(
        shop, cluster, seller, staff, guest, category):
    """saleor#16529: what was deleted was named by what others wrote in the same moment. Here, the collection stays
    empty, without an error."""
    source, target = (
        staff("CreateCategory", category={"title": title, "parent_id": category}).category.id for title in "ab")
    product = on_sale(seller, source).id
    fields = {"title": "A", "rule": {"category_id": source}}
    # Whoever creates a collection waits for this after the look at the category.
    held = "DO $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('catalog.collection')); END $$"
    with concurrent.futures.ThreadPoolExecutor() as pool, HeldLock(cluster, shop.database, held) as lock:
        made = pool.submit(staff, "CreateCollection", collection=fields)
        lock.wait_for_waiters(1)
        merged = pool.submit(staff, "MergeCategories", category_id=source, target_category_id=target)
        # It may wait for the collection, once this is mended.
        wait_until(lambda: merged.done() or lock.waiters() == 2, "the merge neither ends nor waits")
        lock.release()
        assert merged.result().category.id == target
        refused = outcome(made.result)
    if refused is None:
        found = guest("ListCollectionProducts", collection_id=made.result().collection.id).products
        assert [each.id for each in found] == [product]
    else:
        assert refused == "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize("is_there", [True, False])
def test_a_channel_that_is_switched_off_or_not_there_has_no_prices(
        seller, staff, guest, category, channel, price_list, is_there):
    """saleor#16186: with a wrong channel, prices and products came without an error."""
    variant = on_sale(seller, category).variants[0].id
    price_list(variant, {1: 800}, channel=channel)
    found = next(each for each in staff("ListChannels", page_size=250).channels if each.code == channel)
    staff("UpdateChannel", channel={"id": found.id}, update_mask={"paths": ["is_active"]})
    code = channel if is_there else f"no-{channel}"
    assert outcome(lambda: paid(guest, variant, channel=code)) == "CHANNEL_NOT_ACTIVE"


def test_a_product_that_a_channel_does_not_show_has_no_price_there(seller, guest, category, open_channel):
    """medusa#14775, bagisto#7122: what a channel does not show was there all the same."""
    code, _ = open_channel("LISTED")
    hidden, later = (on_sale(seller, category) for _ in range(2))
    start = {"seconds": int(time.time()) + 3_600}
    list_in(seller, code, later.id, is_listed=True, visible_from_time=start)
    for product in (hidden, later):
        line = {"variant_id": product.variants[0].id, "quantity": 1}
        assert guest("QuotePrices", lines=[line], channel=code).outcomes[0].refusal.reason == "RESOURCE_NOT_FOUND"


def test_a_copy_of_a_product_that_a_channel_excludes_is_not_shown_there(seller, guest, category, open_channel):
    """vendure#3376: what is made from a product is not in the channels that the product is in. Here, its listings are
    not copied, and a channel that shows all but what is excluded shows the copy."""
    code, _ = open_channel("ALL")
    product = on_sale(seller, category)
    list_in(seller, code, product.id)
    copy = seller("DuplicateProduct", product_id=product.id, sku_suffix="-2").product
    seller.upload(copy.id)
    seller("PublishProduct", product_id=copy.id)
    assert [each.id for each in guest("ListProducts", category_id=category, channel=code).products] == []


def test_prices_of_a_deleted_list_do_not_count(seller, guest, category, price_list):
    """supabase/storage#1200, medusa#6280: what was deleted counted against a limit, or was left. Here, a list that is
    deleted before its time keeps its prices until that time, and a variant with 500 of them gets no other."""
    variant = on_sale(seller, category).variants[0].id
    start = {"seconds": int(time.time()) + 300 * 86_400}
    made = price_list(variant, {1: 900}, start_time=start)
    for numbers in (range(2, 251), range(251, 500)):
        rows = [
            {"variant_id": variant, "price_list_id": made.id, "quantity_min": number, "price": price(900)}
            for number in numbers]
        assert all(each.HasField("price") for each in seller("SetPrices", rows=rows).outcomes)
    seller("DeletePriceList", price_list_id=made.id)
    assert len(seller("ListPrices", variant_id=variant).prices) == 1
    price_list(variant, {1: 800})
    assert paid(guest, variant) == 800


def test_a_collection_without_an_address_of_its_own_is_changed_as_a_whole(staff):
    """eloquent-sluggable#14: an address that is made of the title was not the same when the element was saved again.
    Here, of two collections of one title the second one cannot be saved."""
    title = f"Gifts {new_sku()}"
    first, second = (staff("CreateCollection", collection={"title": title}).collection for _ in range(2))
    assert first.slug != second.slug
    changes = {"id": second.id, "title": title, "description": "For friends."}
    refused = outcome(lambda: staff("UpdateCollection", collection=changes, update_mask={"paths": ["*"]}))
    assert refused is None
