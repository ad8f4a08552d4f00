internal import Platform

/// The position up to which a server has read revocations, and the time of the last read.
struct RevocationProgress {
  /// The position is trusted for so long after the last read. A server that slept for longer reads everything again.
  private static let positionAgeMax: Duration = .seconds(3_600)
  /// Client credentials and signing keys are read at least this often: well within the time that a key is announced
  /// before it signs.
  private static let refreshInterval: Duration = .seconds(30)

  /// A read that has begun.
  struct Read {
    let begunAt: Instant
    /// The rows up to here need not be read again; nil to read everything.
    let known: RevocationPosition?
    /// Whether client credentials and signing keys must be read in any case.
    let isRefreshDue: Bool
    fileprivate let start: Int
  }

  private var position: RevocationPosition?
  private var readAt: Instant?
  private var refreshedAt: Instant?
  /// The number of times that reading started over.
  private var start = 0

  /// Begins a read.
  func begin(at now: Instant) -> Read {
    var known: RevocationPosition?
    if let readAt, readAt <= now, now < readAt + Self.positionAgeMax { known = position }
    var isRefreshDue = true
    if let refreshedAt, refreshedAt <= now, now < refreshedAt + Self.refreshInterval { isRefreshDue = false }
    return Read(begunAt: now, known: known, isRefreshDue: isRefreshDue, start: start)
  }

  /// Ends a read whose revocations are all applied.
  mutating func end(_ read: Read, upTo position: RevocationPosition, hasRefreshed: Bool) {
    // The read began before `startOver`, so it may have skipped rows.
    guard read.start == start else { return }
    self.position = position
    readAt = read.begunAt
    if hasRefreshed { refreshedAt = read.begunAt }
  }

  /// Makes the next read start over, even when another read is in progress.
  mutating func startOver() {
    start &+= 1
    position = nil
    refreshedAt = nil
  }
}
