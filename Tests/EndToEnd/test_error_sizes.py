"""Errors stay as small as clients require: gRPC C refuses trailers of more than 8 KiB."""

import base64
import uuid

import grpc
import pytest
from curl import curl, post_json
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from stubs import CALL_SECONDS, inventory, inventory_of
from wire import frame

GET_STOCK = "fastshop.inventory.v1.InventoryService/GetStock"
DETAILS_BYTES_MAX = 4096


def absent(count: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(count)]


@pytest.mark.parametrize("count", [1, 2, 56, 100, 250])
def test_grpcio_is_told_which_of_many_are_not_there(shop, count):
    names = absent(count)
    with pytest.raises(grpc.RpcError) as caught:
        inventory_of(shop).GetStock(inventory.GetStockRequest(variant_ids=names), timeout=CALL_SECONDS)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND
    told = []
    first, *others = rpc_status.from_call(caught.value).details
    assert first.Is(error_details_pb2.ErrorInfo.DESCRIPTOR)
    for packed in others:
        resource = error_details_pb2.ResourceInfo()
        assert packed.Unpack(resource)
        told.append(resource)
    if len(told) < count:
        assert told.pop().description == f"and {count - len(told)} more"
    assert len(told) >= min(count, 15)
    assert {resource.resource_name for resource in told} <= set(names)


def test_the_trailers_are_bounded_on_the_wire(wire):
    request = inventory.GetStockRequest(variant_ids=absent(250)).SerializeToString()
    trailers = wire.call(f"/{GET_STOCK}", frame(request)).trailers
    details = trailers["grpc-status-details-bin"]
    assert len(base64.b64decode(details + "==")) <= DETAILS_BYTES_MAX
    assert sum(len(name) + len(value) + 32 for name, value in trailers.items()) < 8192


def test_json_and_grpc_web_are_bounded_alike(shop):
    answer = post_json(shop, GET_STOCK, {"variantIds": absent(250)})
    assert answer.status == 404 and len(answer.body) < 4 * DETAILS_BYTES_MAX
    assert answer.json["details"][-1]["debug"]["description"].endswith(" more")
    body = frame(inventory.GetStockRequest(variant_ids=absent(250)).SerializeToString())
    web = curl(
        f"http://{shop.address}/{GET_STOCK}", "--header", "content-type: application/grpc-web+proto", body=body)
    assert len(base64.b64decode(web.headers["grpc-status-details-bin"] + "==")) <= DETAILS_BYTES_MAX
