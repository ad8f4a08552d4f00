internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Products of a seller with their variants, each created or changed by its external id, with an outcome of its own.
struct ProductUpsert {
  private static let rowsMax = 500
  private static let variantsMax = 5_000
  /// What another work takes at the same moment is found by a constraint. Then everything is tried again.
  private static let races: [String: any Error] = [
    "catalog.product_external_id_key": PostgresError.serializationFailure,
    "catalog.product_slug_key": PostgresError.serializationFailure,
    "catalog.variant_sku_key": PostgresError.serializationFailure,
  ]

  let requestID: ID
  let seller: ID
  private let rows: [Result<UpsertRow, RowRefusal>]
  /// Whether drafts are put on sale.
  private let publishes: Bool
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT for the request as a whole. What is wrong with a row is its outcome.
  init(_ request: UpsertProductsRequest, by caller: Caller, in currency: Currency) throws {
    var check = RequestCheck()
    (sellers, publishes) = (caller.sellers, request.publish)
    let (count, variants) = (request.products.count, request.products.reduce(0) { $0 + $1.variants.count })
    check.require(
      (1...Self.rowsMax).contains(count), "products", "Must have 1 to \(Self.rowsMax) elements, and has \(count).")
    check.require(
      variants <= Self.variantsMax, "products", "Must have at most \(Self.variantsMax) variants, and has \(variants).")
    if request.updateMask?.paths.isEmpty == false {
      _ = check.updateMask(request.updateMask, of: request.products.first, changing: UpsertRow.fields)
    }
    seller =
      check.optionalID(request.sellerID, "seller_id") ?? caller.sellerID ?? check.id(request.sellerID, "seller_id")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
    rows = Self.rows(of: request, in: currency)
  }

  private static func rows(
    of request: UpsertProductsRequest, in currency: Currency
  ) -> [Result<UpsertRow, RowRefusal>] {
    var externalIDs: Set<String> = []
    return request.products.map { product in
      do throws(RowRefusal) {
        let row = try UpsertRow(product, changing: request.updateMask, in: currency)
        var check = RequestCheck()
        check.require(
          externalIDs.insert(row.externalID).inserted, "external_id", "Must differ from those of the other rows.")
        try check.verifyRow()
        return .success(row)
      } catch {
        return .failure(error)
      }
    }
  }

  /// - Returns: the outcome of each row.
  /// - Throws: ``CatalogError/noSuchSeller(_:)``; INVALID_ARGUMENT when the products that there are, are too large.
  func carryOut(in work: Work) async throws -> UpsertProductsResponse {
    let store = ProductStore(work: work, sellers: sellers)
    var targets = try await UpsertTargets.lock(rows.compactMap { try? $0.get() }, of: seller, store)
    let outcomes = try outcomes(on: &targets, at: work.now)
    let changes = outcomes.compactMap { try? $0.get() }.filter { !$0.isNothing }
    try await targets.nameProducts(in: changes, work)
    let saved = try await expecting(Self.races) { try await ProductChange.save(changes, of: seller, store) }
    let response = UpsertProductsResponse(in: work.arena)
    for outcome in outcomes { response.outcomes.append(Self.message(outcome, saved, in: work.arena)) }
    return response
  }

  /// What becomes of each row. One that wants the slug of another product is tried again, once, after that product has
  /// got another slug; of several such rows, the first one gets it.
  private func outcomes(
    on targets: inout UpsertTargets, at now: Instant
  ) throws -> [Result<ProductChange, RowRefusal>] {
    let arena = Arena()
    var outcomes = try rows.map { try outcome(of: $0, on: &targets, at: now, in: arena) }
    var waiting: [String: [Int]] = [:]
    for (place, row) in rows.enumerated() {
      if let slug = try? row.get().slug, outcomes[place].isSlugTaken { waiting[slug, default: []].append(place) }
    }
    var givenUp = outcomes.compactMap(\.slugGivenUp)
    var turn: Int32 = 0
    while turn < givenUp.count {
      let slug = givenUp[Int(turn)]
      turn += 1
      targets.giveUp(slug)
      for place in waiting[slug] ?? [] {
        var again = try outcome(of: rows[place], on: &targets, at: now, in: arena)
        if case .success(var change) = again {
          change.turn = turn
          again = .success(change)
        }
        outcomes[place] = again
        if case .failure = again { continue }
        if let next = again.slugGivenUp { givenUp.append(next) }
        break
      }
    }
    return outcomes
  }

  private func outcome(
    of row: Result<UpsertRow, RowRefusal>, on targets: inout UpsertTargets, at now: Instant, in arena: Arena
  ) throws -> Result<ProductChange, RowRefusal> {
    do {
      return .success(try row.get().change(on: &targets, publishing: publishes, at: now, in: arena))
    } catch let refusal as RowRefusal {
      return .failure(refusal)
    }
  }

  private static func message(
    _ outcome: Result<ProductChange, RowRefusal>, _ saved: [ID: Product], in arena: Arena
  ) -> UpsertOutcome {
    let message = UpsertOutcome(in: arena)
    switch outcome {
    case .success(let change):
      let product = change.message(saved[change.id] ?? change.after, in: arena)
      if change.isNothing {
        message.outcome = .unchanged(product)
      } else {
        message.outcome = change.before == nil ? .created(product) : .updated(product)
      }
    case .failure(let refusal):
      let reply = UpsertRefusal(in: arena)
      reply.status = arena.text(refusal.status)
      reply.reason = arena.text(refusal.reason)
      // The checks of single methods name the fields of a request with one product.
      reply.field = arena.text(String(refusal.field.trimmingPrefix("product.")))
      reply.message = arena.text(refusal.message)
      for (name, value) in refusal.metadata { reply.metadata[arena.text(name)] = arena.text(value) }
      message.outcome = .refusal(reply)
    }
    return message
  }
}

extension Result<ProductChange, RowRefusal> {
  fileprivate var isSlugTaken: Bool {
    guard case .failure(let refusal) = self else { return false }
    return refusal.reason == CatalogReason.slugTaken.rawValue
  }

  /// The slug that the product had before and has no more.
  fileprivate var slugGivenUp: String? {
    guard case .success(let change) = self, let before = change.before?.slug, before != change.after.slug else {
      return nil
    }
    return before.string
  }
}

extension ProductChange {
  /// The product for the outcome of the row.
  fileprivate func message(_ product: Product, in arena: Arena) -> UpsertedProduct {
    let message = UpsertedProduct(in: arena)
    message.productID = arena.text(id.description)
    message.etag = arena.text(product.etag.string)
    message.status = product.status
    for variant in after.variants where named.contains(variant.sku.string) {
      message.variantIDs[arena.text(variant.sku.string)] = arena.text(variant.id.string)
    }
    for (field, sentence) in lacks ?? [:] { message.lacks[arena.text(field)] = arena.text(sentence) }
    return message
  }
}

extension ContentionKey {
  /// The products of a seller, which one upsert at a time changes.
  static func upsert(_ seller: ID) -> ContentionKey { ContentionKey("catalog.upsert", seller) }
}
