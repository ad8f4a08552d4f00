internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of the collections, by position.
struct CollectionList: PagedList {
  typealias Element = Collection

  private static var order: ListOrder {
    ListOrder(
      "position", .index("collection_by_position"), by: .number("o.position", in: "position"),
      .text("o.title", in: "title"), .id("o.id", in: "id"))
  }

  let page: PageRequest
  private let condition: Query

  /// Those that shoppers see now.
  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListCollectionsRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    page = try check.page(of: request, in: Self.order, signedBy: signer)
    condition = CollectionColumns.isVisible
    try check.verify()
  }

  /// All of them.
  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListManagedCollectionsRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    page = try check.page(of: request, in: Self.order, signedBy: signer)
    condition = "true"
    try check.verify()
  }

  var rows: ListRows {
    ListRows(CollectionColumns.collection, from: "catalog.collection o", where: condition)
  }
}
