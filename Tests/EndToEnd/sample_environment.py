"""The environment of sample requests: a server, and accounts with resources."""

import base64
import dataclasses
import time
import uuid

import pyotp
from fastshop.catalog.v1 import category_service_pb2 as categories
from fastshop.catalog.v1 import category_service_pb2_grpc as categories_grpc
from fastshop.catalog.v1 import channel_service_pb2 as channels
from fastshop.catalog.v1 import channel_service_pb2_grpc as channels_grpc
from fastshop.catalog.v1 import collection_service_pb2 as collections
from fastshop.catalog.v1 import collection_service_pb2_grpc as collections_grpc
from fastshop.catalog.v1 import digital_goods_service_pb2 as goods
from fastshop.catalog.v1 import digital_goods_service_pb2_grpc as goods_grpc
from fastshop.catalog.v1 import price_service_pb2 as prices
from fastshop.catalog.v1 import price_service_pb2_grpc as prices_grpc
from fastshop.catalog.v1 import product_page_service_pb2 as product_pages
from fastshop.catalog.v1 import product_page_service_pb2_grpc as product_pages_grpc
from fastshop.catalog.v1 import product_service_pb2 as products
from fastshop.catalog.v1 import product_service_pb2_grpc as products_grpc
from fastshop.catalog.v1 import product_type_service_pb2 as product_types
from fastshop.catalog.v1 import product_type_service_pb2_grpc as product_types_grpc
from fastshop.catalog.v1 import variant_service_pb2 as variants
from fastshop.catalog.v1 import variant_service_pb2_grpc as variants_grpc
from fastshop.identity.v1 import account_service_pb2 as account
from fastshop.identity.v1 import account_service_pb2_grpc as account_grpc
from fastshop.identity.v1 import invitation_service_pb2 as invitations
from fastshop.identity.v1 import invitation_service_pb2_grpc as invitations_grpc
from fastshop.identity.v1 import api_key_service_pb2 as api_keys
from fastshop.identity.v1 import api_key_service_pb2_grpc as api_keys_grpc
from fastshop.identity.v1 import client_certificate_service_pb2 as certificates
from fastshop.identity.v1 import client_certificate_service_pb2_grpc as certificates_grpc
from fastshop.identity.v1 import role_service_pb2 as roles
from fastshop.identity.v1 import role_service_pb2_grpc as roles_grpc
from fastshop.identity.v1 import second_factor_service_pb2 as factor
from fastshop.sellers.v1 import seller_service_pb2 as sellers
from fastshop.sellers.v1 import seller_service_pb2_grpc as sellers_grpc
from accounts import PASSWORD, bearer, factor_of, new_account
from stubs import CALL_SECONDS, products_of, with_id

ADDRESS = {
    "recipient": "Ada Lovelace", "street_lines": ["Ring 1"], "city": "Wien", "postal_code": "1010", "country": "AT",
}

PRICE = {"amount_minor": 100, "currency": "EUR"}

# A PNG of one pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

TRADER = {
    "company_name": "Oak & Iron GmbH", "street_lines": ["Ring 1"], "city": "Wien", "postal_code": "1010",
    "country": "AT", "register_number": "FN 123456a, Handelsgericht Wien", "vat_id": "ATU12345675",
    "email": "oak@example.com", "phone": "+43 1 2345678",
}


def application_fields() -> dict:
    return {"slug": f"shop-{uuid.uuid4()}", "name": "Oak & Iron", "description": "Desks", "trader": TRADER}


@dataclasses.dataclass
class SampleRequest:
    """A request that succeeds, once."""

    fields: dict
    # Other fields, for another request under the same id; none where there is nothing else to ask for.
    other: dict
    metadata: list[tuple[str, str]]
    # The states of the resource in the audit log: "before", "after", both, or none if the log omits them.
    audited: str = ""
    # How many copies are sent at once, half of them to each of two servers.
    at_once: int = 6


class SampleEnvironment:
    """The environment of sample requests: a server and accounts with resources."""

    def __init__(self, shop, cluster) -> None:
        self.shop, self.cluster = shop, cluster
        self.staff = bearer(shop.staff_token)

    def person(self, name: str = "someone"):
        return new_account(self.shop, self.cluster, name)

    def user(self) -> str:
        """A user's UUID."""
        person = self.person()
        return self.cluster.sql(
            self.shop.database, f"SELECT id FROM identity.user WHERE email_key = '{person.email}'").strip()

    def warehouse(self, seller: str) -> str:
        """A new warehouse of a seller: its UUID."""
        return self.cluster.sql(
            self.shop.database,
            f"INSERT INTO inventory.warehouse (seller_id, name) VALUES ('{seller}', 'Outlet') RETURNING id").strip()

    def role(self) -> dict:
        """A custom role."""
        made = {"name": f"r{uuid.uuid4().hex[:20]}", "title": "Auditor", "permissions": ["audit.read"]}
        request = with_id(roles.CreateRoleRequest(role=made))
        roles_grpc.RoleServiceStub(self.shop.channel).CreateRole(
            request, metadata=self.staff, timeout=CALL_SECONDS)
        return made

    def invitation(self, email: str):
        request = with_id(invitations.CreateInvitationRequest(email=email, role="support"))
        stub = invitations_grpc.InvitationServiceStub(self.shop.channel)
        return stub.CreateInvitation(request, metadata=self.staff, timeout=CALL_SECONDS).invitation

    def application(self) -> str:
        """The UUID of an application that waits."""
        return self.applicant()[0]

    def applicant(self) -> tuple[str, list[tuple[str, str]]]:
        """The UUID of an application that waits, and what its applicant calls with."""
        own = bearer(self.person().tokens(self.shop).access_token)
        request = with_id(sellers.ApplyAsSellerRequest(**application_fields()))
        stub = sellers_grpc.SellerServiceStub(self.shop.channel)
        return stub.ApplyAsSeller(request, metadata=own, timeout=CALL_SECONDS).application.id, own

    def document(self) -> tuple[str, list[tuple[str, str]]]:
        """The UUID of a document of an application that waits, and what its applicant calls with."""
        application, own = self.applicant()
        first = with_id(
            sellers.UploadSellerDocumentRequest(application_id=application, name="Extract", chunk=PIXEL))
        stub = sellers_grpc.SellerServiceStub(self.shop.channel)
        answer = stub.UploadSellerDocument(iter([first]), metadata=own, timeout=CALL_SECONDS)
        return answer.document.id, own

    def seller(self, state: str = "active") -> str:
        """The UUID of a seller without products and people."""
        seller = str(uuid.uuid4())
        self.cluster.sql(
            self.shop.database,
            f"INSERT INTO catalog.seller (id, slug, name) VALUES ('{seller}', 'shop-{seller}', 'Oak');"
            f" INSERT INTO sellers.shop (seller_id, state) VALUES ('{seller}', '{state}')")
        return seller

    def team(self) -> tuple[str, str]:
        """The UUIDs of a seller, and of a user who looks after the seller's products."""
        seller, user = self.seller(), self.user()
        self.cluster.sql(
            self.shop.database,
            f"UPDATE identity.user SET role = 'seller', seller_id = '{seller}', shop_role = 'catalog'"
            f" WHERE id = '{user}'")
        return seller, user

    def api_key(self) -> str:
        """An API key's UUID."""
        request = with_id(api_keys.CreateApiKeyRequest(name="a till", scopes=["inventory.write", "sellers.any"]))
        stub = api_keys_grpc.ApiKeyServiceStub(self.shop.channel)
        return stub.CreateApiKey(request, metadata=self.staff, timeout=CALL_SECONDS).api_key.id

    def certificate(self) -> str:
        """The UUID of a certificate's entry."""
        subject = f"uri:spiffe://shop/{uuid.uuid4()}"
        request = with_id(
            certificates.CreateCertificateRequest(
                name="a till", subject=subject, scopes=["inventory.write", "sellers.any"]))
        stub = certificates_grpc.ClientCertificateServiceStub(self.shop.channel)
        return stub.CreateCertificate(request, metadata=self.staff, timeout=CALL_SECONDS).certificate.id

    def category(self, title: str = "Lamps"):
        """A new, empty category."""
        request = with_id(categories.CreateCategoryRequest(category={"title": title}))
        stub = categories_grpc.CategoryServiceStub(self.shop.channel)
        return stub.CreateCategory(request, metadata=self.staff, timeout=CALL_SECONDS).category

    def product_type(self):
        """A new type of products."""
        request = with_id(product_types.CreateProductTypeRequest(product_type={"title": str(uuid.uuid4())}))
        stub = product_types_grpc.ProductTypeServiceStub(self.shop.channel)
        return stub.CreateProductType(request, metadata=self.staff, timeout=CALL_SECONDS).product_type

    def collection(self):
        """A new collection without products."""
        request = with_id(collections.CreateCollectionRequest(collection={"title": "Gifts"}))
        stub = collections_grpc.CollectionServiceStub(self.shop.channel)
        return stub.CreateCollection(request, metadata=self.staff, timeout=CALL_SECONDS).collection

    def channel(self):
        """A new sales channel."""
        fields = {"code": str(uuid.uuid4()), "title": "Outlet", "currency": "EUR"}
        request = with_id(channels.CreateChannelRequest(channel=fields))
        stub = channels_grpc.ChannelServiceStub(self.shop.channel)
        return stub.CreateChannel(request, metadata=self.staff, timeout=CALL_SECONDS).channel

    def channel_listing(self):
        """A listing of a new draft in the channel of the web shop."""
        listing = {"channel": "web", "product_id": self.product().id, "is_listed": True}
        request = with_id(channels.SetChannelListingRequest(channel_listing=listing))
        stub = channels_grpc.ChannelServiceStub(self.shop.channel)
        return stub.SetChannelListing(request, metadata=self.staff, timeout=CALL_SECONDS).channel_listing

    def price_list(self):
        """A new price list without prices."""
        fields = {"seller_id": products_of(self.shop)[0].seller_id, "title": "Web", "currency": "EUR"}
        request = with_id(prices.CreatePriceListRequest(price_list=fields | {"segment": str(uuid.uuid4())}))
        stub = prices_grpc.PriceServiceStub(self.shop.channel)
        return stub.CreatePriceList(request, metadata=self.staff, timeout=CALL_SECONDS).price_list

    def product_page(self):
        """A new product page with a variant of a new draft."""
        request = with_id(product_pages.JoinProductPageRequest(variant_ids=[self.complete_product().variants[0].id]))
        stub = product_pages_grpc.ProductPageServiceStub(self.shop.channel)
        return stub.JoinProductPage(request, metadata=self.staff, timeout=CALL_SECONDS).page

    def scheduled_price(self):
        """A price of a new draft that is scheduled for tomorrow."""
        now = int(time.time())
        request = with_id(prices.SchedulePricesRequest(
            rows=[{"variant_id": self.complete_product().variants[0].id, "price": PRICE}],
            start_time={"seconds": now + 86_400}, end_time={"seconds": now + 2 * 86_400}))
        stub = prices_grpc.PriceServiceStub(self.shop.channel)
        return stub.SchedulePrices(request, metadata=self.staff, timeout=CALL_SECONDS).outcomes[0].price

    def images(self, count: int) -> tuple[str, list[str]]:
        """A new draft with so many images, which were never uploaded: its UUID, and theirs."""
        product = self.product().id
        made = self.cluster.sql(
            self.shop.database,
            "INSERT INTO catalog.image (product_id, seller_id, position, url, width, height)"
            f" SELECT id, seller_id, n, '/media/lamp.jpg', 1, 1 FROM catalog.product, generate_series(1, {count}) n"
            f" WHERE id = '{product}' RETURNING id")
        ids = [line.strip() for line in made.splitlines() if len(line.strip()) == 36]
        assert len(ids) == count, made
        return product, ids

    def attachments(self, count: int) -> tuple[str, list[str]]:
        """A new draft with so many documents, which were never uploaded: its UUID, and theirs."""
        product = self.product().id
        self._note_file("document", "application/pdf")
        made = self.cluster.sql(
            self.shop.database,
            "INSERT INTO catalog.attachment (product_id, seller_id, position, kind, url, file_hash)"
            " SELECT id, seller_id, n, 'document', '/media/manual.pdf', sha256('document')"
            f" FROM catalog.product, generate_series(1, {count}) n WHERE id = '{product}' RETURNING id")
        ids = [line.strip() for line in made.splitlines() if len(line.strip()) == 36]
        assert len(ids) == count, made
        return product, ids

    def digital_file(self) -> str:
        """A file of a variant of a new draft, which was never uploaded."""
        variant = self.complete_product().variants[0].id
        self._note_file("digital_file", "application/octet-stream")
        made = self.cluster.sql(
            self.shop.database,
            "INSERT INTO catalog.digital_file (variant_id, seller_id, file_name, file_hash)"
            " SELECT id, seller_id, 'song.flac', sha256('digital_file')"
            f" FROM catalog.variant WHERE id = '{variant}' RETURNING id")
        return next(line.strip() for line in made.splitlines() if len(line.strip()) == 36)

    def licensed_variant(self, *keys: str) -> str:
        """A variant of a new draft, with licence keys."""
        variant = self.complete_product().variants[0].id
        stub = goods_grpc.DigitalGoodsServiceStub(self.shop.channel)
        request = with_id(goods.AddLicenceKeysRequest(variant_id=variant, licence_keys=keys))
        stub.AddLicenceKeys(request, metadata=self.staff, timeout=CALL_SECONDS)
        return variant

    def _note_file(self, kind: str, content_type: str) -> None:
        self.cluster.sql(
            self.shop.database,
            "INSERT INTO catalog.media_file (hash, kind, content_type, size_bytes)"
            f" VALUES (sha256('{kind}'), '{kind}', '{content_type}', 4) ON CONFLICT DO NOTHING")

    def product(self):
        """A new draft."""
        example = products_of(self.shop)[0]
        fields = {"title": "Desk", "category_id": example.category_id, "seller_id": example.seller_id}
        stub = products_grpc.ProductServiceStub(self.shop.channel)
        request = with_id(products.CreateProductRequest(product=fields))
        return stub.CreateProduct(request, metadata=self.staff, timeout=CALL_SECONDS).product

    def complete_product(self):
        """A new draft that can be published: it has an image, and two variants with two options."""
        product = self.product().id
        self.cluster.sql(
            self.shop.database,
            "INSERT INTO catalog.image (product_id, seller_id, position, url, width, height)"
            f" SELECT id, seller_id, 1, '/media/desk.jpg', 1, 1 FROM catalog.product WHERE id = '{product}'")
        axes = [{"name": "Colour", "values": ["Oak", "Ash"]}, {"name": "Size", "values": ["L"]}]
        request = with_id(variants.CreateVariantsRequest(
            product_id=product, axes=axes, sku_pattern=f"{uuid.uuid4().hex}-{{options}}", price=PRICE))
        stub = variants_grpc.VariantServiceStub(self.shop.channel)
        return stub.CreateVariants(request, metadata=self.staff, timeout=CALL_SECONDS).product

    def address(self):
        """A user with an address: their credentials, and the address."""
        own = bearer(self.person().tokens(self.shop).access_token)
        stub = account_grpc.AccountServiceStub(self.shop.channel)
        request = with_id(account.CreateAddressRequest(address=ADDRESS))
        return own, stub.CreateAddress(request, metadata=own, timeout=CALL_SECONDS).address

    def authenticator(self):
        """A user who is about to enrol a second factor: their credentials and their authenticator."""
        own = bearer(self.person().tokens(self.shop).access_token)
        begun = factor_of(self.shop).BeginEnrolment(
            factor.BeginEnrolmentRequest(password=PASSWORD), metadata=own, timeout=CALL_SECONDS)
        return own, pyotp.parse_uri(begun.otpauth_uri)

    def enrolled(self):
        """A user with a second factor: their credentials, and an unused code."""
        own, app = self.authenticator()
        now = time.time()
        factor_of(self.shop).ConfirmEnrolment(
            with_id(factor.ConfirmEnrolmentRequest(code=app.at(now))), metadata=own, timeout=CALL_SECONDS)
        return own, app.at(now + app.interval)
