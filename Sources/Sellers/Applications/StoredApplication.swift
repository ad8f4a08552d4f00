internal import Platform
internal import Postgres
internal import Protobuf
internal import SellersAPI

/// Applications in the database.
struct StoredApplication {
  let vault: Vault

  /// The columns of the API's `SellerApplication` without the trader: what lists show, and what the audit log keeps.
  /// `a` is sellers.application.
  static var columns: Query {
    """
    a.id, a.applicant_id, a.state, a.slug, a.name, a.description, a.reason,
           coalesce(a.seller_id::text, '') AS seller_id, \(ETag.column("a.version")) AS etag,
           a.created_at AS create_time, a.decided_at AS decide_time
    """
  }

  /// Finds an application that the caller may see, with its trader.
  /// - Parameter id: nil for the latest of the caller's own.
  /// - Throws: ``SellersError/noSuchApplication(_:)``.
  nonisolated(nonsending) func find(
    _ id: ID?, for caller: Caller, _ runner: some QueryRunner, in arena: Arena
  ) async throws -> SellerApplication {
    let isStaff = caller.permissions.contains(.sellersManage)
    let condition: Query =
      if let id {
        "a.id = \(id) AND (a.applicant_id = \(caller.id)::uuid OR \(isStaff)::boolean)"
      } else {
        "a.applicant_id = \(caller.id)::uuid"
      }
    let found = try await runner.first(
      SellerApplication.self,
      """
      SELECT \(Self.columns)
        FROM sellers.application a
       WHERE \(condition)
       ORDER BY a.id DESC
       LIMIT 1
      """, in: arena)
    guard let found else { throw SellersError.noSuchApplication(id?.description ?? "") }
    try await addTrader(to: found, runner, in: arena)
    return found
  }

  /// Reads an application without its trader, inside a transaction that has locked it.
  static func read(_ id: ID, in work: Work) async throws -> SellerApplication {
    let found = try await work.first(
      SellerApplication.self, "SELECT \(columns) FROM sellers.application a WHERE a.id = \(id)")
    guard let found else { throw SellersError.noSuchApplication(id.description) }
    return found
  }

  /// Opens the trader, and sets it in the application.
  nonisolated(nonsending) func addTrader(
    to application: SellerApplication, _ runner: some QueryRunner, in arena: Arena
  ) async throws {
    guard let id = ID(application.id.string),
      let row = try await runner.rows("SELECT a.sealed FROM sellers.application a WHERE a.id = \(id)").first
    else { throw SellersError.noSuchApplication(application.id.string) }
    application.trader = try Trader(json: try SealedTrader.open(try row.bytes("sealed"), of: id, vault), in: arena)
  }
}

extension ContentionKey {
  /// An application to sell.
  static func application(_ id: ID) -> ContentionKey { ContentionKey("sellers.application", id) }
}
