/// A snapshot of Postgres, as `pg_current_snapshot()` writes it. It says which transactions a statement saw.
package struct Snapshot: Hashable, Sendable {
  /// All transactions below it were over.
  package let xmin: UInt64
  /// None from here on was seen.
  package let xmax: UInt64
  /// The transactions between the two that were still open, in order.
  package let underWay: [UInt64]

  /// A snapshot lists no more transactions than a server has connections.
  static let underWayMax = 16_384

  init?(xmin: UInt64, xmax: UInt64, underWay: [UInt64]) {
    guard xmin <= xmax, underWay.count <= Self.underWayMax, underWay.allSatisfy({ (xmin..<xmax).contains($0) }) else {
      return nil
    }
    self.xmin = xmin
    self.xmax = xmax
    self.underWay = underWay.sorted()
  }

  /// Reads `xmin:xmax:xid,xid,…`; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let xmin = UInt64(parts[0]), let xmax = UInt64(parts[1]) else { return nil }
    let underWay = parts[2].split(separator: ",").map { UInt64($0) }
    guard !underWay.contains(nil) else { return nil }
    self.init(xmin: xmin, xmax: xmax, underWay: underWay.compactMap { $0 })
  }

  /// A snapshot that lists at most this many transactions and saw nothing that this one did not see. If this one lists
  /// more, it saw fewer transactions, so that a subscriber may receive a change again, but misses none.
  func listing(atMost count: Int) -> Snapshot {
    guard underWay.count > count else { return self }
    return Snapshot(xmin: xmin, xmax: underWay[count], underWay: Array(underWay.prefix(count))) ?? self
  }

  /// Whether what transaction `xid`, which has committed by now, did was visible to it.
  package func sees(_ xid: UInt64) -> Bool {
    if xid < xmin { return true }
    return xid < xmax && !underWay.contains(xid)
  }
}
