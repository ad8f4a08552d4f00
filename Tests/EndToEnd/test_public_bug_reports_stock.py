"""Bugs of stock, and of mails and streams about it, that users of other shops reported, tried on FastShop."""

import concurrent.futures
import time

import pytest
from accounts import bearer, new_account
from catalogue_people import (  # noqa: F401
    Person, accounts, category, draft, examples, new_sku, on_sale, price, rival, seller, shop, staff, walk,
)
from fastshop.inventory.v1 import stock_pb2
from row_lock import HeldLock
from test_back_in_stock import mails_once
from test_sellers import at_once, outcome

COUNTED = stock_pb2.STOCK_REASON_COUNTED


# Stock.


def stock_in(stock) -> dict:
    """What is in each warehouse."""
    return {part.warehouse_id: part.on_hand for part in stock.warehouses if part.on_hand}


@pytest.fixture
def depot(seller, examples):
    """A second warehouse of the seller; the first has the seller's id."""
    return seller("CreateWarehouse", seller_id=examples[0].seller_id, name="Depot").warehouse.id


def test_no_unit_is_lost_when_stock_is_moved_counted_and_sold_at_once(seller, category, examples, depot):
    """medusa#16576: of adjustments at once, the last one overwrote the others. nopCommerce#8085: 100 less 5 and less 3
    was 97."""
    variant, main = draft(seller, category).variants[0].id, examples[0].seller_id
    seller("SetStock", variant_id=variant, on_hand=100)
    moves = [(main, depot), (depot, main)] * 3
    calls = [
        lambda delta=delta, place=place: seller(
            "AdjustStock", variant_id=variant, delta=delta, reason=COUNTED, warehouse_id=place)
        for delta in (-5, -3, 7) for place in ("", depot)
    ] + [
        lambda source=source, target=target: seller(
            "TransferStock", from_warehouse_id=source, to_warehouse_id=target,
            lines=[{"variant_id": variant, "quantity": 4}]) for source, target in moves]
    ended = at_once(*calls)
    assert set(ended) <= {None, "STOCK_TOO_LOW"} and not any(ended[:6:2])
    expected = 100 + sum(delta for delta, end in zip((-5, -5, -3, -3, 7, 7), ended[:6], strict=True) if not end)
    stock = seller("GetStock", variant_ids=[variant]).stocks[0]
    assert stock.on_hand == stock.available == sum(stock_in(stock).values()) == expected
    ledger = walk(seller, "ListMovements", "movements", variant_id=variant, page_size=7)
    assert sum(entry.delta for entry in ledger) == expected
    assert [entry.stock_version for entry in ledger] == list(range(stock.version, stock.version - len(ledger), -1))


def test_a_transfer_moves_what_is_there_and_nothing_backwards(seller, rival, category, examples, depot):
    """Dolibarr#2858: a transfer took more than there was. spree#14458: one of -2 took from both places. The two lines
    of one variant are one."""
    variant, main = draft(seller, category).variants[0].id, examples[0].seller_id
    foreign = draft(rival, category).variants[0].id
    seller("SetStock", variant_id=variant, on_hand=10)

    def move(*lines, source=main, target=depot):
        return lambda: seller(
            "TransferStock", from_warehouse_id=source, to_warehouse_id=target,
            lines=[{"variant_id": one, "quantity": quantity} for one, quantity in lines])

    refused = {
        "INVALID_FIELDS": [move((variant, -2)), move((variant, 0)), move((variant, 1), target=main)],
        "STOCK_TOO_LOW": [move((variant, 6), (variant, 5)), move((variant, 1), source=depot, target=main)],
        "RESOURCE_NOT_FOUND": [
            move((variant, 1), (foreign, 1)), move((variant, 1), target=examples[1].seller_id)],
    }
    for reason, calls in refused.items():
        assert [outcome(call) for call in calls] == [reason] * len(calls)
    ended = at_once(move((variant, 6)), move((variant, 6)))
    assert ended.count(None) == ended.count("STOCK_TOO_LOW") == 1
    assert stock_in(seller("GetStock", variant_ids=[variant]).stocks[0]) == {main: 4, depot: 6}


def test_a_batch_may_name_a_variant_often_and_a_wrong_row_alone_is_refused(seller, category, examples, depot):
    """saleor#14593: two rows about one variant and one new warehouse ended with an internal error, instead of one
    refused row. vendure#4641: a warehouse could not be deleted after its stock was gone."""
    product = draft(seller, category, ["S", "L"])
    small, large = (each.id for each in product.variants)
    rows = [
        (small, 3, depot), (small, 4, depot), (large, -1, depot), (small, -7, depot), (large, 2, ""),
        (large, 10**9 + 1, ""), (large, 1, examples[1].seller_id), (small, 5, depot)]
    adjustments = [
        {"variant_id": one, "delta": delta, "warehouse_id": place, "reason": COUNTED} for one, delta, place in rows]
    outcomes = seller("BatchAdjustStock", adjustments=adjustments).outcomes
    assert [each.refusal.reason for each in outcomes] == [
        "", "", "STOCK_TOO_LOW", "", "", "INVALID_FIELDS", "RESOURCE_NOT_FOUND", ""]
    assert [each.made.on_hand for each in outcomes if not each.refusal.reason] == [3, 7, 0, 2, 5]
    assert outcome(lambda: seller("DeleteWarehouse", warehouse_id=depot)) == "WAREHOUSE_NOT_EMPTY"
    seller("SetStock", variant_id=small, warehouse_id=depot, on_hand=0)
    seller("DeleteWarehouse", warehouse_id=depot)
    assert not stock_in(seller("GetStock", variant_ids=[small]).stocks[0])


def test_nothing_of_another_seller_is_reached_by_its_id(seller, rival, category, examples):
    """mercur#700: any vendor who knew an id deleted the stock locations of others."""
    own, foreign = draft(seller, category, ["S", "L"]), draft(rival, category, ["S", "L"])
    place = rival("CreateWarehouse", seller_id=examples[1].seller_id, name="Theirs").warehouse.id
    before = rival("GetProductDraft", product_id=foreign.id).product, rival("ListWarehouses")
    variant, image = foreign.variants[0].id, foreign.images[0].id
    sku = {"sku": foreign.variants[0].sku, "delta": 1, "reason": COUNTED}
    mixed = [own.variants[0].id, foreign.variants[1].id]
    refused = {
        "RESOURCE_NOT_FOUND": [
            ("UpdateVariant", {"variant": {"id": variant, "price": price(1)}}),
            ("DeleteVariant", {"variant_id": variant}),
            ("DeleteMedia", {"image_id": image}), ("UpdateMedia", {"image": {"id": image, "alt": "Mine"}}),
            ("ReorderMedia", {"product_id": foreign.id, "image_ids": [image]}),
            ("DuplicateProduct", {"product_id": foreign.id}), ("DeleteProduct", {"product_id": foreign.id}),
            ("GetProductDraft", {"product_id": foreign.id}), ("DeleteWarehouse", {"warehouse_id": place}),
            ("UpdateWarehouse", {"warehouse": {"id": place, "name": "Mine"}}),
            ("CreateWarehouse", {"seller_id": examples[1].seller_id, "name": "Mine"}),
            ("SetStock", {"variant_id": own.variants[0].id, "on_hand": 1, "warehouse_id": place}),
            ("SetStockRules", {"variant_id": variant, "safety_stock": 1}),
            ("SetAllocationRule", {"seller_id": examples[1].seller_id, "order": 1}),
            ("SetHoliday", {"seller_id": examples[1].seller_id}),
            ("CreateProduct", {"product": {
                "title": "Mine", "category_id": category, "seller_id": examples[1].seller_id}})],
        "ORDER_INCOMPLETE": [("ReorderVariants", {"product_id": own.id, "variant_ids": mixed})],
        "MEDIA_ORDER_INCOMPLETE": [("ReorderMedia", {"product_id": own.id, "image_ids": [image]})],
    }
    for reason, calls in refused.items():
        for method, fields in calls:
            assert outcome(lambda: seller(method, **fields)) == reason, method  # noqa: B023
    by_sku = seller("BatchAdjustStock", adjustments=[sku], seller_id=examples[1].seller_id).outcomes[0]
    assert by_sku.refusal.reason == "RESOURCE_NOT_FOUND"
    assert not seller("ListMovements", warehouse_id=place).movements
    assert {each.seller_id for each in seller("ListManagedProducts").products} == {examples[0].seller_id}
    assert (rival("GetProductDraft", product_id=foreign.id).product, rival("ListWarehouses")) == before


# Mails and watchers.


def test_a_seller_is_told_once_that_stock_is_low_and_of_what_is_left(shop, seller, category, accounts):
    """woocommerce#51405: each time that a product was saved, there was another mail. woocommerce#14545: it named what
    was there before the sale. woocommerce#31664: there was none for changes by the API."""
    product = draft(seller, category)
    variant, sku = product.variants[0].id, product.variants[0].sku
    seller("SetStock", variant_id=variant, on_hand=20)
    seller("SetStockRules", variant_id=variant, low_stock_threshold=5)
    seller("SetStock", variant_id=variant, on_hand=3)
    mail, = mails_once(shop, 1, accounts[0].email, sku)
    assert "3 left" in mail
    seller("SetStock", variant_id=variant, on_hand=3)
    seller("SetStockRules", variant_id=variant, low_stock_threshold=5)
    seller("SetStockRules", variant_id=variant, low_stock_threshold=4)
    seller("UpdateVariant", variant={"id": variant, "price": price(2_000)})
    seller("SetStock", variant_id=variant, on_hand=2)
    assert variant in {each.rules.variant_id for each in walk(seller, "ListLowStock", "low_stocks", page_size=2)}
    seller("SetStockRules", variant_id=variant, low_stock_threshold=1)
    seller("SetStock", variant_id=variant, on_hand=0)
    assert "0 left" in mails_once(shop, 2, accounts[0].email, sku)[1]


def test_who_waits_is_told_of_stock_alone_and_while_it_is_on_sale(shop, cluster, seller, category):
    """magento2#38751, #27639: customers were told of stock when there were backorders only. magento2#30017: and of a
    product that was disabled."""
    product = on_sale(seller, category)
    variant, person = product.variants[0].id, new_account(shop, cluster, "waiting")
    shopper = Person(shop, bearer(person.tokens(shop).access_token))
    shopper("SubscribeBackInStock", variant_id=variant)
    later = {"seconds": int(time.time()) + 86_400}
    seller("SetStockRules", variant_id=variant, backorder_limit=5, backorder_time=later, safety_stock=2)
    seller("SetStock", variant_id=variant, on_hand=2)
    seller("ArchiveProduct", product_id=product.id)
    seller("SetStock", variant_id=variant, on_hand=9)
    done = on_sale(seller, category)  # whose waiter is told: whatever came before has been read by then
    shopper("SubscribeBackInStock", variant_id=done.variants[0].id)
    seller("SetStock", variant_id=done.variants[0].id, on_hand=1)
    mails_once(shop, 1, person.email, "It is back in stock")
    waits = f"SELECT count(*) FROM inventory.back_in_stock WHERE variant_id = '{variant}'"
    assert cluster.sql(shop.database, waits) == "1"
    seller("UnpublishProduct", product_id=product.id)
    seller("PublishProduct", product_id=product.id)
    mails_once(shop, 2, person.email, "It is back in stock")
    assert cluster.sql(shop.database, waits) == "0"


def test_an_account_waits_for_a_hundred_variants_also_when_it_asks_at_once(shop, cluster, seller, category):
    """shopper#510: customers at once used a coupon more often than its limit allows, as each was counted before the
    others were there."""
    person = new_account(shop, cluster, "eager")
    shopper = Person(shop, bearer(person.tokens(shop).access_token))
    product = on_sale(seller, category, ["S", "M", "L"])
    made = [each.id for each in product.variants]

    def enter(which: str) -> str:
        return (
            "INSERT INTO inventory.back_in_stock (variant_id, user_id, created_at, confirmed_at)"
            " SELECT s.variant_id, u.id, now(), now() FROM inventory.stock s, identity.user u"
            f" WHERE u.email_key = '{person.email}' AND {which}")

    cluster.sql(shop.database, enter(f"s.product_id <> '{product.id}' LIMIT 99"))
    # Each waits for a row of its own that is taken back: all have counted by then.
    with HeldLock(cluster, shop.database, enter(f"s.product_id = '{product.id}'")) as held:
        with concurrent.futures.ThreadPoolExecutor(len(made)) as pool:
            ended = [
                pool.submit(outcome, lambda one=one: shopper("SubscribeBackInStock", variant_id=one)) for one in made]
            try:
                held.wait_for_waiters(len(made))
            finally:
                held.release()
    assert sorted(str(one.result()) for one in ended) == ["None", "TOO_MANY_SUBSCRIPTIONS", "TOO_MANY_SUBSCRIPTIONS"]
