"""The platform defines a type of products, and changes it without breaking what programs know of it."""

import uuid

import grpc
import pytest
from fastshop.catalog.v1 import product_type_pb2
from fastshop.catalog.v1 import product_type_service_pb2 as product_types
from fastshop.catalog.v1 import product_type_service_pb2_grpc as product_types_grpc
from google.rpc import error_details_pb2
from stubs import CALL_SECONDS, details_of, with_id, wrong_fields

NUMBER, TEXT = product_type_pb2.ATTRIBUTE_KIND_NUMBER, product_type_pb2.ATTRIBUTE_KIND_TEXT


def stub_of(server) -> product_types_grpc.ProductTypeServiceStub:
    return product_types_grpc.ProductTypeServiceStub(server.staff)


def create(server, **fields):
    request = with_id(product_types.CreateProductTypeRequest(product_type=fields))
    return stub_of(server).CreateProductType(request, timeout=CALL_SECONDS).product_type


def update(server, **fields):
    request = with_id(product_types.UpdateProductTypeRequest(product_type=fields))
    return stub_of(server).UpdateProductType(request, timeout=CALL_SECONDS).product_type


def listed(server) -> list:
    found, token = [], ""
    while True:
        request = product_types.ListProductTypesRequest(page_size=2, page_token=token)
        page = stub_of(server).ListProductTypes(request, timeout=CALL_SECONDS)
        found, token = [*found, *page.product_types], page.next_page_token
        if not token:
            return found


def test_a_type_is_defined_changed_and_deleted(shop):
    title = f"Lamps {uuid.uuid4()}"
    power = {"code": "power", "title": " Power ", "kind": NUMBER, "unit": "W", "is_required": True}
    made = create(shop, title=title, attributes=[power])
    assert (made.title, made.attributes[0].title, made.attributes[0].unit) == (title, "Power", "W")
    with pytest.raises(grpc.RpcError) as refusal:
        create(shop, title=title)
    assert refusal.value.code() == grpc.StatusCode.ALREADY_EXISTS
    colour = {"code": "colour", "title": "Colour", "kind": TEXT, "is_variant_axis": True}
    changed = update(shop, id=made.id, etag=made.etag, attributes=[colour, power])
    assert [attribute.code for attribute in changed.attributes] == ["colour", "power"]
    assert changed in listed(shop)
    with pytest.raises(grpc.RpcError) as refusal:
        update(shop, id=made.id, attributes=[power | {"kind": TEXT, "unit": ""}])
    assert details_of(refusal.value, error_details_pb2.ErrorInfo).reason == "ATTRIBUTE_KIND_FIXED"
    with pytest.raises(grpc.RpcError) as refusal:
        update(shop, id=made.id, etag=made.etag, title="Stale")
    assert refusal.value.code() == grpc.StatusCode.ABORTED
    titles = [one.title for one in listed(shop)]
    assert titles == sorted(titles)
    request = with_id(product_types.DeleteProductTypeRequest(product_type_id=made.id))
    stub_of(shop).DeleteProductType(request, timeout=CALL_SECONDS)
    assert made.id not in {one.id for one in listed(shop)}


def test_everything_that_is_wrong_is_named(shop):
    wrong = {"code": "Power", "title": "", "unit": "W"}
    with pytest.raises(grpc.RpcError) as refusal:
        create(shop, attributes=[wrong])
    assert set(wrong_fields(refusal.value)) == {
        "product_type.title", "product_type.attributes[0].code", "product_type.attributes[0].title",
        "product_type.attributes[0].unit", "product_type.attributes[0].kind",
    }
