"""One valid request for each method that changes the catalogue."""

import time
import uuid
from collections.abc import Callable

from fastshop.catalog.v1 import translation_pb2
from sample_environment import PIXEL, PRICE, SampleEnvironment, SampleRequest
from stubs import products_of


def create_category(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"category": {"title": "Lamps"}}, {"category": {"title": "Desks"}}, env.staff, "after")


def update_category(env: SampleEnvironment) -> SampleRequest:
    changed = {"id": env.category().id, "title": "Desks"}
    return SampleRequest(
        {"category": changed}, {"category": changed | {"title": "Chairs"}}, env.staff, "before after")


def move_category(env: SampleEnvironment) -> SampleRequest:
    fields = {"category_id": env.category().id, "parent_id": env.category("Home").id}
    return SampleRequest(fields, {"position": 1}, env.staff, "before after")


def merge_categories(env: SampleEnvironment) -> SampleRequest:
    fields = {"category_id": env.category().id, "target_category_id": env.category("Home").id}
    return SampleRequest(fields, {"etag": "v7"}, env.staff, "before after")


def delete_category(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"category_id": env.category().id}, {"etag": "v7"}, env.staff, "before")


def set_translations(env: SampleEnvironment) -> SampleRequest:
    fields = {
        "kind": translation_pb2.TRANSLATED_KIND_PRODUCT, "resource_id": env.product().id, "locale": "de",
        "texts": {"title": "Tisch"},
    }
    return SampleRequest(fields, {"texts": {"title": "Pult"}}, env.staff, "after")


def join_product_page(env: SampleEnvironment) -> SampleRequest:
    fields = {"variant_ids": [env.complete_product().variants[0].id]}
    return SampleRequest(fields, {"variant_ids": [str(uuid.uuid4())]}, env.staff, "after")


def leave_product_page(env: SampleEnvironment) -> SampleRequest:
    page = env.product_page()
    fields = {"page_id": page.id, "variant_ids": list(page.joined_variant_ids)}
    return SampleRequest(fields, {"etag": "v7"}, env.staff, "before after")


def set_product_page_source(env: SampleEnvironment) -> SampleRequest:
    fields = {"page_id": env.product_page().id, "product_id": env.product().id}
    return SampleRequest(fields, {"product_id": ""}, env.staff, "before after")


def merge_product_page(env: SampleEnvironment) -> SampleRequest:
    fields = {"page_id": env.product_page().id, "target_page_id": env.product_page().id}
    return SampleRequest(fields, {"target_page_id": ""}, env.staff, "before after")


def create_product_type(env: SampleEnvironment) -> SampleRequest:
    made = {"title": str(uuid.uuid4())}
    return SampleRequest({"product_type": made}, {"product_type": {"title": "Other"}}, env.staff, "after")


def update_product_type(env: SampleEnvironment) -> SampleRequest:
    changed = {"id": env.product_type().id, "title": str(uuid.uuid4())}
    other = {"product_type": changed | {"title": "Other"}}
    return SampleRequest({"product_type": changed}, other, env.staff, "before after")


def delete_product_type(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"product_type_id": env.product_type().id}, {"etag": "v7"}, env.staff, "before")


def create_collection(env: SampleEnvironment) -> SampleRequest:
    made = {"title": "Gifts", "slug": str(uuid.uuid4())}
    return SampleRequest({"collection": made}, {"collection": made | {"title": "Other"}}, env.staff, "after")


def update_collection(env: SampleEnvironment) -> SampleRequest:
    changed = {"id": env.collection().id, "title": "Gifts"}
    other = {"collection": changed | {"title": "Other"}}
    return SampleRequest({"collection": changed}, other, env.staff, "before after")


def delete_collection(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"collection_id": env.collection().id}, {"etag": "v7"}, env.staff, "before")


def set_collection_products(env: SampleEnvironment) -> SampleRequest:
    fields = {"collection_id": env.collection().id, "product_ids": [products_of(env.shop)[0].id]}
    return SampleRequest(fields, {"product_ids": []}, env.staff, "before after")


def upload_media(env: SampleEnvironment) -> SampleRequest:
    product, _ = env.images(1)
    return SampleRequest({"product_id": product, "chunk": PIXEL}, {"alt": "A lamp"}, env.staff, "after")


def update_media(env: SampleEnvironment) -> SampleRequest:
    image = {"id": env.images(1)[1][0], "alt": "A lamp"}
    return SampleRequest({"image": image}, {"image": image | {"alt": "A desk"}}, env.staff, "before after")


def reorder_media(env: SampleEnvironment) -> SampleRequest:
    product, ids = env.images(2)
    return SampleRequest(
        {"product_id": product, "image_ids": ids[::-1]}, {"image_ids": ids}, env.staff, "before after")


def delete_media(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"image_id": env.images(2)[1][0]}, {"image_id": str(uuid.uuid4())}, env.staff, "before")


def update_attachment(env: SampleEnvironment) -> SampleRequest:
    attachment = {"id": env.attachments(1)[1][0], "title": "Manual"}
    other = {"attachment": attachment | {"title": "Plan"}}
    return SampleRequest({"attachment": attachment}, other, env.staff, "before after")


def reorder_attachments(env: SampleEnvironment) -> SampleRequest:
    product, ids = env.attachments(2)
    return SampleRequest(
        {"product_id": product, "attachment_ids": ids[::-1]}, {"attachment_ids": ids}, env.staff, "before after")


def delete_attachment(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest(
        {"attachment_id": env.attachments(1)[1][0]}, {"attachment_id": str(uuid.uuid4())}, env.staff, "before")


def upload_digital_file(env: SampleEnvironment) -> SampleRequest:
    fields = {"variant_id": env.complete_product().variants[0].id, "file_name": "song.flac", "chunk": b"la la la"}
    return SampleRequest(fields, {"file_name": "other.flac"}, env.staff, "after")


def delete_digital_file(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"file_id": env.digital_file()}, {"file_id": str(uuid.uuid4())}, env.staff, "before")


def add_licence_keys(env: SampleEnvironment) -> SampleRequest:
    fields = {"variant_id": env.complete_product().variants[0].id, "licence_keys": ["AAAA-1", "AAAA-2"]}
    return SampleRequest(fields, {"licence_keys": ["AAAA-3"]}, env.staff, "before after")


def withdraw_licence_keys(env: SampleEnvironment) -> SampleRequest:
    fields = {"variant_id": env.licensed_variant("AAAA-1", "AAAA-2"), "licence_keys": ["AAAA-1"]}
    return SampleRequest(fields, {"licence_keys": ["AAAA-2"]}, env.staff, "before after")


def create_product(env: SampleEnvironment) -> SampleRequest:
    example = products_of(env.shop)[0]
    fields = {"title": "Desk", "category_id": example.category_id, "seller_id": example.seller_id}
    return SampleRequest({"product": fields}, {"product": fields | {"title": "Lamp"}}, env.staff, "after")


def update_product(env: SampleEnvironment) -> SampleRequest:
    changed = {"id": env.product().id, "title": "Lamp"}
    return SampleRequest({"product": changed}, {"product": changed | {"title": "Bed"}}, env.staff, "before after")


def upsert_products(env: SampleEnvironment) -> SampleRequest:
    example = products_of(env.shop)[0]
    row = {"external_id": str(uuid.uuid4()), "title": "Desk", "category_id": example.category_id}
    fields = {"products": [row], "seller_id": example.seller_id}
    return SampleRequest(fields, {"products": [row | {"title": "Lamp"}]}, env.staff, "after")


def publish_product(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"product_id": env.complete_product().id}, {"etag": "v7"}, env.staff, "before after")


def unpublish_product(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"product_id": env.product().id}, {"etag": "v7"}, env.staff, "before after")


def archive_product(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"product_id": env.product().id}, {"etag": "v7"}, env.staff, "before after")


def delete_product(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"product_id": env.product().id}, {"etag": "v7"}, env.staff, "before")


def duplicate_product(env: SampleEnvironment) -> SampleRequest:
    fields = {"product_id": env.complete_product().id, "sku_suffix": "-COPY"}
    return SampleRequest(fields, {"title": "Bed"}, env.staff, "after")


def create_variants(env: SampleEnvironment) -> SampleRequest:
    fields = {"product_id": env.product().id, "sku_pattern": str(uuid.uuid4()), "price": PRICE}
    return SampleRequest(fields, {"sku_pattern": "other"}, env.staff, "before after")


def update_variant(env: SampleEnvironment) -> SampleRequest:
    changed = {"id": env.complete_product().variants[0].id, "gtin": "4006381333931"}
    return SampleRequest({"variant": changed}, {"variant": changed | {"weight_grams": 9}}, env.staff, "before after")


def delete_variant(env: SampleEnvironment) -> SampleRequest:
    variant = env.complete_product().variants[0].id
    return SampleRequest({"variant_id": variant}, {"etag": "v7"}, env.staff, "before after")


def reorder_variants(env: SampleEnvironment) -> SampleRequest:
    product = env.complete_product()
    ids = [variant.id for variant in reversed(product.variants)]
    return SampleRequest({"product_id": product.id, "variant_ids": ids}, {"etag": "v7"}, env.staff, "before after")


def reorder_options(env: SampleEnvironment) -> SampleRequest:
    fields = {"product_id": env.complete_product().id, "options": ["Size", "Colour"]}
    return SampleRequest(fields, {"etag": "v7"}, env.staff, "before after")


def set_prices(env: SampleEnvironment) -> SampleRequest:
    row = {"variant_id": env.complete_product().variants[0].id, "price": PRICE | {"amount_minor": 90}}
    return SampleRequest({"rows": [row]}, {"rows": [row | {"price": PRICE}]}, env.staff, "before after")


def schedule_prices(env: SampleEnvironment) -> SampleRequest:
    row = {"variant_id": env.complete_product().variants[0].id, "price": PRICE | {"amount_minor": 90}}
    fields = {"rows": [row], "end_time": {"seconds": int(time.time()) + 86_400}}
    return SampleRequest(fields, {"rows": [row | {"price": PRICE}]}, env.staff, "after")


def cancel_scheduled_prices(env: SampleEnvironment) -> SampleRequest:
    fields = {"price_ids": [env.scheduled_price().id]}
    return SampleRequest(fields, {"price_ids": [str(uuid.uuid4())]}, env.staff, "before after")


def create_channel(env: SampleEnvironment) -> SampleRequest:
    made = {"code": str(uuid.uuid4()), "title": "Outlet", "currency": "EUR"}
    return SampleRequest({"channel": made}, {"channel": made | {"title": "Other"}}, env.staff, "after")


def update_channel(env: SampleEnvironment) -> SampleRequest:
    changed = {"id": env.channel().id, "title": "Store"}
    return SampleRequest({"channel": changed}, {"channel": changed | {"title": "Other"}}, env.staff, "before after")


def set_channel_listing(env: SampleEnvironment) -> SampleRequest:
    listing = {"channel": "web", "product_id": env.product().id, "is_listed": True}
    other = {"channel_listing": listing | {"is_listed": False}}
    return SampleRequest({"channel_listing": listing}, other, env.staff, "after")


def delete_channel_listing(env: SampleEnvironment) -> SampleRequest:
    product = env.channel_listing().product_id
    other = {"channel": "web", "product_id": str(uuid.uuid4())}
    return SampleRequest({"channel": "web", "product_id": product}, other, env.staff, "before")


def create_price_list(env: SampleEnvironment) -> SampleRequest:
    made = {"seller_id": products_of(env.shop)[0].seller_id, "title": "Web", "currency": "EUR"}
    made |= {"segment": str(uuid.uuid4())}
    return SampleRequest({"price_list": made}, {"price_list": made | {"title": "Other"}}, env.staff, "after")


def update_price_list(env: SampleEnvironment) -> SampleRequest:
    changed = {"id": env.price_list().id, "title": "Store"}
    other = {"price_list": changed | {"title": "Other"}}
    return SampleRequest({"price_list": changed}, other, env.staff, "before after")


def delete_price_list(env: SampleEnvironment) -> SampleRequest:
    return SampleRequest({"price_list_id": env.price_list().id}, {"etag": "v7"}, env.staff, "before")


_CATALOG = "fastshop.catalog.v1"

CATALOG_SAMPLES: dict[str, Callable[[SampleEnvironment], SampleRequest]] = {
    f"{_CATALOG}.CategoryService/CreateCategory": create_category,
    f"{_CATALOG}.CategoryService/UpdateCategory": update_category,
    f"{_CATALOG}.CategoryService/MoveCategory": move_category,
    f"{_CATALOG}.CategoryService/MergeCategories": merge_categories,
    f"{_CATALOG}.CategoryService/DeleteCategory": delete_category,
    f"{_CATALOG}.ProductPageService/JoinProductPage": join_product_page,
    f"{_CATALOG}.ProductPageService/LeaveProductPage": leave_product_page,
    f"{_CATALOG}.ProductPageService/SetProductPageSource": set_product_page_source,
    f"{_CATALOG}.ProductPageService/MergeProductPage": merge_product_page,
    f"{_CATALOG}.ProductTypeService/CreateProductType": create_product_type,
    f"{_CATALOG}.ProductTypeService/UpdateProductType": update_product_type,
    f"{_CATALOG}.ProductTypeService/DeleteProductType": delete_product_type,
    f"{_CATALOG}.CollectionService/CreateCollection": create_collection,
    f"{_CATALOG}.CollectionService/UpdateCollection": update_collection,
    f"{_CATALOG}.CollectionService/DeleteCollection": delete_collection,
    f"{_CATALOG}.CollectionService/SetCollectionProducts": set_collection_products,
    f"{_CATALOG}.MediaService/UploadMedia": upload_media,
    f"{_CATALOG}.MediaService/UpdateMedia": update_media,
    f"{_CATALOG}.MediaService/ReorderMedia": reorder_media,
    f"{_CATALOG}.MediaService/DeleteMedia": delete_media,
    f"{_CATALOG}.MediaService/UpdateAttachment": update_attachment,
    f"{_CATALOG}.MediaService/ReorderAttachments": reorder_attachments,
    f"{_CATALOG}.MediaService/DeleteAttachment": delete_attachment,
    f"{_CATALOG}.DigitalGoodsService/UploadDigitalFile": upload_digital_file,
    f"{_CATALOG}.DigitalGoodsService/DeleteDigitalFile": delete_digital_file,
    f"{_CATALOG}.DigitalGoodsService/AddLicenceKeys": add_licence_keys,
    f"{_CATALOG}.DigitalGoodsService/WithdrawLicenceKeys": withdraw_licence_keys,
    f"{_CATALOG}.ProductService/CreateProduct": create_product,
    f"{_CATALOG}.ProductService/UpdateProduct": update_product,
    f"{_CATALOG}.ProductService/UpsertProducts": upsert_products,
    f"{_CATALOG}.ProductService/PublishProduct": publish_product,
    f"{_CATALOG}.ProductService/UnpublishProduct": unpublish_product,
    f"{_CATALOG}.ProductService/ArchiveProduct": archive_product,
    f"{_CATALOG}.ProductService/DeleteProduct": delete_product,
    f"{_CATALOG}.ProductService/DuplicateProduct": duplicate_product,
    f"{_CATALOG}.VariantService/CreateVariants": create_variants,
    f"{_CATALOG}.VariantService/UpdateVariant": update_variant,
    f"{_CATALOG}.VariantService/DeleteVariant": delete_variant,
    f"{_CATALOG}.VariantService/ReorderVariants": reorder_variants,
    f"{_CATALOG}.VariantService/ReorderOptions": reorder_options,
    f"{_CATALOG}.PriceService/SetPrices": set_prices,
    f"{_CATALOG}.PriceService/SchedulePrices": schedule_prices,
    f"{_CATALOG}.PriceService/CancelScheduledPrices": cancel_scheduled_prices,
    f"{_CATALOG}.PriceService/CreatePriceList": create_price_list,
    f"{_CATALOG}.PriceService/UpdatePriceList": update_price_list,
    f"{_CATALOG}.PriceService/DeletePriceList": delete_price_list,
    f"{_CATALOG}.ChannelService/CreateChannel": create_channel,
    f"{_CATALOG}.ChannelService/UpdateChannel": update_channel,
    f"{_CATALOG}.ChannelService/SetChannelListing": set_channel_listing,
    f"{_CATALOG}.ChannelService/DeleteChannelListing": delete_channel_listing,
    f"{_CATALOG}.TranslationService/SetTranslations": set_translations,
}
