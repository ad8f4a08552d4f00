internal import BenchAPI
internal import EventLoop
internal import Postgres
internal import Protobuf

/// The table of products in Postgres. Each loop reads it through connections of its own.
///
/// A class, because each call would copy the configuration otherwise.
final class ProductTable: Sendable {
  private static let onLoop = LoopLocal<Database>()

  let configuration: DatabaseConfiguration

  init(configuration: DatabaseConfiguration) { self.configuration = configuration }

  func product(_ id: Text, in arena: Arena, on loop: EventLoop) async throws -> FlatProduct? {
    try await database(on: loop).first(
      FlatProduct.self,
      """
      SELECT id, slug, title, description, brand, category_id, seller_id, price_minor, currency, rating, rating_count
        FROM products
       WHERE id = \(id)
      """, in: arena)
  }

  /// Runs a report after another without end: each waits in Postgres for so long, on a connection for long reads.
  func report(lasting seconds: Double, on loop: EventLoop) async throws {
    while true { _ = try await database(on: loop).rows("SELECT pg_sleep(\(seconds)::float8)", access: .longRead) }
  }

  /// Not inlined: the configuration would take memory in the frame of each read.
  @inline(never)
  private func database(on loop: EventLoop) throws -> Database {
    if let database = loop[Self.onLoop] { return database }
    let database = try Database(loop: loop, configuration: configuration)
    loop[Self.onLoop] = database
    return database
  }
}
