internal import Platform
internal import Postgres
internal import Protobuf
internal import SellersAPI

/// Applications in the database.
struct StoredApplication {
  let vault: Vault

  /// The columns of the API's `SellerApplication` without the trader: what lists show. `a` is sellers.application.
  static var columns: Query { "\(auditedColumns), a.slug, a.name, a.description" }

  /// The columns that the audit log and events keep, which nobody can erase: nothing that the applicant wrote.
  private static var auditedColumns: Query {
    """
    a.id, a.applicant_id, a.state, a.reason, coalesce(a.seller_id::text, '') AS seller_id,
           \(ETag.column("a.version")) AS etag, a.created_at AS create_time, a.decided_at AS decide_time
    """
  }

  /// Finds an application of an applicant, with its trader.
  /// - Parameter id: nil for the latest.
  /// - Throws: ``SellersError/noSuchApplication(_:)``.
  nonisolated(nonsending) func find(
    _ id: ID?, of applicant: ID?, _ runner: some QueryRunner, in arena: Arena
  ) async throws -> SellerApplication {
    let isChosen: Query = id.map { "a.id = \($0)" } ?? "true"
    return try await find(
      id?.description ?? "", where: "a.applicant_id = \(applicant)::uuid AND \(isChosen)", runner, in: arena)
  }

  /// Finds an application of any applicant, with its trader: for staff.
  /// - Throws: ``SellersError/noSuchApplication(_:)``.
  nonisolated(nonsending) func find(
    _ id: ID, _ runner: some QueryRunner, in arena: Arena
  ) async throws -> SellerApplication {
    try await find(id.description, where: "a.id = \(id)", runner, in: arena)
  }

  private nonisolated(nonsending) func find(
    _ name: String, where condition: Query, _ runner: some QueryRunner, in arena: Arena
  ) async throws -> SellerApplication {
    let found = try await runner.first(
      SellerApplication.self,
      """
      SELECT \(Self.columns)
        FROM sellers.application a
       WHERE \(condition)
       ORDER BY a.id DESC
       LIMIT 1
      """, in: arena)
    guard let found else { throw SellersError.noSuchApplication(name) }
    try await addSealed(to: found, runner, in: arena)
    return found
  }

  /// Reads an application without its trader, inside a transaction that has locked it.
  static func read(_ id: ID, in work: Work) async throws -> SellerApplication {
    try await read(id, columns, in: work)
  }

  /// Reads an application as the audit log keeps it.
  static func audited(_ id: ID, in work: Work) async throws -> SellerApplication {
    try await read(id, auditedColumns, in: work)
  }

  private static func read(_ id: ID, _ columns: Query, in work: Work) async throws -> SellerApplication {
    let found = try await work.first(
      SellerApplication.self, "SELECT \(columns) FROM sellers.application a WHERE a.id = \(id)")
    guard let found else { throw SellersError.noSuchApplication(id.description) }
    return found
  }

  /// Opens the trader and the documents, and sets them in the application.
  nonisolated(nonsending) func addSealed(
    to application: SellerApplication, _ runner: some QueryRunner, in arena: Arena
  ) async throws {
    try await addTrader(to: application, runner, in: arena)
    guard let id = ID(application.id.string) else { return }
    for document in try await StoredDocument.all(of: id, runner, vault, in: arena) {
      application.documents.append(document)
    }
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
