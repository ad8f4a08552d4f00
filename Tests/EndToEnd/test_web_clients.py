"""Web clients of other projects: connectrpc in Connect, gRPC-Web and gRPC, and sonora."""

import itertools

import grpc
import pytest
import sonora.client
from connect_client import CALL_VARIANTS, connected, method
from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.protocol import ProtocolType
from fastshop.inventory.v1 import inventory_service_pb2 as inventory
from google.rpc import error_details_pb2
from row_lock import RowLock
from sonora.protocol import WebRpcError
from stubs import CALL_SECONDS, adjustment, catalog, catalog_of, inventory_of, products_of

CATALOG = catalog.DESCRIPTOR.services_by_name["CatalogService"]
INVENTORY = inventory.DESCRIPTOR.services_by_name["InventoryService"]
CALL_MS = CALL_SECONDS * 1000
# Long enough to meet the lock before it, short enough to wait for.
SHORT_MS = 300


@pytest.fixture(params=CALL_VARIANTS, ids=str)
def way(request):
    return request.param


@pytest.fixture
def client(way, shop):
    with connected(way, shop.address, shop.tls_address) as client:
        yield client


def page_of(server, count: int):
    return catalog_of(server).ListProducts(catalog.ListProductsRequest(page_size=count), timeout=CALL_SECONDS)


def listed(client, **fields):
    return client.execute_unary(
        request=catalog.ListProductsRequest(**fields), method=method(CATALOG, "ListProducts"), timeout_ms=CALL_MS)


def watching(client, variant: str, timeout_ms: int | None = None):
    selection = inventory.VariantSelection(variant_ids=[variant])
    return client.execute_server_stream(
        request=inventory.WatchInventoryRequest(variants=selection), method=method(INVENTORY, "WatchInventory"),
        timeout_ms=timeout_ms)


def first_variant(server) -> str:
    return products_of(server)[0].variants[0].id


# connectrpc.


def test_a_unary_call(client, shop):
    # Large enough that both sides compress it.
    assert listed(client, page_size=50) == page_of(shop, 50)
    assert listed(client, page_size=1) == page_of(shop, 1)


def test_an_error_and_its_details(client, way):
    with pytest.raises(ConnectError) as caught:
        listed(client, page_size=-1)
    assert caught.value.code == Code.INVALID_ARGUMENT
    assert "page_size" in caught.value.message
    (detail,) = [each for each in caught.value.details if each.type_name == "google.rpc.BadRequest"]
    violations = error_details_pb2.BadRequest.FromString(detail.message_bytes).field_violations
    assert [violation.field for violation in violations] == ["page_size"]


def test_an_unknown_method(client):
    unknown = method(CATALOG, "ListProducts")
    object.__setattr__(unknown, "name", "Nothing")
    with pytest.raises(ConnectError) as caught:
        client.execute_unary(request=catalog.ListProductsRequest(), method=unknown, timeout_ms=CALL_MS)
    assert caught.value.code == Code.UNIMPLEMENTED


def test_a_stream_of_answers_and_its_end_by_the_client(client, shop):
    variant = first_variant(shop)
    stream = watching(client, variant)
    state, complete = next(stream), next(stream)
    assert [stock.variant_id for stock in state.state.stocks] == [variant]
    assert complete.state_complete.variant_count == 1
    answer = inventory_of(shop).AdjustStock(adjustment(variant), timeout=CALL_SECONDS)
    assert next(stream).change.stock.version == answer.stock.version
    stream.close()


def test_a_stream_that_is_refused(client):
    with pytest.raises(ConnectError) as caught:
        list(watching(client, "no-uuid", CALL_MS))
    assert caught.value.code == Code.INVALID_ARGUMENT


def test_a_call_past_its_deadline(client, cluster, shop):
    variant = first_variant(shop)
    with RowLock(cluster, shop.database, variant) as lock:
        with pytest.raises(ConnectError) as caught:
            client.execute_unary(
                request=adjustment(variant), method=method(INVENTORY, "AdjustStock"), timeout_ms=SHORT_MS,
                headers={"authorization": f"Bearer {shop.staff_token}"})
        assert caught.value.code == Code.DEADLINE_EXCEEDED
        lock.wait_for_waiters(0)


def test_a_stream_past_its_deadline(client, shop):
    with pytest.raises(ConnectError) as caught:
        list(watching(client, first_variant(shop), SHORT_MS))
    assert caught.value.code == Code.DEADLINE_EXCEEDED


@pytest.mark.parametrize("way", [way for way in CALL_VARIANTS if way.protocol == ProtocolType.CONNECT], ids=str)
def test_get_where_there_are_no_side_effects(way, shop):
    with connected(way, shop.address, shop.tls_address) as client:
        answer = client.execute_unary(
            request=catalog.ListProductsRequest(page_size=30), method=method(CATALOG, "ListProducts"),
            use_get=True, timeout_ms=CALL_MS)
    assert answer == page_of(shop, 30)


def test_without_compression(way, shop):
    with connected(way, shop.address, shop.tls_address, send_compression=None, accept_compression=()) as client:
        assert listed(client, page_size=50) == page_of(shop, 50)


# sonora: gRPC-Web over HTTP/1.1.


@pytest.fixture
def channel(shop):
    with sonora.client.insecure_web_channel(f"http://{shop.address}") as channel:
        yield channel


def sonora_call(channel, service, name: str):
    """The generated stub, whose form by newer generators sonora does not support."""
    info = method(service, name)
    kind = channel.unary_stream if service.methods_by_name[name].server_streaming else channel.unary_unary
    return kind(f"/{service.full_name}/{name}", info.input.SerializeToString, info.output.FromString)


def test_sonora_calls(channel, shop):
    answer, call = sonora_call(channel, CATALOG, "ListProducts").with_call(
        catalog.ListProductsRequest(page_size=7), timeout=CALL_SECONDS)
    assert answer == page_of(shop, 7)
    assert dict(call.trailing_metadata())["grpc-status"] == "0"


def test_sonora_reads_a_stream_to_its_end(channel, shop):
    variant = first_variant(shop)
    request = inventory.WatchInventoryRequest(variants=inventory.VariantSelection(variant_ids=[variant]))
    # The server's deadline alone: sonora's own would race with it.
    metadata = [("grpc-timeout", f"{SHORT_MS}m")]
    stream = iter(sonora_call(channel, INVENTORY, "WatchInventory")(request, metadata=metadata))
    state, complete = itertools.islice(stream, 2)
    assert state.state.stocks[0].variant_id == variant
    assert complete.WhichOneof("event") == "state_complete"
    with pytest.raises(WebRpcError) as caught:
        next(stream)
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_sonora_gets_the_status_of_a_refusal(channel):
    with pytest.raises(WebRpcError) as caught:
        sonora_call(channel, CATALOG, "GetProduct")(
            catalog.GetProductRequest(slug="there-is-no-such-product"), timeout=CALL_SECONDS)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND
    assert "no such product" in caught.value.details()
