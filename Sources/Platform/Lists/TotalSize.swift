internal import Postgres

/// The number of elements of a list, counted up to a bound.
package struct TotalSize: Equatable, Sendable {
  /// No more elements are counted than this.
  package static let countedMax = 10_000

  /// The number of elements, or ``countedMax`` when there are more.
  package let count: Int32
  /// Whether there are no more.
  package let isExact: Bool

  /// The size of a list with so many elements.
  init(counted: Int64) {
    count = Int32(clamping: min(counted, Int64(Self.countedMax)))
    isExact = counted <= Self.countedMax
  }

  /// The statement that counts. Its order does not matter, so Postgres may read any index.
  static func query(_ rows: ListRows) -> Query {
    "SELECT count(*) AS n FROM (\(rows.whole) LIMIT \(countedMax + 1)) counted"
  }

  /// Counts the rows.
  nonisolated(nonsending) static func count(_ rows: ListRows, _ runner: some QueryRunner) async throws -> TotalSize {
    TotalSize(counted: try await runner.rows(query(rows)).first?.int64("n") ?? 0)
  }
}
