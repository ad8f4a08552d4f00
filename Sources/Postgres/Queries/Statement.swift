internal import Glibc

/// A statement with the name under which connections prepare it.
final class Statement {
  /// Never used twice.
  let serial: UInt64
  /// Its place in the table of statements that each connection keeps.
  let slot: Int
  let name: UnsafeMutablePointer<CChar>
  let pieces: [Query.Piece]
  let fingerprint: UInt64
  private let isPreparable: Bool
  /// How often it was used.
  var uses = 1
  /// The plans for messages of its rows; usually of one type.
  var plans: [RowPlan] = []

  init(serial: UInt64, slot: Int, query: Query) {
    self.serial = serial
    self.slot = slot
    pieces = query.pieces
    fingerprint = query.fingerprint
    isPreparable = query.isPreparable
    name = strdup("s\(serial)")
  }

  deinit { free(name) }

  /// Whether it returns often enough to be prepared.
  var isWorthPreparing: Bool { isPreparable && uses > StatementTable.usesBeforePreparing }
}
