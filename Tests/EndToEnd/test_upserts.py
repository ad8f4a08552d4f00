"""A seller's system keeps the shop's products in step with its own, row by row, and after a lost answer."""

import uuid

import grpc
import pytest
from fastshop.catalog.v1 import product_service_pb2_grpc as products_grpc
from accounts import refused_as
from row_lock import RowLock
from stubs import CALL_SECONDS, products_of, with_id
from test_durability import kill
from test_products import Seller, products, seen

PRICE = {"amount_minor": 19_900, "currency": "EUR"}
FULL_SECONDS_MAX = 60


def row(external_id: str, category_id: str, **more) -> dict:
    return {"external_id": external_id, "title": "Schreibtisch", "category_id": category_id} | more


def variant(sku: str, size: str, **more) -> dict:
    return {"sku": sku, "price": PRICE, "options": [{"name": "Size", "value": size}]} | more


def outcomes_of(response) -> list[str]:
    """What became of each row: `created`, or the status, the reason and the field of a refusal."""
    found = []
    for outcome in response.outcomes:
        kind, refusal = outcome.WhichOneof("outcome"), outcome.refusal
        found.append(f"{refusal.status} {refusal.reason} {refusal.field}" if kind == "refusal" else kind)
    return found


def test_a_seller_keeps_products_in_step(shop, cluster):
    example = products_of(shop)[0]
    seller, category, mark = Seller(shop, cluster, example.seller_id), example.category_id, uuid.uuid4().hex[:8]
    desk = row(f"desk-{mark}", category, variants=[variant(f"{mark}-S", "S"), variant(f"{mark}-L", "L")])
    rows = [
        desk, row(f"bed-{mark}", category), row(f"lamp-{mark}", str(uuid.uuid4())), row(f"bed-{mark}", category),
        row(f"chair-{mark}", category, variants=[variant(f"{mark}-S", "S")]),
    ]
    refused = [
        "NOT_FOUND RESOURCE_NOT_FOUND category_id", "INVALID_ARGUMENT INVALID_FIELDS external_id",
        "ALREADY_EXISTS SKU_TAKEN variants[0].sku",
    ]
    made = seller.call("UpsertProducts", products=rows)
    assert outcomes_of(made) == ["created", "created", *refused]
    assert outcomes_of(seller.call("UpsertProducts", products=rows)) == ["unchanged", "unchanged", *refused]

    product_id = made.outcomes[0].created.product_id
    seller.upload_image(product_id)
    seller.call("PublishProduct", product_id=product_id)
    cheaper = desk | {"variants": [variant(f"{mark}-L", "L", price=PRICE | {"amount_minor": 9_900})]}
    changed = seller.call("UpsertProducts", products=[cheaper, rows[1]])
    assert outcomes_of(changed) == ["updated", "unchanged"]
    shown = seen(shop, product_id)
    assert (shown.price.amount_minor, shown.etag) == (9_900, changed.outcomes[0].updated.etag)
    assert [one.title for one in shown.variants] == ["S", "L"]
    cleared = seller.call("UpsertProducts", products=[{"external_id": f"desk-{mark}"}], update_mask={"paths": ["tags"]})
    assert outcomes_of(cleared) == ["unchanged"]


def test_a_full_request_is_carried_out_once_though_its_server_dies(cluster, start_shop, database):
    url = database()
    doomed, other = start_shop(url), start_shop(url)
    example = products_of(other)[0]
    rows = [row(f"r{n}", example.category_id, variants=[variant(f"R-{n}", "S")]) for n in range(499)]

    def begin(server, products_: list, request_id: str):
        request = products.UpsertProductsRequest(
            products=products_, seller_id=example.seller_id, request_id=request_id)
        stub = products_grpc.ProductServiceStub(server.staff)
        return stub.UpsertProducts.future(request, timeout=FULL_SECONDS_MAX)

    first = begin(other, rows[:1], str(uuid.uuid4())).result().outcomes[0].created.product_id
    rows[0]["title"], request_id = "Bett", str(uuid.uuid4())
    with RowLock(cluster, other.database, first, "catalog.product WHERE id") as lock:
        caught = begin(doomed, rows, request_id)
        lock.wait_for_waiters(1)
        kill(doomed)
        assert refused_as(caught.result) == grpc.StatusCode.UNAVAILABLE
    answer = begin(other, rows, request_id).result()
    assert outcomes_of(answer) == ["updated"] + ["created"] * 498
    assert begin(other, rows, request_id).result() == answer
    counts = cluster.sql(
        other.database,
        "SELECT count(*), sum(version), (SELECT count(*) FROM platform.event e WHERE e.topic = 'catalog.product')"
        " FROM catalog.product WHERE external_id LIKE 'r%'")
    assert counts == "499|500|500"


def test_nobody_writes_products_of_a_seller_who_is_not_there(shop):
    rows = [row("a", str(uuid.uuid4()))]
    request = with_id(products.UpsertProductsRequest(products=rows, seller_id=str(uuid.uuid4())))
    with pytest.raises(grpc.RpcError) as refusal:
        products_grpc.ProductServiceStub(shop.staff).UpsertProducts(request, timeout=CALL_SECONDS)
    assert refusal.value.code() == grpc.StatusCode.NOT_FOUND
