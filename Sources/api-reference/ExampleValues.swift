/// What the fields of an example hold, where their names and types do not say it.
enum ExampleValues {
  static let id = "0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e18"
  /// Of another resource of the same kind.
  static let otherID = "0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e19"

  /// The value of one field.
  enum Own: Equatable {
    /// The server sets it and ignores it in requests, or it does not go with the other fields.
    case left
    case text(String)
    /// Its JSON as it stands.
    case raw(String)

    /// Its JSON; nil when it is left out.
    var json: String? {
      switch self {
      case .left: nil
      case .text(let text): "\"\(text)\""
      case .raw(let json): json
      }
    }
  }

  /// Example values of fields with these names, in all messages.
  static let named: [String: String] = [
    "email": "ada@example.com", "password": "correct horse battery staple", "new_password": "quiet green window lamp",
    "current_password": "correct horse battery staple", "display_name": "Ada Lovelace", "full_name": "Ada Lovelace",
    "locale": "en-GB", "code": "123456", "note": "Counted on Friday.", "slug": "walnut-desk", "device": "Ada's laptop",
    "country": "GB", "region": "", "city": "London", "postal_code": "SW1A 1AA", "phone": "+442079460958",
    "action": "user.", "resource_type": "fastshop.identity.v1.User", "provider": "google", "reason": "Asked for it.",
    "redirect_uri": "https://shop.example/signed-in", "fingerprint": "sha256:…", "description": "Reads stock.",
    "search": "ada", "role": "support", "line1": "10 Downing Street", "user_code": "BCDF-GHJK", "brand": "Acme",
    "secret_name": "till", "page_size": "20", "name": "warehouse", "title": "Warehouse", "scopes": "inventory.write",
    "permissions": "inventory.write", "subject": "dns:warehouse.shop.example", "label": "Home", "company": "",
    "recipient": "Ada Lovelace", "street_lines": "10 Downing Street", "min_price_minor": "1000",
    "max_price_minor": "5000", "overlap": "3600s", "calls_per_minute": "600", "burst": "100",
    "start_time": "2027-01-31T09:30:00Z", "end_time": "2027-02-28T09:30:00Z", "sku": "DESK-OAK",
    "sku_pattern": "DESK-{options}", "sku_suffix": "-B", "gtin": "4006381333931", "gtin_prefix": "400638",
    "currency": "EUR",
    "amount_minor": "19900", "options": "Colour", "values": "Oak", "channel": "web", "segment": "wholesale",
    "visible_until": "2027-02-28T09:30:00Z", "storefront_url": "https://shop.example/", "language": "de",
    "tags": "oak", "external_id": "desk-1",
  ]

  /// The value of a field, in all methods or in one.
  static func of(_ field: String, of message: String, in method: String) -> Own? {
    own["\(method)/\(message).\(field)"] ?? own["\(message).\(field)"]
  }

  private static let own: [String: Own] = resources.merging(requests) { $1 }.merging(pricing) { $1 }

  /// Of resources: `Message.field`, or `Method/Message.field`.
  private static let resources: [String: Own] = {
    var own: [String: Own] = [
      "Category.title": .text("Desks"), "Category.slug": .text("desks"), "SalesChannel.code": .text("shop-de"),
      "SalesChannel.title": .text("Shop"), "UpdateChannel/SalesChannel.code": .left,
      "Collection.title": .text("Walnut"),
      "CreatePriceList/PriceList.seller_id": .text(id), "PriceList.title": .text("Wholesale"),
      "Product.title": .text("Desk"), "Product.description": .text("Of oak."),
      "CreateProduct/Product.seller_id": .text(id), "ProductAttributeValue.code": .text("wood"),
      "ProductAttributeValue.text": .text("Oak"), "ProductAttribute.code": .text("wood"),
      "ProductAttribute.title": .text("Wood"), "ProductType.title": .text("Furniture"),
      "VariantOption.name": .text("Colour"), "VariantOption.value": .text("Oak"), "VariantAxis.name": .text("Colour"),
      "QuantityRules.maximum": .raw("10"), "ShopProfile.seller_id": .text(id), "ShopProfile.name": .text("Oak & Iron"),
      "Trader.email": .text("oak@example.com"), "Trader.vat_id": .text("GB123456789"),
    ]
    for field in told { own[field] = .left }
    return own
  }()

  /// What the server sets.
  private static let told = [
    "Attachment.content_type", "Attachment.kind", "Attachment.size_bytes", "Attachment.url", "Category.depth",
    "Category.locale", "Category.path", "Category.product_count", "ChannelListing.id", "Collection.locale",
    "CreateProduct/Product.variants", "Image.height", "Image.url", "Image.width", "Product.attachments",
    "Product.category_path", "Product.images", "Product.locale", "Product.price", "Product.publish_time",
    "Product.rating", "Product.scheduled_publish_time", "Product.seller_name", "Product.status", "Product.units_sold",
    "ProductAttribute.choices", "ProductAttribute.unit", "ProductType.locale", "ShopProfile.locale",
    "UpdateCategory/Category.parent_id", "UpdateCategory/Category.position", "UpdatePriceList/PriceList.channel",
    "UpdatePriceList/PriceList.currency", "UpdatePriceList/PriceList.segment", "UpdateProduct/Product.variants",
    "Variant.is_digital", "Variant.title", "Warehouse.is_default",
  ]

  /// Of requests.
  private static let requests: [String: Own] = [
    "GetStockForecastRequest.days": .raw("90"), "GetStockForecastRequest.service_level_percent": .raw("95"),
    "JoinProductPageRequest.by_gtin": .left,
    "SetTranslationsRequest.locale": .text("de"),
    "SetTranslationsRequest.texts": .raw("{\"title\": \"Schreibtisch\"}"), "SetUserRoleRequest.seller_id": .left,
    "SubscribeBackInStockRequest.email": .left, "UnsubscribeBackInStockRequest.token": .left,
    "UploadDigitalFileRequest.file_id": .left, "UploadDigitalFileRequest.file_name": .text("desk.pdf"),
    "UploadDigitalFileRequest.upload_token": .left, "UploadMediaRequest.alt": .text("A desk"),
    "UploadMediaRequest.upload_token": .left,
  ]

  /// Of coupons and taxes.
  private static let pricing: [String: Own] = [
    "Coupon.seller_id": .text(id), "Coupon.name": .text("Spring sale"), "Coupon.code": .text("SPRING10"),
    "Coupon.is_automatic": .left, "Coupon.state": .left, "UpdateCoupon/Coupon.code": .left,
    "UpdateCoupon/Coupon.seller_id": .left, "PartOff.basis_points": .raw("1000"),
    "CouponConditions.excluded_segments": .left, "CouponConditions.quantity_min": .raw("2"),
    "CouponScope.excluded_product_ids": .left, "CouponScope.excluded_category_ids": .left,
    "CouponScope.excluded_seller_ids": .left, "CouponScope.seller_ids": .left,
    "CouponValidity.start_local": .text("2027-03-20T00:00"), "CouponValidity.end_local": .text("2027-04-20T00:00"),
    "CouponValidity.time_zone": .text("Europe/Vienna"), "CouponValidity.start_time": .left,
    "CouponValidity.end_time": .left, "CouponLimits.uses_max": .raw("1000"),
    "CouponLimits.uses_per_buyer_max": .raw("1"), "GenerateCouponCodesRequest.count": .raw("1000"),
    "GenerateCouponCodesRequest.prefix": .text("SPRING"), "ValidateCouponRequest.code": .text("SPRING10"),
    "TaxRate.title": .text("Sales tax"), "TaxRate.category": .text("reduced"), "TaxRate.percent": .text("8.875"),
    "TaxRate.order": .raw("1"), "TaxRate.is_compound": .left, "TaxRate.valid_from": .text("2027-01-01"),
    "TaxRate.valid_until": .text("2028-01-01"), "TaxArea.country": .text("US"), "TaxArea.region": .text("NY"),
    "TaxArea.postal_code_from": .text("10001"), "TaxArea.postal_code_to": .text("10099"),
    "UpdateTaxRate/TaxRate.category": .left, "UpdateTaxRate/TaxRate.order": .left,
    "UpdateTaxRate/TaxArea.country": .left, "UpdateTaxRate/TaxArea.region": .left,
    "UpdateTaxRate/TaxArea.postal_code_from": .left, "UpdateTaxRate/TaxArea.postal_code_to": .left,
    "TaxExemption.user_id": .text(id), "TaxExemption.tax_number": .left, "TaxExemption.reason": .text("Public school"),
    "TaxExemption.valid_until": .text("2028-01-01"), "ExemptArea.country": .text("US"),
    "ExemptArea.region": .text("NY"),
    "CheckTaxNumberRequest.tax_number": .text("ATU13585627"), "CalculateTaxRequest.tax_number": .text("ATU13585627"),
    "TaxDestination.country": .text("AT"), "TaxDestination.region": .left, "TaxDestination.postal_code": .text("4020"),
    "TaxableLine.quantity": .raw("2"), "TaxableLine.tax_category": .left, "TaxSettings.home_country": .text("AT"),
    "TaxSettings.time_zone": .text("Europe/Vienna"), "TaxSettings.shipping_category": .left,
    "ListTaxRatesRequest.country": .text("AT"), "ListTaxRatesRequest.valid_on": .text("2027-01-31"),
    "SetTaxCategoryRequest.category": .text("reduced"),
  ]
}
