"""A seller opens a second warehouse, counts, moves and adjusts stock, and reads the ledger; a shopper watches it."""

import uuid

import grpc
import pytest
from fastshop.inventory.v1 import inventory_service_pb2_grpc as inventory_grpc
from fastshop.inventory.v1 import movement_pb2, stock_batch_pb2, stock_pb2, warehouse_pb2
from fastshop.inventory.v1 import warehouse_service_pb2 as warehouses
from fastshop.inventory.v1 import warehouse_service_pb2_grpc as warehouses_grpc
from google.rpc import error_details_pb2
from accounts import bearer, new_account
from stubs import CALL_SECONDS, details_of, inventory, products_of, with_id
from test_inventory import Watcher, stock_of


class Seller:
    """Somebody who runs a shop, with the calls of their day."""

    def __init__(self, server, cluster, seller_id: str) -> None:
        account = new_account(server, cluster, "keeper", role="seller")
        cluster.sql(
            server.database,
            f"UPDATE identity.user SET seller_id = '{seller_id}' WHERE email_key = '{account.email}'")
        self.id = seller_id
        self._metadata = bearer(account.tokens(server).access_token)
        self._stock = inventory_grpc.InventoryServiceStub(server.channel)
        self._warehouses = warehouses_grpc.WarehouseServiceStub(server.channel)

    def _call(self, method, request):
        return method(request, metadata=self._metadata, timeout=CALL_SECONDS)

    def new_warehouse(self, name: str) -> warehouse_pb2.Warehouse:
        request = with_id(warehouses.CreateWarehouseRequest(seller_id=self.id, name=name))
        return self._call(self._warehouses.CreateWarehouse, request).warehouse

    def warehouses(self) -> list:
        return list(self._call(self._warehouses.ListWarehouses, warehouses.ListWarehousesRequest()).warehouses)

    def delete(self, warehouse: str) -> None:
        self._call(
            self._warehouses.DeleteWarehouse, with_id(warehouses.DeleteWarehouseRequest(warehouse_id=warehouse)))

    def count(self, variant: str, on_hand: int, warehouse: str = ""):
        request = inventory.SetStockRequest(variant_id=variant, on_hand=on_hand, warehouse_id=warehouse)
        return self._call(self._stock.SetStock, with_id(request))

    def transfer(self, variant: str, quantity: int, source: str, target: str):
        request = inventory.TransferStockRequest(
            from_warehouse_id=source, to_warehouse_id=target, note="a van",
            lines=[movement_pb2.TransferLine(variant_id=variant, quantity=quantity)])
        return self._call(self._stock.TransferStock, with_id(request))

    def batch(self, rows: list[tuple[str, int]], request_id: str):
        adjustments = [
            movement_pb2.AdjustmentRow(variant_id=variant, delta=delta, reason=stock_pb2.STOCK_REASON_RECEIVED)
            for variant, delta in rows]
        request = stock_batch_pb2.BatchAdjustStockRequest(adjustments=adjustments, request_id=request_id)
        return list(self._call(self._stock.BatchAdjustStock, request).outcomes)

    def ledger(self, variant: str) -> list:
        """All movements, the newest first, by pages of two."""
        found, token = [], ""
        while True:
            request = inventory.ListMovementsRequest(variant_id=variant, page_size=2, page_token=token)
            page = self._call(self._stock.ListMovements, request)
            found += page.movements
            token = page.next_page_token
            if not token:
                return found


@pytest.fixture(scope="module")
def product(shop):
    return products_of(shop)[0]


@pytest.fixture(scope="module")
def seller(shop, cluster, product):
    return Seller(shop, cluster, product.seller_id)


def test_a_seller_moves_stock_and_a_shopper_sees_each_step(shop, seller, product):
    variant = product.variants[0].id
    outlet = seller.new_warehouse("Outlet").id
    assert [(w.id, w.is_default) for w in seller.warehouses()] == [(seller.id, True), (outlet, False)]
    seller.count(variant, 10)
    watcher = Watcher(shop, variants=inventory.VariantSelection(variant_ids=[variant]))
    watcher.state()
    moved = seller.transfer(variant, 4, seller.id, outlet).stocks[0]
    steps = [watcher.change(), watcher.change()]
    assert [(step.warehouse_id, step.delta) for step in steps] == [(seller.id, -4), (outlet, 4)]
    assert steps[1].stock == moved == stock_of(shop, variant)
    assert [(part.warehouse_id, part.on_hand) for part in moved.warehouses] == [(seller.id, 6), (outlet, 4)]
    with pytest.raises(grpc.RpcError) as refused:
        seller.delete(outlet)
    assert details_of(refused.value, error_details_pb2.ErrorInfo).reason == "WAREHOUSE_NOT_EMPTY"
    counted = seller.count(variant, 0, outlet)
    change = watcher.change()
    assert (change.movement_id, change.delta, change.stock) == (counted.movement_id, -4, counted.stock)
    seller.delete(outlet)
    watcher.stop()
    ledger = seller.ledger(variant)
    assert [entry.delta for entry in ledger[:3]] == [-4, 4, -4]
    assert [entry.warehouse_id for entry in ledger[:3]] == [outlet, outlet, seller.id]
    assert ledger[1].request_id == ledger[2].request_id and ledger[1].note == "a van"
    assert sum(entry.delta for entry in ledger) == stock_of(shop, variant).on_hand == 6


def test_a_batch_of_all_rows_that_it_may_have_has_an_outcome_for_each(shop, seller, product):
    variants = [variant.id for variant in product.variants]
    for variant in variants:
        seller.count(variant, 5)
    rows = [(variants[number % len(variants)], 1) for number in range(449)] + [(str(uuid.uuid4()), 1)]
    request_id = str(uuid.uuid4())
    first = seller.batch(rows, request_id)
    assert [outcome.WhichOneof("outcome") for outcome in first] == ["made"] * 449 + ["refusal"]
    assert (first[-1].refusal.reason, first[-1].refusal.field) == ("RESOURCE_NOT_FOUND", "variant_id")
    assert seller.batch(rows, request_id) == first
    assert sum(stock_of(shop, variant).on_hand for variant in variants) == 5 * len(variants) + 449


def test_another_seller_sees_and_changes_nothing(shop, cluster, seller, product):
    variant = product.variants[0].id
    other = Seller(shop, cluster, next(p.seller_id for p in products_of(shop, 50) if p.seller_id != seller.id))
    before = stock_of(shop, variant)
    assert other.ledger(variant) == []
    assert seller.id not in [warehouse.id for warehouse in other.warehouses()]
    assert [outcome.refusal.reason for outcome in other.batch([(variant, 1)], str(uuid.uuid4()))] == [
        "RESOURCE_NOT_FOUND"]
    with pytest.raises(grpc.RpcError) as refused:
        other.count(variant, 1)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    assert stock_of(shop, variant) == before
