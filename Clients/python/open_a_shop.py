"""Opens a shop: applies as a seller, waits until staff approve, brings products in, and prints what shoppers see.

The account must be registered, and its address verified. The password is in FASTSHOP_PASSWORD. Run it again as often as
you like: what is done stays as it is.
"""

import argparse
import base64
import os
import sys
import time
import uuid

import amounts
import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from fastshop.catalog.v1 import catalog_service_pb2 as catalog, catalog_service_pb2_grpc as catalog_grpc
from fastshop.catalog.v1 import media_service_pb2 as media, media_service_pb2_grpc as media_grpc
from fastshop.catalog.v1 import product_pb2
from fastshop.catalog.v1 import product_service_pb2 as products, product_service_pb2_grpc as products_grpc
from fastshop.catalog.v1 import product_sort_pb2
from fastshop.identity.v1 import auth_service_pb2 as auth, auth_service_pb2_grpc as auth_grpc
from fastshop.inventory.v1 import inventory_service_pb2 as inventory, inventory_service_pb2_grpc as inventory_grpc
from fastshop.sellers.v1 import seller_admin_service_pb2 as admin, seller_admin_service_pb2_grpc as admin_grpc
from fastshop.sellers.v1 import seller_application_pb2 as applications
from fastshop.sellers.v1 import seller_service_pb2 as sellers, seller_service_pb2_grpc as sellers_grpc

DEADLINE_SECONDS = 10
POLL_SECONDS = 2
IN_STOCK = 25
# A PNG of one pixel. JPEG and WebP do as well.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
TRADER = {
    "company_name": "Oak & Iron GmbH", "street_lines": ["Ring 1"], "city": "Wien", "postal_code": "1010",
    "country": "AT", "vat_id": "ATU12345675", "email": "oak@example.com", "phone": "+43 1 2345678",
}
# The products as the seller's own system has them, by the ids that it gave them.
PRODUCTS = {"desk": ("Writing desk", 34_900, ["120 cm", "140 cm"]), "lamp": ("Reading lamp", 8_900, ["Black", "Brass"])}


class Caller:
    """Calls in the name of an account, with deadlines and request ids."""

    def __init__(self, channel: grpc.Channel, token: str) -> None:
        self._channel, self._metadata = channel, [("authorization", f"Bearer {token}")]

    def call(self, stub: type, method: str, request):
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            request.request_id = str(uuid.uuid4())
        return getattr(stub(self._channel), method)(request, metadata=self._metadata, timeout=DEADLINE_SECONDS)

    def upload(self, product_id: str, content: bytes, alt: str) -> None:
        request = media.UploadMediaRequest(
            request_id=str(uuid.uuid4()), product_id=product_id, alt=alt, chunk=content)
        stub = media_grpc.MediaServiceStub(self._channel)
        stub.UploadMedia(iter([request]), metadata=self._metadata, timeout=DEADLINE_SECONDS)


def reason(error: grpc.RpcError) -> str:
    """The reason of an error, by which programs tell errors with the same code apart."""
    status, info = rpc_status.from_call(error), error_details_pb2.ErrorInfo()
    for detail in status.details if status else []:
        if detail.Unpack(info):
            return info.reason
    return ""


def approve_command(address: str, application_id: str) -> str:
    """The command by which staff approve, with their access token in FASTSHOP_TOKEN."""
    url = f"http://{address}/fastshop.sellers.v1.SellerAdminService/ApproveSeller"
    body = f'{{"applicationId": "{application_id}", "requestId": "{uuid.uuid4()}"}}'
    return f"curl --json '{body}' -H \"authorization: Bearer $FASTSHOP_TOKEN\" {url}"


def apply(caller: Caller, slug: str, name: str):
    """The application; None for an account that runs a shop already."""
    stub = sellers_grpc.SellerServiceStub
    try:
        request = sellers.ApplyAsSellerRequest(slug=slug, name=name, trader=TRADER)
        return caller.call(stub, "ApplyAsSeller", request).application
    except grpc.RpcError as error:
        if reason(error) == "APPLICANT_NOT_CUSTOMER":
            return None
        if reason(error) != "APPLICATION_WAITING":
            raise
        return caller.call(stub, "GetSellerApplication", sellers.GetSellerApplicationRequest()).application


def open_shop(channel: grpc.Channel, options) -> Caller:
    """Signs in, and applies unless that is done. Returns the seller."""
    stub = auth_grpc.AuthServiceStub(channel)
    sign_in = auth.SignInRequest(email=options.email, password=os.environ["FASTSHOP_PASSWORD"])
    tokens = stub.SignIn(sign_in, timeout=DEADLINE_SECONDS).tokens
    caller = Caller(channel, tokens.access_token)
    application = apply(caller, options.slug, options.name)
    if not application:
        return caller
    if options.approve:
        approval = admin.ApproveSellerRequest(application_id=application.id)
        staff = Caller(channel, os.environ["FASTSHOP_TOKEN"])
        staff.call(admin_grpc.SellerAdminServiceStub, "ApproveSeller", approval)
    else:
        print("The application waits for staff, who approve it with:", flush=True)
        print(" ", approve_command(options.address, application.id), flush=True)
    request = sellers.GetSellerApplicationRequest(application_id=application.id)
    while application.state == applications.SELLER_APPLICATION_STATE_SUBMITTED:
        time.sleep(POLL_SECONDS)
        try:
            application = caller.call(sellers_grpc.SellerServiceStub, "GetSellerApplication", request).application
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAUTHENTICATED:
                raise
            tokens = renewed(stub, tokens)
            caller = Caller(channel, tokens.access_token)
    if application.state == applications.SELLER_APPLICATION_STATE_REJECTED:
        sys.exit(f"The application was rejected: {application.reason}")
    print(f"The shop {application.slug} is open.", flush=True)
    # The approval has given the account another role, and has ended its access tokens. The next one has the role.
    return Caller(channel, renewed(stub, tokens).access_token)


def renewed(stub: auth_grpc.AuthServiceStub, tokens):
    request = auth.RefreshTokenRequest(refresh_token=tokens.refresh_token)
    return stub.RefreshToken(request, timeout=DEADLINE_SECONDS).tokens


def row(external_id: str, category_id: str) -> dict:
    title, price, sizes = PRODUCTS[external_id]
    variants = [
        {"sku": f"{external_id}-{number}", "price": {"amount_minor": price, "currency": "EUR"},
         "options": [{"name": "Kind", "value": size}]}
        for number, size in enumerate(sizes, start=1)
    ]
    return {"external_id": external_id, "title": title, "category_id": category_id, "variants": variants}


def bring_in(caller: Caller, category_id: str) -> str:
    """Brings all products in, and puts them on sale. Returns the seller's id."""
    request = products.UpsertProductsRequest(products=[row(name, category_id) for name in PRODUCTS])
    outcomes = caller.call(products_grpc.ProductServiceStub, "UpsertProducts", request).outcomes
    for name, outcome in zip(PRODUCTS, outcomes, strict=True):
        kind = outcome.WhichOneof("outcome")
        if kind == "refusal":
            sys.exit(f"{name}: {outcome.refusal.field}: {outcome.refusal.message}")
        print(f"{name}: {kind}")
        draft = caller.call(
            products_grpc.ProductServiceStub, "GetProductDraft",
            products.GetProductDraftRequest(product_id=getattr(outcome, kind).product_id)).product
        for variant in draft.variants:
            counted = inventory.SetStockRequest(variant_id=variant.id, on_hand=IN_STOCK)
            caller.call(inventory_grpc.InventoryServiceStub, "SetStock", counted)
        if not draft.images:
            caller.upload(draft.id, PICTURE, draft.title)
        if draft.status == product_pb2.PRODUCT_STATUS_DRAFT:
            publication = products.PublishProductRequest(product_id=draft.id)
            caller.call(products_grpc.ProductServiceStub, "PublishProduct", publication)
    return draft.seller_id


def browse(channel: grpc.Channel, seller_id: str) -> None:
    """Prints what everybody sees of the shop."""
    request = catalog.ListProductsRequest(seller_id=seller_id, sort=product_sort_pb2.PRODUCT_SORT_NEWEST)
    page = catalog_grpc.CatalogServiceStub(channel).ListProducts(request, timeout=DEADLINE_SECONDS)
    for product in page.products:
        stock = inventory_grpc.InventoryServiceStub(channel).GetStock(
            inventory.GetStockRequest(product_id=product.id), timeout=DEADLINE_SECONDS)
        available = sum(one.available for one in stock.stocks)
        print(f"{amounts.shown(product.price)}  {product.title}: {available} available")


def first_leaf(channel: grpc.Channel) -> str:
    """The id of the first category without children."""
    page = catalog_grpc.CatalogServiceStub(channel).ListCategories(
        catalog.ListCategoriesRequest(), timeout=DEADLINE_SECONDS)
    parents = {category.parent_id for category in page.categories}
    return next(category.id for category in page.categories if category.id not in parents)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", nargs="?", default=os.environ.get("FASTSHOP_ADDRESS", "127.0.0.1:8080"))
    parser.add_argument("--email", required=True, help="of the account")
    parser.add_argument("--slug", default="oak-and-iron-vienna", help="the shop's name in URLs")
    parser.add_argument("--name", default="Oak & Iron Vienna", help="the shop's name")
    parser.add_argument("--approve", action="store_true", help="with the access token of staff in FASTSHOP_TOKEN")
    options = parser.parse_args()
    with grpc.insecure_channel(options.address) as channel:
        seller = open_shop(channel, options)
        browse(channel, bring_in(seller, first_leaf(channel)))


if __name__ == "__main__":
    try:
        main()
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
    except KeyboardInterrupt:
        pass
