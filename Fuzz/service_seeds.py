"""Seeds of requests to the shop's own methods, in JSON and in protobuf's wire format."""

import json

GUEST, ADMIN, CUSTOMER, KEY, SELLER = range(5)
BINARY, JSON = range(2)
# They stand for the accounts' ids: those of an admin and of a customer.
ADMIN_ID, CUSTOMER_ID = (f"00000000-0000-7000-8000-00000000000{number}" for number in (1, 2))
# Of the demo shop, which is the same at every run.
CATEGORY = "018cc251-f440-7c0d-87b0-fe0a19f5659d"
NEW = "0190b5a4-8f3e-4c21-9d5e-2b6f0a7c4e"
CATALOG, IDENTITY, INVENTORY = "fastshop.catalog.v1", "fastshop.identity.v1", "fastshop.inventory.v1"
SECURITY, AUDIT = "fastshop.security.v1.SecurityService", "fastshop.audit.v1.AuditService"
FAR = "9999-12-31T23:59:59.999999999Z"


def head(method, caller, encoding):
    number = 0x811C9DC5
    for byte in method.encode():
        number = (number ^ byte) * 0x01000193 % 2**32
    return number.to_bytes(4, "big") + bytes([caller, encoding])


def in_json(method, caller, fields):
    return head(method, caller, JSON) + json.dumps(fields).encode()


def in_binary(method, caller, data):
    return head(method, caller, BINARY) + data


def services():
    address = {
        "recipient": "Ada Lovelace", "streetLines": ["Ring 1"], "city": "Wien", "postalCode": "1010", "country": "AT"}
    rows = [
        (f"{CATALOG}.CatalogService/ListProducts", GUEST, {"pageSize": 3, "categoryId": CATEGORY, "sort": 5}),
        (f"{CATALOG}.CatalogService/ListProducts", GUEST, {
            "minPriceMinor": "0", "maxPriceMinor": "9223372036854775807",
            "pageToken": "UEw1aJp4iH0lgAAAAAAAAAABjMJR-yx8263Ux5j130TgyhsPjg"}),
        (f"{CATALOG}.CatalogService/GetProduct", GUEST, {"slug": "a"}),
        (f"{CATALOG}.CatalogService/ListCategories", GUEST, {"parentId": CATEGORY, "depthLimit": 2147483647}),
        (f"{INVENTORY}.InventoryService/GetStock", GUEST, {"variantIds": [CATEGORY] * 3}),
        (f"{INVENTORY}.InventoryService/AdjustStock", ADMIN, {
            "variantId": CATEGORY, "delta": "-9223372036854775808", "reason": 1, "requestId": NEW + "01"}),
        (f"{INVENTORY}.InventoryService/WatchInventory", GUEST, {"categoryId": CATEGORY, "cursor": "RQAAAAE"}),
        (f"{SECURITY}/ListSecurityEvents", ADMIN, {"pageSize": 250, "userId": ADMIN_ID, "kind": 1}),
        (f"{SECURITY}/WatchSecurityEvents", KEY, {"userId": CUSTOMER_ID}),
        (f"{AUDIT}/ListAuditEntries", ADMIN, {"startTime": "0001-01-01T00:00:00Z", "endTime": FAR}),
        (f"{IDENTITY}.AccountService/CreateAddress", CUSTOMER, {"address": address, "requestId": NEW + "02"}),
        (f"{IDENTITY}.AccountService/UpdateProfile", CUSTOMER, {
            "profile": {"displayName": "e\u0301\u202e", "phone": "+4312345678"}, "updateMask": "displayName,phone",
            "requestId": NEW + "03"}),
        (f"{IDENTITY}.UserService/ListUsers", ADMIN, {"pageSize": 2, "search": "\u0130"}),
        (f"{IDENTITY}.UserService/GetUser", ADMIN, {"userId": CUSTOMER_ID}),
        (f"{IDENTITY}.UserService/SetUserRole", ADMIN, {
            "userId": CUSTOMER_ID, "role": "support", "requestId": NEW + "04"}),
        (f"{IDENTITY}.RoleService/CreateRole", ADMIN, {
            "role": {"name": "auditor", "title": "Auditor", "permissions": ["audit.read"]}, "requestId": NEW + "05"}),
        (f"{IDENTITY}.RoleService/DeleteRole", ADMIN, {"name": "\u0301" * 300, "requestId": NEW + "06"}),
        (f"{IDENTITY}.ApiKeyService/CreateApiKey", ADMIN, {
            "name": "a till", "scopes": ["inventory.write"], "expireTime": FAR, "requestId": NEW + "07",
            "limit": {"callsPerMinute": 2147483647, "burst": 2147483647}}),
        (f"{IDENTITY}.ApiKeyService/RotateApiKey", ADMIN, {
            "apiKeyId": CATEGORY, "overlapSeconds": "9223372036854775807", "requestId": NEW + "08"}),
        (f"{IDENTITY}.InvitationService/CreateInvitation", ADMIN, {
            "email": "g@example.com", "role": "support", "requestId": NEW + "09"}),
        (f"{IDENTITY}.DeviceService/BeginDeviceSignIn", GUEST, {"device": "a kiosk"}),
        (f"{IDENTITY}.DeviceService/DecideDeviceSignIn", CUSTOMER, {"userCode": "ABCD-EFGH", "requestId": NEW + "10"}),
        (f"{IDENTITY}.AuthService/RefreshToken", GUEST, {"refreshToken": "A" * 43}),
        (f"{IDENTITY}.SessionService/RevokeSession", CUSTOMER, {"sessionId": CATEGORY, "requestId": NEW + "11"}),
    ]
    # A list of products from -1 on, of an unknown order, from a price that is no number of 32 bits.
    page = b"\x08" + b"\xff" * 9 + b"\x01" + b"\x40\xff\xff\xff\xff\x07" + b"\x30\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
    # A key that ends in the year 318,857, and one that ended before there were years.
    late, early = b"\x08\x80\xc0\xca\xf3\x84\xa3\x02", b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"
    named, scoped = b"\x0a\x01k", b"\x12\x0finventory.write"
    identified = b"\x2a\x24" + (NEW + "12").encode()
    keys = [named + scoped + b"\x22" + bytes([len(time)]) + time + identified for time in (late, early)]
    return [
        *(in_json(*row) for row in rows),
        in_binary(f"{CATALOG}.CatalogService/ListProducts", GUEST, page),
        *(in_binary(f"{IDENTITY}.ApiKeyService/CreateApiKey", ADMIN, key) for key in keys),
        in_binary(f"{INVENTORY}.InventoryService/GetStock", GUEST, b"\x0a\x02\xed\xa0" * 300),
        in_binary(f"{IDENTITY}.AuthService/VerifyEmail", GUEST, b"\x0a\x01*"),
        in_binary(f"{INVENTORY}.InventoryService/WatchInventory", GUEST, b"\x12\x24" + CATEGORY.encode() + b"\x2a\x00"),
    ]


SEEDS = {"services": services}
