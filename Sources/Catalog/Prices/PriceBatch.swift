internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import TypeAPI

/// Many prices that are set, or scheduled for a span of time, in one unit of work, each with an outcome of its own.
struct PriceBatch {
  /// A variant has at most so many prices that hold or will.
  private static let pricesMax: Int64 = 500
  /// The most with those of lists that were deleted in the last minutes: a quote reads all of them.
  private static let openRowsMax: Int64 = 1_000

  let requestID: ID
  private let rows: [Result<NewPrice, RowRefusal>]
  /// Nil for prices that are set.
  private let span: RequestedSpan?
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT when there are no rows or too many.
  init(_ request: SetPricesRequest, by caller: Caller, in currency: Currency) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    rows = NewPrice.rows(request.rows, in: currency, canEnd: true, &check)
    span = nil
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: the same, and for a span that is not possible.
  init(_ request: SchedulePricesRequest, by caller: Caller, in currency: Currency) throws {
    var check = RequestCheck()
    sellers = caller.sellers
    rows = NewPrice.rows(request.rows, in: currency, canEnd: false, &check)
    span = RequestedSpan(request, &check)
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Returns: the outcome of each row.
  /// - Throws: INVALID_ARGUMENT for a span that is not possible by now.
  func carryOut(in work: Work) async throws -> [PriceOutcome] {
    _ = try span?.begun(by: work.now)
    let store = PriceStore(work: work, sellers: sellers)
    let keys = rows.compactMap { (try? $0.get())?.key }
    let locked = try await store.lock(keys.map(\.variant), lists: keys.compactMap(\.list))
    let span = try span?.begun(by: locked.moment)
    let before = span == nil ? try await store.present(keys) : [:]
    let taken = try await span?.taken(keys, in: work) ?? []
    var added: [ID: Int64] = [:]
    let verified = rows.map { row in
      row.flatMap { new in
        Result { () throws(RowRefusal) in
          try verify(new, locked, before[new.key], isTaken: taken.contains(new.key), &added)
          return new
        }
      }
    }
    let changes = verified.compactMap { row in (try? row.get()).flatMap { $0.isPrice(before[$0.key]) ? nil : $0 } }
    let after: [PriceKey: Price]
    if let span {
      after = try await schedule(changes, span, locked, store)
    } else {
      after = try await set(changes, before, locked, store)
    }
    return verified.map { row in
      row.flatMap { new in
        guard let price = after[new.key] ?? before[new.key] else {
          return .failure(RowRefusal(CatalogError.noSuchPrice(""), field: "price"))
        }
        return .success(price)
      }.outcome(in: work.arena)
    }
  }

  /// - Parameter added: the numbers of new prices of variants so far.
  private func verify(
    _ new: NewPrice, _ locked: PriceStore.Locked, _ before: Price?, isTaken: Bool, _ added: inout [ID: Int64]
  ) throws(RowRefusal) {
    let key = new.key
    guard let variant = locked.variants[key.variant] else {
      throw RowRefusal(CatalogError.noSuchVariant(key.variant.description), field: "variant_id")
    }
    var currency = variant.currency
    if let id = key.list {
      guard let list = locked.lists[id], list.seller == variant.seller else {
        throw RowRefusal(CatalogError.noSuchPriceList(id.description), field: "price_list_id")
      }
      currency = list.currency
    }
    guard new.price?.currency.code ?? currency == currency else {
      throw RowRefusal(CatalogError.currencyDiffers(currency), field: "price.currency")
    }
    if new.price == nil && before == nil { throw RowRefusal(CatalogError.noSuchPrice(""), field: "price") }
    if isTaken { throw RowRefusal(CatalogError.priceScheduled, field: "variant_id") }
    if span == nil && (key.list == nil || before != nil) { return }
    let others = added[key.variant, default: 0]
    guard variant.prices + others < Self.pricesMax, variant.openRows + others < Self.openRowsMax else {
      throw RowRefusal(CatalogError.tooManyPrices, field: "variant_id")
    }
    added[key.variant, default: 0] += 1
  }

  /// Ends the present prices, and begins the new ones at the same moment. A trigger does that for own prices.
  private func set(
    _ changes: [NewPrice], _ before: [PriceKey: Price], _ locked: PriceStore.Locked, _ store: PriceStore
  ) async throws -> [PriceKey: Price] {
    let work = store.work
    let own = changes.filter { $0.key.list == nil }
    let listed = changes.filter { $0.key.list != nil }
    if !own.isEmpty {
      work.sendRequirement(
        """
        UPDATE catalog.variant v
           SET price_minor = n.price_minor
          FROM unnest(\(own.map(\.key.variant))::uuid[], \(own.map { $0.price?.minorUnits })::bigint[])
               n (id, price_minor)
         WHERE v.id = n.id
        RETURNING v.id
        """, rows: own.count, "variants_have_prices")
    }
    let ended = listed.compactMap { before[$0.key] }.compactMap { ID($0.id.string) }
    if !ended.isEmpty {
      work.sendRequirement(
        """
        UPDATE catalog.price r
           SET ends_at = greatest(r.starts_at, \(locked.moment)) WHERE r.id = ANY (\(ended)::uuid[])
        RETURNING r.id
        """, rows: ended.count, "prices_end")
    }
    let begun = listed.filter { $0.price != nil }
    if !begun.isEmpty { work.send(Self.insertion(of: begun, from: locked.moment, until: nil)) }
    var after = try await store.present(changes.map(\.key))
    for new in changes {
      guard let variant = locked.variants[new.key.variant] else { continue }
      if let price = after[new.key] {
        try store.record(.setPrice, before: before[new.key], after: price, of: variant)
      } else if let former = before[new.key] {
        let ended = former.copy(in: work.arena)
        ended.endTime = locked.moment.timestamp(in: work.arena)
        try store.record(.endPrice, before: former, after: ended, of: variant)
        after[new.key] = ended
      }
    }
    let products = Set(own.compactMap { locked.variants[$0.key.variant]?.product })
    try await store.renew(products, regular: products)
    return after
  }

  private func schedule(
    _ changes: [NewPrice], _ span: PriceSpan, _ locked: PriceStore.Locked, _ store: PriceStore
  ) async throws -> [PriceKey: Price] {
    if changes.isEmpty { return [:] }
    let prices = try await store.work.all(
      Price.self, Self.insertion(of: changes, from: span.start, until: span.end))
    let after = Dictionary(prices.map { (PriceKey($0), $0) }) { first, _ in first }
    var products: Set<ID> = []
    for new in changes {
      guard let variant = locked.variants[new.key.variant], let price = after[new.key] else { continue }
      try store.record(.schedulePrice, before: nil, after: price, of: variant)
      if new.key.list == nil { products.insert(variant.product) }
    }
    if span.start == locked.moment { try await store.renew(products) }
    for time in [span.start, span.end] where time > locked.moment && !products.isEmpty {
      store.work.enqueue(try RenewPrices.job(products: products.sorted(), at: time))
    }
    return after
  }

  private static func insertion(of new: [NewPrice], from start: Instant, until end: Instant?) -> Query {
    """
    INSERT INTO catalog.price AS r (seller_id, variant_id, price_list_id, quantity_min, price_minor, currency,
                                    is_scheduled, starts_at, ends_at)
    SELECT v.seller_id, v.id, n.price_list_id, n.quantity_min, n.price_minor, n.currency,
           \(end)::timestamptz IS NOT NULL, \(start)::timestamptz, coalesce(\(end)::timestamptz, 'infinity')
      FROM unnest(\(new.map(\.key.variant))::uuid[], \(new.map(\.key.list))::uuid[],
                  \(new.map(\.key.quantityMin))::int[], \(new.map { $0.price?.minorUnits })::bigint[],
                  \(new.map { $0.price?.currency.code })::text[])
           n (variant_id, price_list_id, quantity_min, price_minor, currency)
      JOIN catalog.variant v ON v.id = n.variant_id
    RETURNING \(PriceColumns.price)
    """
  }
}

extension NewPrice {
  /// Whether the present price is this one already.
  fileprivate func isPrice(_ present: Price?) -> Bool {
    guard let price, let money = present?.price else { return false }
    return money.amountMinor == price.minorUnits
  }
}
