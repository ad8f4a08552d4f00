internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Another order of a product's variants, or of its options.
struct VariantOrder {
  /// What is put in order.
  private enum Subject {
    case variants([ID])
    case options([String])
  }

  let requestID: ID
  private let product: ID
  private let subject: Subject
  private let expected: ExpectedState
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ReorderVariantsRequest, by caller: Caller) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    product = check.id(request.productID, "product_id")
    subject = .variants(check.ids(request.variantIDs, "variant_ids", count: 1...OptionMatrix.combinationsMax))
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ReorderOptionsRequest, by caller: Caller) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    product = check.id(request.productID, "product_id")
    subject = .options(Self.names(request.options, &check))
    expected = check.etag(request.etag, "etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  private static func names(_ list: RepeatedField<Text>, _ check: inout RequestCheck) -> [String] {
    guard (1...OptionMatrix.axesMax).contains(list.count) else {
      check.refuse("options", "Must have 1 to \(OptionMatrix.axesMax) elements, and has \(list.count).")
      return []
    }
    return list.enumerated().map { index, name in
      check.line(name, "options[\(index)]", upTo: OptionMatrix.charactersMax, isRequired: true)
    }
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the product has changed since the caller looked.
  func carryOut(in work: Work) async throws -> Product {
    let store = VariantStore(work: work, sellers: sellers)
    let (before, _) = try await store.products.lock(product, in: expected)
    switch subject {
    case .variants(let ids):
      let present = before.variants.compactMap { ID($0.id.string) }
      guard ids.sorted() == present.sorted() else { throw CatalogError.orderIncomplete }
      store.number(ids, of: product)
      return try await store.products.finishVariants(.reorderVariants, of: product, before: before)
    case .options(let names):
      guard names.sorted() == VariantOptions.names(of: before).sorted() else { throw CatalogError.orderIncomplete }
      work.send(VariantOptions.ordering(names, of: product))
      return try await store.products.finishVariants(.reorderOptions, of: product, before: before)
    }
  }
}
