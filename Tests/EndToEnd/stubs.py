"""The generated clients, and the calls with which most tests begin."""

import uuid

from fastshop.catalog.v1 import catalog_service_pb2 as catalog
from fastshop.catalog.v1 import catalog_service_pb2_grpc as catalog_grpc
from fastshop.inventory.v1 import inventory_service_pb2 as inventory
from fastshop.inventory.v1 import inventory_service_pb2_grpc as inventory_grpc
from fastshop.inventory.v1 import stock_pb2
from google.protobuf import message_factory
from google.rpc import error_details_pb2
from grpc_status import rpc_status

CALL_SECONDS = 10


def catalog_of(server) -> catalog_grpc.CatalogServiceStub:
    return catalog_grpc.CatalogServiceStub(server.channel)


def inventory_of(server) -> inventory_grpc.InventoryServiceStub:
    return inventory_grpc.InventoryServiceStub(server.staff)


def products_of(server, count: int = 1, **filters) -> list:
    request = catalog.ListProductsRequest(page_size=count, **filters)
    return list(catalog_of(server).ListProducts(request, timeout=CALL_SECONDS).products)


def adjustment(variant: str, delta: int = 1, **more) -> inventory.AdjustStockRequest:
    reason = more.pop("reason", stock_pb2.STOCK_REASON_COUNTED)
    request_id = more.pop("request_id", str(uuid.uuid4()))
    return inventory.AdjustStockRequest(
        variant_id=variant, delta=delta, reason=reason, request_id=request_id, **more
    )


def with_id(request):
    """A request that changes something, with an id of its own if it has none."""
    if not request.request_id:
        request.request_id = str(uuid.uuid4())
    return request


def filled(module, method: str, fields: dict):
    """The request of a method, from its fields; where it takes a request_id, with one."""
    methods = {
        name: each for service in module.DESCRIPTOR.services_by_name.values()
        for name, each in service.methods_by_name.items()}
    # The messages of some methods are in another file than their service.
    request = message_factory.GetMessageClass(methods[method].input_type)(**fields)
    return with_id(request) if "request_id" in request.DESCRIPTOR.fields_by_name else request


def details_of(error, kind: type):
    """The detail of that type in grpc-status-details-bin; the status in it must be the call's own."""
    status = rpc_status.from_call(error)
    assert status is not None, f"{error.code().name} without details: {error.details()}"
    for packed in status.details:
        detail = kind()
        if packed.Unpack(detail):
            return detail
    raise AssertionError(f"no {kind.__name__} among {status.details}")


def wrong_fields(error) -> list[str]:
    return [violation.field for violation in details_of(error, error_details_pb2.BadRequest).field_violations]
