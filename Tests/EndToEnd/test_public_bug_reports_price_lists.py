"""Bugs of quotes in channels, deleted price lists and rows of imports that users of other shops reported, tried on
FastShop."""

import time

import pytest
from catalogue_people import (  # noqa: F401
    accounts, category, examples, guest, new_sku, on_sale, price, rival, seller, shop, staff,
)
from test_public_bug_reports_channels import list_in, open_channel  # noqa: F401
from test_public_bug_reports_prices import channel, paid, price_list, upsert  # noqa: F401
from test_sellers import outcome


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


def test_prices_of_a_deleted_list_do_not_count(seller, guest, category, price_list):
    """supabase/storage#1200, medusa#6280: what was deleted counted against a limit, or was left."""
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


def test_an_address_that_one_row_gives_up_is_free_for_another_row(seller, category):
    """saleor#17908: rows of one import that want one address failed. Here, each row of a chain wants the address that
    another row gives up."""
    mark = new_sku()

    def rows(**slugs: str) -> list[dict]:
        return [
            {"external_id": f"{name}-{mark}", "title": f"Lamp {mark}", "category_id": category,
             "slug": f"{slug}-{mark}"} for name, slug in slugs.items()]

    def slugs() -> dict[str, str]:
        found = seller("ListManagedProducts", search=f"Lamp {mark}").products
        return {each.external_id[0]: each.slug[0] for each in found}

    assert upsert(seller, *rows(a="x", b="y", c="z")) == ["created"] * 3
    moved = rows(d="z", e="z", c="y", b="x", a="w")
    assert upsert(seller, *moved) == ["created", "SLUG_TAKEN", "updated", "updated", "updated"]
    assert slugs() == {"a": "w", "b": "x", "c": "y", "d": "z"}
    assert upsert(seller, *moved) == ["unchanged", "SLUG_TAKEN", "unchanged", "unchanged", "unchanged"]
    # Two that want each other's are refused, as one after the other.
    assert upsert(seller, *rows(a="x", b="w")) == ["SLUG_TAKEN"] * 2
    assert slugs() == {"a": "w", "b": "x", "c": "y", "d": "z"}
