internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Prices of the sellers that a caller may access, inside a unit of work.
///
/// The row of a product is the lock for all prices of its variants. Locks are taken in the order of all works that
/// write products, then come the price lists: the tree, products, price lists.
struct PriceStore {
  static let type = Price.descriptor.fullName
  private static let topic = "catalog.price"

  let work: Work
  let sellers: SellerAccess

  /// What is locked, at a moment after all changes of others before.
  struct Locked {
    let moment: Instant
    let variants: [ID: LockedVariant]
    let lists: [ID: LockedList]
  }

  struct LockedVariant {
    let product: ID
    let seller: ID
    let currency: String
    /// The number of its prices that hold or will, without those of deleted lists.
    let prices: Int64
    /// The number with those of deleted lists that upkeep has not ended yet.
    let openRows: Int64
  }

  struct LockedList {
    let seller: ID
    let currency: String
  }

  /// Locks the products of variants, and price lists that have not ended. What the caller may not access is left out.
  func lock(_ variants: [ID], lists: [ID] = []) async throws -> Locked {
    work.send("SELECT catalog.lock_tree_shared()")
    work.send(
      """
      SELECT FROM catalog.product p
       WHERE p.id IN (SELECT v.product_id FROM catalog.variant v WHERE v.id = ANY (\(variants)::uuid[]))
         AND \(sellers.covers("p.seller_id"))
       ORDER BY p.id
         FOR NO KEY UPDATE
      """)
    let lockedLists = work.sendRowLocks(
      of: "catalog.price_list l", by: "l.id", lists,
      where: "l.deleted_at IS NULL AND l.ends_at > clock_timestamp() AND \(sellers.covers("l.seller_id"))",
      reading: "l.id, l.seller_id, l.currency", .share)
    let clock = work.send("SELECT clock_timestamp() AS moment")
    let lockedVariants = try await work.rows(
      """
      SELECT v.id, v.product_id, v.seller_id, v.currency, n.prices, n.open_rows
        FROM catalog.variant v
       CROSS JOIN LATERAL (
         SELECT count(*) AS open_rows, count(*) FILTER (WHERE l.deleted_at IS NULL) AS prices
           FROM catalog.price r
           LEFT JOIN catalog.price_list l ON l.id = r.price_list_id
          WHERE r.variant_id = v.id AND r.ends_at > now() AND r.starts_at < r.ends_at) n
       WHERE v.id = ANY (\(variants)::uuid[]) AND \(sellers.covers("v.seller_id"))
      """, access: .write)
    let moment = try await clock.rows().first?.instant("moment") ?? work.now
    var (byVariant, byList): ([ID: LockedVariant], [ID: LockedList]) = ([:], [:])
    for row in lockedVariants {
      byVariant[try row.id("id")] = LockedVariant(
        product: try row.id("product_id"), seller: try row.id("seller_id"), currency: try row.string("currency"),
        prices: try row.int64("prices"), openRows: try row.int64("open_rows"))
    }
    for row in try await lockedLists.rows() {
      byList[try row.id("id")] = LockedList(seller: try row.id("seller_id"), currency: try row.string("currency"))
    }
    return Locked(moment: moment, variants: byVariant, lists: byList)
  }

  /// The prices that hold without regard to scheduled ones.
  func present(_ keys: [PriceKey]) async throws -> [PriceKey: Price] {
    let prices = try await work.all(
      Price.self,
      """
      SELECT \(PriceColumns.price)
        FROM unnest(\(keys.map(\.variant))::uuid[], \(keys.map(\.list))::uuid[], \(keys.map(\.quantityMin))::int[])
             k (variant_id, list_id, quantity_min)
        JOIN catalog.price r ON r.variant_id = k.variant_id AND r.price_list_id IS NOT DISTINCT FROM k.list_id
                            AND r.quantity_min = k.quantity_min AND r.ends_at = 'infinity'
      """)
    return Dictionary(prices.map { (PriceKey($0), $0) }) { first, _ in first }
  }

  /// Records a change of a price.
  func record(_ change: RecordedChange, before: Price?, after: Price, of variant: LockedVariant) throws {
    let key = PriceKey(after)
    try work.audit("catalog.price.\(change.action)", on: Self.type, after.id.string, before: before, after: after)
    work.publish(
      try NewEvent(
        Self.topic, change.event, of: key.variant,
        subjects: [variant.product, variant.seller] + [key.list].compactMap { $0 }, payload: after))
  }

  /// Writes the own prices that hold now into the documents and the lists of products, which are locked.
  /// - Parameter regular: those of them with a variant whose own price was set.
  func renew(_ products: Set<ID>, regular: Set<ID> = []) async throws {
    if products.isEmpty { return }
    let ids = products.sorted()
    let renewed = try await work.rows(
      """
      SELECT n.product_id, n.seller_id, n.category_id
        FROM catalog.renew_prices(\(ids)::uuid[], \(regular.sorted())::uuid[]) n
       ORDER BY n.product_id
      """, access: .write)
    for row in renewed {
      work.publish(
        NewEvent(
          ProductStore.topic, "prices_changed", of: try row.id("product_id"),
          subjects: [try row.id("seller_id"), try row.id("category_id")]))
    }
    work.send("SELECT catalog.shelve_products(\(ids)::uuid[])")
  }
}

extension RecordedChange {
  static let setPrice = RecordedChange(action: "set", event: "set")
  static let endPrice = RecordedChange(action: "end", event: "ended")
  static let schedulePrice = RecordedChange(action: "schedule", event: "scheduled")
  static let cancelPrice = RecordedChange(action: "cancel", event: "cancelled")
}
