/// The statements of a loop. Their number is bounded; the least recently used ones are removed. Each operation takes
/// the same time, whatever the number of statements.
final class StatementTable {
  /// A text that is used this often is prepared from the next time on. Texts that are put together from parts have many
  /// variants, most of which never return: to prepare them would cost the server time and memory on every connection.
  static let usesBeforePreparing = 2
  private static let none = -1

  private var byFingerprint: [UInt64: Statement] = [:]
  private var slots: [Statement?]
  private var used = 0
  /// The slots in the order of use, as a list in both directions.
  private var links: [(newer: Int, older: Int)]
  private var newest = StatementTable.none
  private var oldest = StatementTable.none
  /// The total number of uses of all statements.
  private(set) var uses: UInt64 = 0
  private var serials: UInt64 = 0
  /// Grows when a prepared statement turns out to be older than the schema. Connections then prepare all statements
  /// anew: otherwise each statement would fail once on each connection.
  private(set) var schemaAge: UInt64 = 0

  init(capacity: Int) {
    let count = max(1, capacity)
    slots = Array(repeating: nil, count: count)
    links = Array(repeating: (Self.none, Self.none), count: count)
  }

  var capacity: Int { slots.count }

  /// How many it holds.
  var count: Int { used }

  func statement(for query: Query) -> Statement {
    uses &+= 1
    if let known = byFingerprint[query.fingerprint], known.pieces == query.pieces {
      known.uses += 1
      if known.slot != newest {
        unlink(known.slot)
        link(known.slot)
      }
      return known
    }
    return add(query)
  }

  /// The schema has changed since statements were prepared, as the failure of one on a connection shows.
  /// - Parameter age: what ``schemaAge`` was when that connection prepared it: of many failures, the first counts.
  func schemaChanged(since age: UInt64) {
    if age == schemaAge { schemaAge += 1 }
  }

  private func add(_ query: Query) -> Statement {
    let slot = used < slots.count ? used : removeOldest()
    used = max(used, slot + 1)
    serials += 1
    let statement = Statement(serial: serials, slot: slot, query: query)
    // Of two queries with one fingerprint, the newer one is found; the older is prepared again when it returns.
    byFingerprint[query.fingerprint] = statement
    slots[slot] = statement
    link(slot)
    return statement
  }

  /// - Returns: the slot that is free now.
  private func removeOldest() -> Int {
    let slot = oldest
    unlink(slot)
    if let leaving = slots[slot].take(), byFingerprint[leaving.fingerprint] === leaving {
      byFingerprint[leaving.fingerprint] = nil
    }
    return slot
  }

  private func link(_ slot: Int) {
    links[slot] = (Self.none, newest)
    if newest == Self.none { oldest = slot } else { links[newest].newer = slot }
    newest = slot
  }

  private func unlink(_ slot: Int) {
    let (newer, older) = links[slot]
    if newer == Self.none { newest = older } else { links[newer].older = older }
    if older == Self.none { oldest = newer } else { links[older].newer = newer }
  }
}
