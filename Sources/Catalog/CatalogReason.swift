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
  case currencyDiffers = "CURRENCY_DIFFERS"
  case productTypeExists = "PRODUCT_TYPE_EXISTS"
  case tooManyProductTypes = "TOO_MANY_PRODUCT_TYPES"
  case attributeKindFixed = "ATTRIBUTE_KIND_FIXED"

  package var definition: ErrorDefinition {
    switch self {
    case .slugTaken: .init(.alreadyExists, "something else has the slug in `metadata.slug`")
    case .categoryCycle: .init(.failedPrecondition, "a category cannot be moved below itself or its own descendants")
    case .categoryNotEmpty:
      .init(.failedPrecondition, "the category has children, or products of some status: move or delete them first")
    case .categoryTreeFull: .init(.failedPrecondition, "the tree would have more than 9,999 categories or 20 levels")
    case .externalIDTaken:
      .init(.alreadyExists, "another product of the seller has the external id in `metadata.external_id`")
    case .productIncomplete:
      .init(.failedPrecondition, "the product lacks what shoppers need: `PreconditionFailure` names each field")
    case .productWasSold: .init(.failedPrecondition, "the product was sold: archive it instead")
    case .skuTaken: .init(.alreadyExists, "another variant of the seller has one of the SKUs")
    case .tooManyVariants: .init(.failedPrecondition, "the product would have more than 250 variants")
    case .currencyDiffers:
      .init(.failedPrecondition, "all variants of a product have prices in one currency: `metadata.currency`")
    case .productTypeExists: .init(.alreadyExists, "there is a type of products with the title in `metadata.title`")
    case .tooManyProductTypes: .init(.failedPrecondition, "there are 1,000 types of products: delete some first")
    case .attributeKindFixed:
      .init(
        .failedPrecondition,
        "the attribute in `metadata.code` keeps its kind: remove it first, or define one with another code")
    }
  }
}
