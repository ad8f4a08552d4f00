"""Prints a product's stock and then every change, live, until Ctrl-C.

It misses no change when the connection breaks, because it resumes with the last cursor. Start it, then change the stock
from another terminal with the command that it prints.
"""

import argparse
import itertools
import json
import os
import sys
import time
import uuid

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from fastshop.catalog.v1 import catalog_service_pb2 as catalog
from fastshop.catalog.v1 import catalog_service_pb2_grpc as catalog_grpc
from fastshop.catalog.v1 import product_sort_pb2
from fastshop.inventory.v1 import inventory_service_pb2 as inventory
from fastshop.inventory.v1 import inventory_service_pb2_grpc as inventory_grpc

RETRY_SECONDS = 0.5
DEADLINE_SECONDS = 5


def watch(channel: grpc.Channel, product_id: str):
    """Yields the events of a product's stock without end, over any number of connections."""
    stub = inventory_grpc.InventoryServiceStub(channel)
    cursor = ""
    while True:
        request = inventory.WatchInventoryRequest(product_id=product_id, cursor=cursor)
        try:
            for event in stub.WatchInventory(request, wait_for_ready=True):
                cursor = event.cursor or cursor
                yield event
        except grpc.RpcError as error:
            seconds = retry_seconds(error)
            if error.code() == grpc.StatusCode.OUT_OF_RANGE:
                cursor = ""  # the log no longer has this cursor: start with the current state
            elif error.code() != grpc.StatusCode.UNAVAILABLE and not seconds:
                raise
            time.sleep(seconds)
        time.sleep(RETRY_SECONDS)


def retry_seconds(error: grpc.RpcError) -> float:
    """How long to wait according to the server, for example after RATE_LIMITED; 0 if it does not say."""
    status, info = rpc_status.from_call(error), error_details_pb2.RetryInfo()
    for detail in status.details if status else []:
        if detail.Unpack(info):
            return info.retry_delay.ToTimedelta().total_seconds()
    return 0


def describe(event) -> str:
    kind = event.WhichOneof("event")
    if kind == "state":
        return "\n".join(f"  {s.variant_id}  {s.available} available" for s in event.state.stocks)
    if kind == "state_complete":
        return f"  These are all {event.state_complete.variant_count} variants; changes follow:"
    # Why it changed, and by how much, is for the seller alone.
    stock = event.change.stock
    if event.change.is_deleted:
        return f"  {stock.variant_id}  is gone"
    return f"  {stock.variant_id}  now {stock.available} available"


def find_product(channel: grpc.Channel, slug: str):
    shop = catalog_grpc.CatalogServiceStub(channel)
    if slug:
        return shop.GetProduct(catalog.GetProductRequest(slug=slug), timeout=DEADLINE_SECONDS).product
    request = catalog.ListProductsRequest(page_size=1, sort=product_sort_pb2.PRODUCT_SORT_POPULAR)
    return shop.ListProducts(request, timeout=DEADLINE_SECONDS).products[0]


def change_command(address: str, variant_id: str) -> str:
    """The command that removes one item, with the access token in FASTSHOP_TOKEN."""
    change = {
        "variantId": variant_id, "delta": "-1", "reason": "STOCK_REASON_DAMAGED", "requestId": str(uuid.uuid4())}
    method = "fastshop.inventory.v1.InventoryService/AdjustStock"
    url, sign = f"http://{address}/{method}", '-H "authorization: Bearer $FASTSHOP_TOKEN"'
    return f"curl --json '{json.dumps(change)}' {sign} {url}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", nargs="?", default=os.environ.get("FASTSHOP_ADDRESS", "127.0.0.1:8080"))
    parser.add_argument("--slug", default="", help="the product; by default the most popular one")
    parser.add_argument("--events", type=int, help="end after this number of events")
    options = parser.parse_args()
    with grpc.insecure_channel(options.address) as channel:
        product = find_product(channel, options.slug)
        print(f"{product.title}. To change its stock, run this in a terminal that has signed in:")
        print(" ", change_command(options.address, product.variants[0].id))
        for event in itertools.islice(watch(channel, product.id), options.events):
            print(describe(event), flush=True)


if __name__ == "__main__":
    try:
        main()
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
    except KeyboardInterrupt:
        pass
