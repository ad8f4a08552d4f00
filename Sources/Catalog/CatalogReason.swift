package import RPC

/// The catalogue's reasons of errors.
package enum CatalogReason: String, ErrorReason {
  case slugTaken = "SLUG_TAKEN"
  case categoryCycle = "CATEGORY_CYCLE"
  case categoryNotEmpty = "CATEGORY_NOT_EMPTY"
  case categoryTreeFull = "CATEGORY_TREE_FULL"
  case externalIDTaken = "EXTERNAL_ID_TAKEN"
  case productIncomplete = "PRODUCT_INCOMPLETE"
  case productWasSold = "PRODUCT_WAS_SOLD"
  case skuTaken = "SKU_TAKEN"
  case tooManyVariants = "TOO_MANY_VARIANTS"
  case tooManyVariantsOfGTIN = "TOO_MANY_VARIANTS_OF_GTIN"
  case skuTooLong = "SKU_TOO_LONG"
  case currencyDiffers = "CURRENCY_DIFFERS"
  case optionsDiffer = "OPTIONS_DIFFER"
  case optionsTaken = "OPTIONS_TAKEN"
  case orderIncomplete = "ORDER_INCOMPLETE"
  case variantWasSold = "VARIANT_WAS_SOLD"
  case productTypeExists = "PRODUCT_TYPE_EXISTS"
  case tooManyProductTypes = "TOO_MANY_PRODUCT_TYPES"
  case productTypeInUse = "PRODUCT_TYPE_IN_USE"
  case attributeKindFixed = "ATTRIBUTE_KIND_FIXED"
  case tooManyCollections = "TOO_MANY_COLLECTIONS"
  case collectionHasRule = "COLLECTION_HAS_RULE"
  case priceScheduled = "PRICE_SCHEDULED"
  case tooManyPrices = "TOO_MANY_PRICES"
  case priceNotSet = "PRICE_NOT_SET"
  case priceListExists = "PRICE_LIST_EXISTS"
  case tooManyPriceLists = "TOO_MANY_PRICE_LISTS"
  case priceListPast = "PRICE_LIST_PAST"
  case tooManyLocales = "TOO_MANY_LOCALES"
  case channelExists = "CHANNEL_EXISTS"
  case tooManyChannels = "TOO_MANY_CHANNELS"
  case channelNotActive = "CHANNEL_NOT_ACTIVE"
  case variantJoined = "VARIANT_JOINED"
  case productPageMerged = "PRODUCT_PAGE_MERGED"
  case productPageFull = "PRODUCT_PAGE_FULL"

  package var definition: ErrorDefinition {
    switch self {
    case .slugTaken: .init(.alreadyExists, "something else has the slug in `metadata.slug`")
    case .categoryCycle:
      .init(
        .failedPrecondition, "a category cannot be moved below, or merged into, itself or one of its descendants")
    case .categoryNotEmpty:
      .init(.failedPrecondition, "the category has children, or products of some status: move or delete them first")
    case .categoryTreeFull: .init(.failedPrecondition, "the tree would have more than 9,999 categories or 20 levels")
    case .externalIDTaken:
      .init(.alreadyExists, "another product of the seller has the external id in `metadata.external_id`")
    case .productIncomplete:
      .init(.failedPrecondition, "the product lacks what shoppers need: `PreconditionFailure` names each field")
    case .productWasSold:
      .init(.failedPrecondition, "the product was sold, is reserved or has reviews: archive it instead")
    case .skuTaken: .init(.alreadyExists, "another variant of the seller has the SKU in `metadata.sku`")
    case .tooManyVariants: .init(.failedPrecondition, "the product would have more than 250 variants")
    case .tooManyVariantsOfGTIN:
      .init(.failedPrecondition, "the seller would have more than 10 variants of the GTIN in `metadata.gtin`")
    case .skuTooLong: .init(.failedPrecondition, "the SKU in `metadata.sku` would have more than 64 characters")
    case .currencyDiffers:
      .init(.failedPrecondition, "the prices of a price list are in one currency: `metadata.currency`")
    case .optionsDiffer:
      .init(.failedPrecondition, "all variants of a product have the same options: `metadata.options`")
    case .optionsTaken:
      .init(
        .alreadyExists,
        "the variant in `metadata.sku` has these values of the options: UpdateVariant gives it another SKU")
    case .orderIncomplete: .init(.failedPrecondition, "the order must name each element once")
    case .variantWasSold: .init(.failedPrecondition, "the variant was sold, or is reserved")
    case .productTypeExists: .init(.alreadyExists, "there is a type of products with the title in `metadata.title`")
    case .tooManyProductTypes: .init(.failedPrecondition, "there are 1,000 types of products: delete some first")
    case .productTypeInUse: .init(.failedPrecondition, "products are of the type: give them another one first")
    case .attributeKindFixed:
      .init(
        .failedPrecondition,
        "the attribute in `metadata.code` keeps its kind: remove it first, or define one with another code")
    case .tooManyCollections: .init(.failedPrecondition, "there are 1,000 collections: delete some first")
    case .collectionHasRule:
      .init(.failedPrecondition, "the products of the collection follow from its rule: take that away first")
    case .priceScheduled: .init(.alreadyExists, "another price is scheduled for a part of this time: cancel it first")
    case .tooManyPrices:
      .init(.failedPrecondition, "the variant would have more than 500 prices that hold or will")
    case .priceNotSet: .init(.failedPrecondition, "the variant has no price in the currency")
    case .priceListExists:
      .init(
        .alreadyExists,
        "another list holds at the same time for the same segment, channel and currency: `ResourceInfo` names it")
    case .tooManyPriceLists: .init(.failedPrecondition, "the seller has 1,000 price lists: delete some first")
    case .priceListPast: .init(.failedPrecondition, "what has begun keeps its start, and what has ended its end")
    case .tooManyLocales:
      .init(.failedPrecondition, "the resource has translations in 50 languages: delete those in another one first")
    case .channelExists: .init(.alreadyExists, "there is a channel with the code in `metadata.code`")
    case .tooManyChannels: .init(.failedPrecondition, "there are 200 channels: change one that is switched off")
    case .channelNotActive:
      .init(.failedPrecondition, "no channel has the code in `metadata.channel`, or it is switched off")
    case .variantJoined:
      .init(
        .failedPrecondition,
        "staff have joined a variant to the product page in `metadata.page_id`: take it off that one first")
    case .productPageMerged:
      .init(.failedPrecondition, "the product page is merged into the one in `metadata.page_id`")
    case .productPageFull:
      .init(
        .failedPrecondition,
        "the product page would have more than 200 joined variants, 1,000 removed ones or 50 merged pages")
    }
  }
}
