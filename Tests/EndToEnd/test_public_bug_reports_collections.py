"""Bugs of collections with rules, and of their addresses, that users of other shops reported, tried on FastShop."""

import concurrent.futures

import pytest
from catalogue_people import (  # noqa: F401
    accounts, category, examples, guest, new_sku, on_sale, rival, seller, shop, staff,
)
from row_lock import HeldLock
from test_sellers import outcome
from waiting import wait_until


def test_a_rule_follows_a_merged_category_however_its_id_was_written(shop, cluster, seller, staff, guest, category):
    """ramsey/uuid#131, ili2db#507: an id in capital letters was another one than the same in small letters."""
    source, target = (
        staff("CreateCategory", category={"title": title, "parent_id": category}).category.id for title in "ab")
    product = on_sale(seller, source)
    rule = {"category_id": source.upper(), "seller_id": product.seller_id.upper()}
    made, old = (staff("CreateCollection", collection={"title": "A", "rule": rule}).collection for _ in range(2))
    assert (made.rule.category_id, made.rule.seller_id) == (source, product.seller_id)
    # As earlier releases stored it.
    written = f"jsonb_set(rule, '{{categoryId}}', to_jsonb('{source.upper()}'::text))"
    cluster.sql(shop.database, f"UPDATE catalog.collection SET rule = {written} WHERE id = '{old.id}'")

    def shown() -> list[list[str]]:
        pages = [guest("ListCollectionProducts", collection_id=each.id) for each in (made, old)]
        return [[each.id for each in page.products] for page in pages]

    assert shown() == [[product.id], [product.id]]
    staff("MergeCategories", category_id=source, target_category_id=target)
    assert shown() == [[product.id], [product.id]]


@pytest.mark.parametrize("method", ["CreateCollection", "UpdateCollection"])
def test_a_rule_that_is_written_while_its_category_is_merged_is_refused_or_follows(
        shop, cluster, seller, staff, guest, category, method):
    """saleor#16529: what was deleted was named by what others wrote in the same moment."""
    source, target = (
        staff("CreateCategory", category={"title": title, "parent_id": category}).category.id for title in "ab")
    product = on_sale(seller, source).id
    fields = {"title": "A", "slug": f"a-{new_sku()}", "rule": {"category_id": source}}
    if method == "UpdateCollection":
        fields["id"] = staff("CreateCollection", collection={"title": "A"}).collection.id
    # Whoever writes the collection waits for this after the look at the category.
    held = (
        "INSERT INTO catalog.collection (id, slug, title) "
        f"VALUES (gen_random_uuid(), '{fields['slug']}', 'Held')")
    with concurrent.futures.ThreadPoolExecutor() as pool, HeldLock(cluster, shop.database, held) as lock:
        made = pool.submit(staff, method, collection=fields)
        lock.wait_for_waiters(1)
        merged = pool.submit(staff, "MergeCategories", category_id=source, target_category_id=target)
        # It may wait for the collection.
        wait_until(lambda: merged.done() or lock.waiters() == 2, "the merge neither ends nor waits")
        lock.release()
        assert merged.result().category.id == target
        refused = outcome(made.result)
    if refused is None:
        found = guest("ListCollectionProducts", collection_id=made.result().collection.id).products
        assert [each.id for each in found] == [product]
    else:
        assert refused == "RESOURCE_NOT_FOUND"


def test_a_collection_without_an_address_of_its_own_is_changed_as_a_whole(staff):
    """eloquent-sluggable#14: an address that is made of the title was not the same when the element was saved
    again."""
    title = f"Gifts {new_sku()}"
    first, second = (staff("CreateCollection", collection={"title": title}).collection for _ in range(2))
    assert first.slug != second.slug
    changes = {"id": second.id, "title": title, "description": "For friends."}
    after = staff("UpdateCollection", collection=changes, update_mask={"paths": ["*"]}).collection
    assert (after.slug, after.description) == (second.slug, changes["description"])
    taken = {"collection": changes | {"slug": first.slug}, "update_mask": {"paths": ["*"]}}
    assert outcome(lambda: staff("UpdateCollection", **taken)) == "SLUG_TAKEN"
