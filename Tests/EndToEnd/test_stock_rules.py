"""A seller sets a threshold, sells, and sees what to order."""

import pytest
from fastshop.inventory.v1 import inventory_service_pb2_grpc as inventory_grpc
from accounts import bearer, new_account
from stubs import CALL_SECONDS, inventory, products_of, with_id
from test_inventory import adjust, stock_of


class Seller:
    """Somebody who runs a shop."""

    def __init__(self, shop, cluster, seller_id: str) -> None:
        account = new_account(shop, cluster, "seller", role="seller")
        cluster.sql(
            shop.database,
            f"UPDATE identity.user SET seller_id = '{seller_id}' WHERE email_key = '{account.email}'")
        self._metadata = bearer(account.tokens(shop).access_token)
        self._stub = inventory_grpc.InventoryServiceStub(shop.channel)

    def set_threshold(self, variant: str, threshold: int):
        request = with_id(inventory.SetStockRulesRequest(variant_id=variant, low_stock_threshold=threshold))
        return self._stub.SetStockRules(request, metadata=self._metadata, timeout=CALL_SECONDS).rules

    def low_stock(self) -> dict:
        """What is low on stock: variant → its stock and rules."""
        found, token = {}, ""
        while True:
            request = inventory.ListLowStockRequest(page_size=3, page_token=token)
            page = self._stub.ListLowStock(request, metadata=self._metadata, timeout=CALL_SECONDS)
            found.update((low.stock.variant_id, low) for low in page.low_stocks)
            token = page.next_page_token
            if not token:
                return found


@pytest.fixture(scope="module")
def product(shop):
    return products_of(shop)[0]


def test_a_seller_sees_what_to_order_until_it_is_delivered(shop, cluster, product):
    variant = product.variants[0].id
    seller = Seller(shop, cluster, product.seller_id)
    other = Seller(shop, cluster, next(p.seller_id for p in products_of(shop, 50) if p.seller_id != product.seller_id))
    adjust(shop, variant, 1_000 - stock_of(shop, variant).available)
    rules = seller.set_threshold(variant, 990)
    assert variant not in seller.low_stock()
    sold = adjust(shop, variant, -10).stock
    low = seller.low_stock()[variant]
    assert (low.stock, low.rules) == (sold, rules)
    assert variant not in other.low_stock()
    adjust(shop, variant, 1)
    assert variant not in seller.low_stock()
