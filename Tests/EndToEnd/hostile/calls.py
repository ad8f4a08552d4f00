"""The calls that the attacks consist of."""

from hostile.frames import message

CHECK = "/grpc.health.v1.Health/Check"
HEALTH_WATCH = "/grpc.health.v1.Health/Watch"
GET = "/fastshop.catalog.v1.CatalogService/GetProduct"
LIST = "/fastshop.catalog.v1.CatalogService/ListProducts"
STOCK = "/fastshop.inventory.v1.InventoryService/GetStock"
WATCH_STOCK = "/fastshop.inventory.v1.InventoryService/WatchInventory"
ADJUST = "/fastshop.inventory.v1.InventoryService/AdjustStock"

GOOD_CALL = (CHECK, message(b""))
