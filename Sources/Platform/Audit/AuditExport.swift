internal import AuditAPI
package import Postgres
internal import Protobuf

/// The whole audit log, or what was written between two moments, as JSON: one entry a line, the oldest first.
package struct AuditExport: Sendable {
  /// The time in which the log is read.
  private static let readingMax: Duration = .seconds(24 * 3_600)

  /// The least number of bytes that are written at a time, except at the end.
  private static let writtenBytesMin = 64 << 10

  private let start: Instant?
  private let end: Instant?

  /// - Parameters:
  ///   - start: the first moment; nil for the beginning of the log.
  ///   - end: the moment after the last one; nil for the end of the log.
  package init(from start: Instant?, to end: Instant?) {
    self.start = start
    self.end = end
  }

  /// Reads the entries of one snapshot, row by row, no faster than `write` takes their lines, which it is given some at
  /// a time. It must not block the loop, which ends the reading in time.
  /// - Returns: how many entries there are.
  package func run(_ database: Database, write: (String) async throws -> Void) async throws -> Int {
    var count = 0
    var lines = ""
    for try await entry in database.stream(AuditEntry.self, query, from: .primary, within: Self.readingMax) {
      lines += "\(try entry.json())\n"
      count += 1
      if lines.utf8.count < Self.writtenBytesMin { continue }
      try await write(lines)
      lines = ""
    }
    if !lines.isEmpty { try await write(lines) }
    return count
  }

  private var query: Query {
    """
    SELECT \(AuditList.columns)
      FROM audit.entry e
     WHERE (\(start)::timestamptz IS NULL OR e.at >= \(start)) AND (\(end)::timestamptz IS NULL OR e.at < \(end))
     ORDER BY e.at, e.id
    """
  }
}
