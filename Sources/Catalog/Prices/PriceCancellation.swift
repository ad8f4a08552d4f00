internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The end of scheduled prices before their time.
struct PriceCancellation {
  private static let pricesMax = 250

  let requestID: ID
  private let ids: [ID]
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: CancelScheduledPricesRequest, by caller: Caller) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    ids = check.ids(request.priceIDs, "price_ids", count: 1...Self.pricesMax)
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Returns: the outcome for each price.
  func carryOut(in work: Work) async throws -> [PriceOutcome] {
    let store = PriceStore(work: work, sellers: sellers)
    let variants = try await work.rows(
      """
      SELECT DISTINCT r.variant_id AS id
        FROM catalog.price r
       WHERE r.id = ANY (\(ids)::uuid[]) AND \(sellers.covers("r.seller_id"))
      """, access: .write
    ).map { try $0.id("id") }
    let locked = try await store.lock(variants)
    let before = try await scheduled(after: locked.moment, in: work)
    let ended = try await work.all(
      Price.self,
      """
      UPDATE catalog.price r
         SET ends_at = greatest(r.starts_at, \(locked.moment))
       WHERE r.id = ANY (\(before.keys.sorted())::uuid[])
      RETURNING \(PriceColumns.price)
      """)
    var after: [ID: Price] = [:]
    var products: Set<ID> = []
    for price in ended {
      guard let id = ID(price.id.string), let variant = locked.variants[PriceKey(price).variant] else { continue }
      try store.record(.cancelPrice, before: before[id], after: price, of: variant)
      after[id] = price
      if price.priceListID.isEmpty { products.insert(variant.product) }
    }
    try await store.renew(products)
    return ids.map { id in
      let missing = RowRefusal(CatalogError.noSuchPrice(id.description), field: "price_ids")
      let result: Result<Price, RowRefusal> = after[id].map { .success($0) } ?? .failure(missing)
      return result.outcome(in: work.arena)
    }
  }

  /// The scheduled prices that have not ended by a moment, without those that were cancelled.
  private func scheduled(after moment: Instant, in work: Work) async throws -> [ID: Price] {
    let prices = try await work.all(
      Price.self,
      """
      SELECT \(PriceColumns.price)
        FROM catalog.price r
       WHERE r.id = ANY (\(ids)::uuid[]) AND \(sellers.covers("r.seller_id")) AND r.is_scheduled
         AND r.ends_at > \(moment) AND r.starts_at < r.ends_at
      """)
    return Dictionary(prices.compactMap { price in ID(price.id.string).map { ($0, price) } }) { first, _ in first }
  }
}
