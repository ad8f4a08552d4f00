"""A shop has one currency: a server does not start on prices in others, and a command converts them."""

import re
import runpy

import pytest
from stubs import CALL_SECONDS, catalog, catalog_of
from fastshop.catalog.v1 import product_sort_pb2
from fastshop.type.v1 import money_pb2

import shop_server
from shop_server import ROOT, run

AMOUNTS = runpy.run_path(str(ROOT / "Clients/python/amounts.py"))


def prices_of(shop) -> list[tuple[int, str]]:
    request = catalog.ListProductsRequest(page_size=50, sort=product_sort_pb2.PRODUCT_SORT_PRICE_ASCENDING)
    products = catalog_of(shop).ListProducts(request, timeout=CALL_SECONDS).products
    return [(product.price.amount_minor, product.price.currency) for product in products]


def refused_start(url: str, folder, **settings: str) -> str:
    """What a server says that does not start."""
    server = shop_server.ShopServer(folder, url, **settings)
    assert server.process.wait(shop_server.START_SECONDS_MAX) != 0
    return server.log


@pytest.mark.parametrize("code", ["JPY", "KWD"])
def test_a_demo_shop_is_in_the_currency_of_the_setting(cluster, start_shop, code):
    url = cluster.create(f"seeded_in_{code.lower()}")
    done = run("seed", "--products", "20", env={"DATABASE_URL": url, "FASTSHOP_CURRENCY": code})
    assert done.returncode == 0, done.stderr
    prices = prices_of(start_shop(url, FASTSHOP_CURRENCY=code))
    assert len(prices) == 20 and {currency for _, currency in prices} == {code}
    assert prices == sorted(prices)


def test_a_shop_changes_its_currency_by_a_command(cluster, database, start_shop, tmp_path):
    url = database()
    euros = start_shop(url)
    before = prices_of(euros)
    euros.stop()
    count = int(cluster.sql(euros.database, "SELECT count(*) FROM catalog.variant"))
    log = refused_start(url, tmp_path / "refused", FASTSHOP_CURRENCY="USD")
    assert f"but {count} prices are in others: {count} in EUR. If EUR is the currency of the shop, set" in log
    settings = {"DATABASE_URL": url, "FASTSHOP_KEYS": shop_server.KEYS}
    done = run("convert-prices", "--from", "EUR", "--to", "USD", "--rate", "1.5", env=settings)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"converted the prices of {count} variants to USD\n"
    assert "set FASTSHOP_CURRENCY=USD" in refused_start(url, tmp_path / "euros")
    after = prices_of(start_shop(url, FASTSHOP_CURRENCY="USD"))
    assert after == [((3 * amount + 1) // 2, "USD") for amount, _ in before]


def test_prices_are_not_converted_beside_a_server(cluster, database, start_shop):
    url = database()
    shop = start_shop(url)
    before = prices_of(shop)
    settings = {"DATABASE_URL": url, "FASTSHOP_KEYS": shop_server.KEYS}
    done = run("convert-prices", "--from", "EUR", "--to", "USD", "--rate", "1.5", env=settings)
    assert done.returncode == 1
    assert "a server is connected to the database: stop all servers" in done.stderr
    assert prices_of(shop) == before


@pytest.mark.parametrize("minor, code, shown", [
    (1999, "EUR", "19.99 EUR"), (1999, "JPY", "1999 JPY"), (1999, "KWD", "1.999 KWD"), (5, "USD", "0.05 USD"),
])
def test_the_samples_show_the_decimals_of_the_currency(minor, code, shown):
    assert AMOUNTS["shown"](money_pb2.Money(amount_minor=minor, currency=code)).strip() == shown


def test_the_samples_have_the_decimals_of_the_server():
    source = (ROOT / "Sources/Platform/Money/Currency.swift").read_text()
    others = re.findall(r'^    (\d): "([A-Z ]+)",$', source, re.MULTILINE)
    assert {int(decimals): codes for decimals, codes in others} == AMOUNTS["OTHER_DECIMALS"]


@pytest.mark.parametrize("arguments, wanted", [
    (["--from", "eur", "--to", "USD", "--rate", "1"], '--from is "eur", but it must be a code of ISO 4217'),
    (["--from", "EUR", "--to", "EUR", "--rate", "1"], '--to is "EUR", but it must be another currency'),
    (["--from", "EUR", "--to", "USD", "--rate", "0"], '--rate is "0", but it must be a decimal number above 0'),
    (["--from", "EUR", "--to", "USD", "--rate", "1,5"], '--rate is "1,5", but it must be a decimal number above 0'),
])
def test_a_conversion_that_is_none_is_refused_before_it_begins(arguments, wanted):
    done = run("convert-prices", *arguments, env={"DATABASE_URL": "postgresql:///nowhere"})
    assert done.returncode != 0
    assert wanted in done.stderr
