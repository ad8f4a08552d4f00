package import RPC

/// The catalogue's reasons of errors.
package enum CatalogReason: String, ErrorReason {
  case slugTaken = "SLUG_TAKEN"
  case categoryCycle = "CATEGORY_CYCLE"
  case categoryNotEmpty = "CATEGORY_NOT_EMPTY"
  case categoryTreeFull = "CATEGORY_TREE_FULL"
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
    case .productTypeExists: .init(.alreadyExists, "there is a type of products with the title in `metadata.title`")
    case .tooManyProductTypes: .init(.failedPrecondition, "there are 1,000 types of products: delete some first")
    case .attributeKindFixed:
      .init(
        .failedPrecondition,
        "the attribute in `metadata.code` keeps its kind: remove it first, or define one with another code")
    }
  }
}
