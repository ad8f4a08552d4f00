internal import Glibc

/// A statement with the name under which connections prepare it.
final class Statement {
  /// Never used twice.
  let serial: UInt64
  /// Its place in the table of statements that each connection keeps.
  let slot: Int
  let name: UnsafeMutablePointer<CChar>
  let pieces: [Query.Piece]
  /// When it was last used, by the count of all uses.
  var lastUse: UInt64 = 0
  /// The plans for messages of its rows; usually of one type.
  var plans: [RowPlan] = []

  init(serial: UInt64, slot: Int, query: Query) {
    self.serial = serial
    self.slot = slot
    pieces = query.pieces
    name = strdup("s\(serial)")
  }

  deinit { free(name) }
}

/// The statements of a loop. Their number is bounded; the least recently used are removed.
final class StatementTable {
  private var byFingerprint: [UInt64: Statement] = [:]
  private var slots: [Statement?]
  /// The total number of uses of all statements.
  private(set) var uses: UInt64 = 0
  private var serials: UInt64 = 0
  private var used = 0

  init(capacity: Int) { slots = Array(repeating: nil, count: max(1, capacity)) }

  var capacity: Int { slots.count }

  func statement(for query: Query) -> Statement {
    uses &+= 1
    if let known = byFingerprint[query.fingerprint], known.pieces == query.pieces {
      known.lastUse = uses
      return known
    }
    return add(query)
  }

  private func add(_ query: Query) -> Statement {
    let slot = freeSlot()
    serials += 1
    let statement = Statement(serial: serials, slot: slot, query: query)
    statement.lastUse = uses
    // Of two queries with one fingerprint, the newer one is found; the older is prepared again when it returns.
    byFingerprint[query.fingerprint] = statement
    slots[slot] = statement
    return statement
  }

  private func freeSlot() -> Int {
    if used < slots.count {
      used += 1
      return used - 1
    }
    var oldest = 0
    for index in slots.indices where (slots[index]?.lastUse ?? 0) < (slots[oldest]?.lastUse ?? 0) { oldest = index }
    if let leaving = slots[oldest] {
      byFingerprint = byFingerprint.filter { $0.value !== leaving }
    }
    return oldest
  }
}
