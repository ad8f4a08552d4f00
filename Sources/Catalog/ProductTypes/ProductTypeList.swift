internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of the types of products, by title.
struct ProductTypeList: PagedList {
  typealias Element = ProductType

  let page: PageRequest

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListProductTypesRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    let order = ListOrder(
      "title", .index("product_type_by_title"), by: .text("t.title", in: "title"), .id("t.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows { ListRows(ProductTypeColumns.productType, from: "catalog.product_type t", where: "true") }
}
