internal import Platform
internal import Postgres
internal import Protobuf
internal import SellersAPI

/// The shop of a seller, inside a unit of work. The audit log records every change.
struct StoredShop {
  static let descriptionCharactersMax = 5_000
  static let reasonCharactersMax = 500
  private static let type = Shop.descriptor.fullName

  let seller: ID
  let work: Work

  /// The columns of the API's `Shop` without the trader: what the audit log and events keep, which nobody can erase.
  /// `h` is sellers.shop, `s` is catalog.seller_entry.
  static func columnsWithoutTrader(at now: Instant) -> Query {
    """
    h.seller_id, s.slug, s.name, h.description, h.state, h.suspension_reason,
           CASE WHEN h.holiday_end > \(now) THEN h.holiday_start END AS "holiday.start_time",
           CASE WHEN h.holiday_end > \(now) THEN h.holiday_end END AS "holiday.end_time",
           CASE WHEN h.holiday_end > \(now) THEN h.holiday_note END AS "holiday.note",
           \(ETag.column("h.version")) AS etag, h.created_at AS create_time, h.updated_at AS update_time
    """
  }

  /// The columns of the API's `Shop`.
  static func columns(at now: Instant) -> Query { "\(columnsWithoutTrader(at: now)), h.trader" }

  /// - Throws: ``SellersError/noSuchShop(_:)`` for a shop that does not exist, or not for the caller.
  static nonisolated(nonsending) func verifyExistence(
    of seller: ID, for sellers: SellerAccess, _ runner: some QueryRunner
  ) async throws {
    let rows = try await runner.rows(
      "SELECT FROM sellers.shop h WHERE h.seller_id = \(seller) AND \(sellers.covers("h.seller_id"))")
    if rows.isEmpty { throw SellersError.noSuchShop(seller.description) }
  }

  /// Locks the shop.
  /// - Throws: ``SellersError/noSuchShop(_:)`` for a shop that does not exist, or not for the caller; ``StaleETag``.
  func lock(in expected: ExpectedState, for sellers: SellerAccess) async throws -> ShopStatus {
    let row = try await expected.lock(
      """
      SELECT h.version, h.state FROM sellers.shop h
       WHERE h.seller_id = \(seller) AND \(sellers.covers("h.seller_id"))
         FOR UPDATE
      """, of: Self.type, seller, work)
    guard let row else { throw SellersError.noSuchShop(seller.description) }
    guard let status = ShopStatus(rawValue: try row.string("state")) else {
      throw PostgresError.mapping("a shop's state")
    }
    return status
  }

  /// Reads the shop.
  func read() async throws -> Shop { try await read(Self.columns(at: work.now)) }

  /// Reads the shop as the audit log keeps it.
  func withoutTrader() async throws -> Shop { try await read(Self.columnsWithoutTrader(at: work.now)) }

  private func read(_ columns: Query) async throws -> Shop {
    let shop = try await work.first(
      Shop.self,
      """
      SELECT \(columns)
        FROM sellers.shop h JOIN catalog.seller_entry s ON s.id = h.seller_id
       WHERE h.seller_id = \(seller)
      """)
    guard let shop else { throw SellersError.noSuchShop(seller.description) }
    return shop
  }

  /// Lets `write` change the shop, whose row is locked, and gives it another version. Its products are shown or hidden
  /// as its new state says, in the same transaction.
  /// - Parameters:
  ///   - action: what is done, for the audit log.
  ///   - event: what happens to the shop, for the event log.
  func change(_ action: String, event: String, _ write: () async throws -> Void) async throws -> Shop {
    let before = try await withoutTrader()
    try await write()
    let changed = try await work.execute(
      """
      UPDATE sellers.shop h SET version = h.version + 1, updated_at = \(work.now) WHERE h.seller_id = \(seller)
      """)
    guard changed == 1 else { throw SellersError.noSuchShop(seller.description) }
    let after = try await withoutTrader()
    StoredTranslations(of: seller, in: work).compare(with: after.sources, insteadOf: before.sources)
    try work.audit(action, on: Self.type, seller, before: before, after: after)
    work.publish(try NewEvent("sellers.shop", event, of: seller, payload: after))
    let shop = try await read()
    // Last, because writes of products in the same categories wait for the counts from here on. The time is not that of
    // the beginning of the work: a holiday may have begun while it waited for the lock.
    try await ShopVisibility(seller: seller).update(at: .now, in: work)
    return shop
  }
}

extension ContentionKey {
  /// The shop of a seller.
  static func shop(_ seller: ID) -> ContentionKey { ContentionKey("sellers.shop", seller) }
}
