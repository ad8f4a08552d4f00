internal import EventLoop
internal import Migrations
package import Postgres
package import PostgresTesting

/// A database with the shop's schema, for one test.
package struct TestDatabase: Sendable {
  /// Where it is.
  package let url: String

  /// The one at `url`.
  package init(url: String) { self.url = url }

  /// A new one, without rows, or with `content`.
  package init(_ content: TestPostgres.Content? = nil) async throws {
    let migrations = try Migrations.all.map { try Migration(name: $0.name, sql: $0.sql) }
    url = try await TestPostgres.shared().database(migrations, with: content)
  }

  /// Runs `body` on a loop with connections of its own.
  @discardableResult
  package func run<R: Sendable>(_ body: @escaping @Sendable (Database) async throws -> R) async throws -> R {
    let group = EventLoopGroup(count: 1)
    defer { Task.detached { group.shutdown() } }
    return try await onLoop(of: group, url: url, body)
  }
}

extension QueryRunner {
  /// The column `n` of the only row.
  package func number(_ query: Query) async throws -> Int64 {
    try await rows(query).first?.int64("n") ?? -1
  }
}
