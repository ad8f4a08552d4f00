"""Sellers, staff and guests who call the methods of catalogues and stock, for the tests that import these fixtures."""

import concurrent.futures
import uuid

import pytest
from fastshop.catalog.v1 import catalog_service_pb2 as catalog
from fastshop.catalog.v1 import catalog_service_pb2_grpc as catalog_grpc
from fastshop.catalog.v1 import category_service_pb2 as categories
from fastshop.catalog.v1 import category_service_pb2_grpc as categories_grpc
from fastshop.catalog.v1 import channel_service_pb2 as channels
from fastshop.catalog.v1 import channel_service_pb2_grpc as channels_grpc
from fastshop.catalog.v1 import collection_service_pb2 as collections
from fastshop.catalog.v1 import collection_service_pb2_grpc as collections_grpc
from fastshop.catalog.v1 import digital_goods_service_pb2 as goods
from fastshop.catalog.v1 import digital_goods_service_pb2_grpc as goods_grpc
from fastshop.catalog.v1 import media_service_pb2 as media
from fastshop.catalog.v1 import media_service_pb2_grpc as media_grpc
from fastshop.catalog.v1 import price_service_pb2 as prices
from fastshop.catalog.v1 import price_service_pb2_grpc as prices_grpc
from fastshop.catalog.v1 import product_page_service_pb2 as pages
from fastshop.catalog.v1 import product_page_service_pb2_grpc as pages_grpc
from fastshop.catalog.v1 import product_service_pb2 as products
from fastshop.catalog.v1 import product_service_pb2_grpc as products_grpc
from fastshop.catalog.v1 import product_type_service_pb2 as types
from fastshop.catalog.v1 import product_type_service_pb2_grpc as types_grpc
from fastshop.catalog.v1 import variant_service_pb2 as variants
from fastshop.catalog.v1 import variant_service_pb2_grpc as variants_grpc
from fastshop.inventory.v1 import back_in_stock_service_pb2 as waiters
from fastshop.inventory.v1 import back_in_stock_service_pb2_grpc as waiters_grpc
from fastshop.inventory.v1 import inventory_service_pb2 as inventory
from fastshop.inventory.v1 import inventory_service_pb2_grpc as inventory_grpc
from fastshop.inventory.v1 import warehouse_service_pb2 as warehouses
from fastshop.inventory.v1 import warehouse_service_pb2_grpc as warehouses_grpc
from fastshop.sellers.v1 import seller_admin_service_pb2 as admin
from fastshop.sellers.v1 import seller_admin_service_pb2_grpc as admin_grpc
from fastshop.sellers.v1 import seller_service_pb2 as sellers
from fastshop.sellers.v1 import seller_service_pb2_grpc as sellers_grpc
from accounts import bearer, new_account
from stubs import filled, products_of
from test_media import messages, png

WAIT_SECONDS_MAX = 60
SERVICES = [
    (catalog, catalog_grpc), (categories, categories_grpc), (media, media_grpc), (products, products_grpc),
    (types, types_grpc), (variants, variants_grpc), (waiters, waiters_grpc), (inventory, inventory_grpc),
    (warehouses, warehouses_grpc), (admin, admin_grpc), (sellers, sellers_grpc), (channels, channels_grpc),
    (collections, collections_grpc), (goods, goods_grpc), (prices, prices_grpc), (pages, pages_grpc),
]
# By the name of a method: the module of its request, and its stub.
METHODS = {
    method.name: (module, getattr(stubs, f"{service.name}Stub"))
    for module, stubs in SERVICES for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}


class Person:
    """Somebody who calls methods: staff, a seller, a shopper, a guest."""

    def __init__(self, server, metadata=()) -> None:
        self._server, self._metadata = server, metadata

    def __call__(self, method: str, **fields):
        module, stub = METHODS[method]
        call = getattr(stub(self._server.channel), method)
        return call(filled(module, method, fields), metadata=self._metadata, timeout=WAIT_SECONDS_MAX)

    def upload(self, product_id: str, content: bytes = png(9, 9)):
        stub = media_grpc.MediaServiceStub(self._server.channel)
        requests = messages(product_id, content)
        return stub.UploadMedia(requests, metadata=self._metadata, timeout=WAIT_SECONDS_MAX).image


def price(amount: int, currency: str = "EUR") -> dict:
    return {"amount_minor": amount, "currency": currency}


def new_sku() -> str:
    return uuid.uuid4().hex[:12]


def walk(person, method: str, field: str, token: str = "", **fields) -> list:
    """All elements of a list, by its pages, or those from a page on."""
    found = []
    while True:
        page = person(method, page_token=token, **fields)
        found += getattr(page, field)
        token = page.next_page_token
        if not token:
            return found


@pytest.fixture(scope="module")
def shop(start_shop, database):
    """A server in a time zone that is fourteen hours ahead of UTC."""
    return start_shop(database(), TZ="Pacific/Kiritimati")


@pytest.fixture(scope="module")
def examples(shop):
    """A product of each of two sellers."""
    found = products_of(shop, 100)
    return found[0], next(one for one in found if one.seller_id != found[0].seller_id)


@pytest.fixture(scope="module")
def accounts(shop, cluster, examples):
    """An account in the team of each of the two sellers."""
    made = [new_account(shop, cluster, "keeper", role="seller") for _ in examples]
    for account, example in zip(made, examples, strict=True):
        cluster.sql(
            shop.database,
            f"UPDATE identity.user SET seller_id = '{example.seller_id}' WHERE email_key = '{account.email}'")
    return made


@pytest.fixture
def seller(shop, accounts):
    return Person(shop, bearer(accounts[0].tokens(shop).access_token))


@pytest.fixture
def rival(shop, accounts):
    return Person(shop, bearer(accounts[1].tokens(shop).access_token))


@pytest.fixture
def staff(shop):
    return Person(shop, bearer(shop.staff_token))


@pytest.fixture(scope="module")
def guest(shop):
    return Person(shop)


@pytest.fixture
def category(staff):
    """A category of its own."""
    return staff("CreateCategory", category={"title": f"Shelf {new_sku()}"}).category.id


def draft(person, category: str, sizes=(), **fields):
    """A draft that lacks nothing, with a variant for each size."""
    product = person("CreateProduct", product={"title": "Lamp", "category_id": category} | fields).product
    person.upload(product.id)
    axes = [{"name": "Size", "values": sizes}] if sizes else []
    pattern = new_sku() + ("-{options}" if sizes else "")
    return person(
        "CreateVariants", product_id=product.id, axes=axes, sku_pattern=pattern, price=price(1_000)).product


def on_sale(person, category: str, sizes=(), **fields):
    return person("PublishProduct", product_id=draft(person, category, sizes, **fields).id).product


def together(call, count: int) -> list:
    """What so many calls that begin together return."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))
