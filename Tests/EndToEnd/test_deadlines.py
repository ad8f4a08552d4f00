"""Deadlines of calls that change something: such a call does not begin too late, and is never half done."""

import uuid

import grpc
import pytest
from curl import curl, post_json
from stubs import CALL_SECONDS, adjustment, inventory, inventory_of, products_of
from wire import frame

ADJUST = "fastshop.inventory.v1.InventoryService/AdjustStock"
LATE = 20
DEADLINE_EXCEEDED = grpc.StatusCode.DEADLINE_EXCEEDED.value[0]


@pytest.fixture
def variant(shop) -> str:
    return products_of(shop)[0].variants[0].id


def on_hand(server, variant: str) -> int:
    request = inventory.GetStockRequest(variant_ids=[variant])
    return inventory_of(server).GetStock(request, timeout=CALL_SECONDS).stocks[0].on_hand


def bearer(server) -> str:
    return f"Bearer {server.staff_token}"


@pytest.mark.parametrize("timeout", ["1n", "0m", "1u"])
def test_what_comes_too_late_is_not_begun(shop, wire, variant, timeout):
    before = on_hand(shop, variant)
    for _ in range(LATE):
        answer = wire.call(
            f"/{ADJUST}", frame(adjustment(variant).SerializeToString()), grpc_timeout=timeout,
            authorization=bearer(shop))
        assert answer.grpc_status == DEADLINE_EXCEEDED
    assert on_hand(shop, variant) == before


def test_what_comes_too_late_is_not_begun_over_grpc_web_and_connect(shop, wire, variant):
    before = on_hand(shop, variant)
    signed = ("--header", f"authorization: {bearer(shop)}")
    for _ in range(LATE):
        request = {"variantId": variant, "delta": 1, "reason": "STOCK_REASON_COUNTED", "requestId": str(uuid.uuid4())}
        connect = post_json(shop, ADJUST, request, "--header", "connect-timeout-ms: 0", *signed)
        assert (connect.status, connect.json["code"]) == (504, "deadline_exceeded")
        body = frame(adjustment(variant).SerializeToString())
        web = curl(
            f"http://{shop.address}/{ADJUST}", "--header", "content-type: application/grpc-web+proto",
            "--header", "grpc-timeout: 1n", *signed, body=body)
        assert web.headers["grpc-status"] == str(DEADLINE_EXCEEDED)
        answer = wire.call(
            f"/{ADJUST}", body, content_type="application/grpc-web+proto", grpc_timeout="1n",
            authorization=bearer(shop))
        assert answer.grpc_status == DEADLINE_EXCEEDED
    assert on_hand(shop, variant) == before


def test_a_deadline_at_any_moment_leaves_all_or_nothing(shop, variant):
    """Sent again, each is done exactly once: what was rolled back now, what was committed by its first answer."""
    before = on_hand(shop, variant)
    stub = inventory_of(shop)
    requests = [adjustment(variant) for _ in range(150)]
    codes = set()
    for index, request in enumerate(requests):
        try:
            stub.AdjustStock(request, timeout=0.0005 + 0.0001 * (index % 60))
            codes.add(grpc.StatusCode.OK)
        except grpc.RpcError as error:
            codes.add(error.code())
    assert codes <= {grpc.StatusCode.OK, grpc.StatusCode.DEADLINE_EXCEEDED}
    between = on_hand(shop, variant)
    assert before <= between <= before + len(requests)
    seen = {stub.AdjustStock(request, timeout=CALL_SECONDS).stock.on_hand for request in requests}
    assert on_hand(shop, variant) == before + len(requests)
    # One answer for each change: none was made twice, none was lost.
    assert seen == set(range(before + 1, before + len(requests) + 1))
