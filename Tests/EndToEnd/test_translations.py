"""A seller translates a product, and each shopper reads it in the language that their browser asks for."""

import uuid

import grpc
import pytest
from fastshop.catalog.v1 import translation_pb2
from fastshop.catalog.v1 import translation_service_pb2 as translations
from fastshop.catalog.v1 import translation_service_pb2_grpc as translations_grpc
from accounts import bearer, new_account, reason_of
from curl import curl
from stubs import CALL_SECONDS, catalog, catalog_of, filled, products_of, wrong_fields
from waiting import wait_until

PRODUCT = translation_pb2.TRANSLATED_KIND_PRODUCT


@pytest.fixture(scope="module")
def seller(shop, cluster):
    """The credentials of somebody who runs the shop of the newest product."""
    account = new_account(shop, cluster, "seller", role="seller")
    cluster.sql(
        shop.database,
        f"UPDATE identity.user SET seller_id = '{products_of(shop)[0].seller_id}'"
        f" WHERE email_key = '{account.email}'")
    return bearer(account.tokens(shop).access_token)


def call(server, metadata, method: str, **fields):
    stub = getattr(translations_grpc.TranslationServiceStub(server.channel), method)
    return stub(filled(translations, method, fields), metadata=metadata, timeout=CALL_SECONDS)


def read(server, product: str, *accepted: str):
    """A product, and the languages that the answer says it is in."""
    answer, head = catalog_of(server).GetProduct.with_call(
        catalog.GetProductRequest(id=product), metadata=[("accept-language", each) for each in accepted],
        timeout=CALL_SECONDS)
    return answer.product, dict(head.initial_metadata()).get("content-language")


def test_a_product_is_read_in_the_language_of_the_browser(shop, seller):
    product = products_of(shop)[0]
    name, value = product.variants[0].options[0].name, product.variants[0].options[0].value
    texts = {"title": "Schreibtisch", f"options[{name}]": "Farbe", f"options[{name}][{value}]": "Eiche"}
    made = call(shop, seller, "SetTranslations", kind=PRODUCT, resource_id=product.id, locale="DE", texts=texts)
    assert made.translation.locale == "de" and dict(made.translation.texts) == texts
    assert "description" in made.translation.missing and made.etag != product.etag
    german, language = read(shop, product.id, "de-AT,de;q=0.9,en;q=0.8")
    assert (german.title, german.locale, language) == ("Schreibtisch", "de", "de")
    assert german.description == product.description
    assert german.variants[0].options[0].value == "Eiche" and german.variants[0].title.startswith("Eiche")
    for accepted, told in [((), None), (("en-GB",), "en"), (("sv", "*"), "en"), (("de;q=x",), "en")]:
        plain, language = read(shop, product.id, *accepted)
        assert (plain.title, plain.locale, language) == (product.title, "", told), accepted


def test_a_page_says_which_languages_it_is_in(shop, seller):
    product = products_of(shop)[0]
    call(shop, seller, "SetTranslations", kind=PRODUCT, resource_id=product.id, locale="fr", texts={"title": "Bureau"})
    url = f"http://{shop.address}/fastshop.catalog.v1.CatalogService/ListProducts"
    page = curl(f"{url}?connect=v1&encoding=json&message=%7B%22pageSize%22%3A3%7D", "--header", "accept-language: fr")
    assert page.headers["content-language"] == "en, fr"
    assert "accept-language" in page.headers["vary"]
    assert '"title":"Bureau"' in page.text


def test_what_is_missing_is_listed_until_it_is_there(shop, seller):
    product = products_of(shop)[0]
    resource = {"kind": PRODUCT, "resource_id": product.id}

    def is_listed() -> bool:
        page = call(shop, seller, "ListMissingTranslations", locale="nl", page_size=250)
        return product.id in {each.resource_id for each in page.resources}

    assert is_listed()
    sources = call(shop, seller, "ListTranslations", **resource).sources
    texts = {path: f"{text} (nl)"[:50] for path, text in sources.items()}
    call(shop, seller, "SetTranslations", **resource, locale="nl", texts=texts)
    assert not is_listed()
    call(shop, seller, "SetTranslations", **resource, locale="nl", texts={"title": ""})
    found = call(shop, seller, "ListTranslations", **resource, locale="NL").translations
    assert [list(each.missing) for each in found] == [["title"]] and is_listed()


def test_others_cannot_translate_it_and_staff_can(shop, seller):
    others = next(one for one in products_of(shop, 100) if one.seller_id != products_of(shop)[0].seller_id)
    fields = {"kind": PRODUCT, "resource_id": others.id, "locale": "fr", "texts": {"title": "Lampe"}}
    with pytest.raises(grpc.RpcError) as refusal:
        call(shop, seller, "SetTranslations", **fields)
    assert refusal.value.code() == grpc.StatusCode.NOT_FOUND
    call(shop, bearer(shop.staff_token), "SetTranslations", **fields)
    assert read(shop, others.id, "fr")[0].title == "Lampe"
    with pytest.raises(grpc.RpcError) as refusal:
        call(shop, bearer(shop.staff_token), "SetTranslations", **fields, etag="v1")
    assert reason_of(refusal.value) == "ETAG_MISMATCH"
    with pytest.raises(grpc.RpcError) as refusal:
        call(shop, bearer(shop.staff_token), "SetTranslations", **fields | {"locale": "jp", "texts": {}})
    assert wrong_fields(refusal.value) == ["locale", "texts"]


def test_a_language_that_is_new_to_the_shop_is_read_from_every_server(two_shops):
    here, there = two_shops
    product = products_of(there)[0].id
    assert read(there, product, "is")[1] == "en"
    call(
        here, bearer(here.staff_token), "SetTranslations", kind=PRODUCT, resource_id=product, locale="is",
        texts={"title": "Skrifborð"})
    wait_until(lambda: read(there, product, "is")[0].title == "Skrifborð", "the other server does not read it")


def test_the_demo_shop_speaks_german_and_japanese(shop):
    request = catalog.ListCategoriesRequest(depth_limit=1)
    for language, title in [("de", "Wohnen"), ("ja", "ホーム")]:
        categories = catalog_of(shop).ListCategories(
            request, metadata=[("accept-language", language)], timeout=CALL_SECONDS).categories
        assert title in {category.title for category in categories}


def test_a_batch_has_the_order_of_its_request(shop):
    ids = [product.id for product in products_of(shop, 5)]
    absent = str(uuid.uuid4())
    request = catalog.BatchGetProductsRequest(ids=[ids[3], absent, ids[1], ids[3]])
    batch = catalog_of(shop).BatchGetProducts(request, timeout=CALL_SECONDS)
    assert [product.id for product in batch.products] == [ids[3], ids[1]] and list(batch.missing_ids) == [absent]
    with pytest.raises(grpc.RpcError) as refusal:
        catalog_of(shop).BatchGetProducts(catalog.BatchGetProductsRequest(ids=[absent] * 251), timeout=CALL_SECONDS)
    assert wrong_fields(refusal.value) == ["ids"]
