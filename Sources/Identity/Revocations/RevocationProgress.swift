internal import Platform

/// Up to where a server knows what has ended rights, and when it looked.
struct RevocationProgress {
  /// What is known is believed for so long after the last look; a server that slept for longer reads all anew.
  private static let positionAgeMax: Duration = .seconds(3_600)
  /// Programs and keys are read this often in any case: well within the time that a key is announced before it signs.
  private static let refreshInterval: Duration = .seconds(30)

  /// A look that has begun.
  struct Read {
    let begunAt: Instant
    /// What need not be read again; nil to read everything.
    let known: RevocationPosition?
    /// Whether programs and keys are to be read in any case.
    let isRefreshDue: Bool
    fileprivate let start: Int
  }

  private var position: RevocationPosition?
  private var readAt: Instant?
  private var refreshedAt: Instant?
  /// How often it has begun anew.
  private var start = 0

  /// A look begins.
  func begin(at now: Instant) -> Read {
    var known: RevocationPosition?
    if let readAt, readAt <= now, now < readAt + Self.positionAgeMax { known = position }
    var isRefreshDue = true
    if let refreshedAt, refreshedAt <= now, now < refreshedAt + Self.refreshInterval { isRefreshDue = false }
    return Read(begunAt: now, known: known, isRefreshDue: isRefreshDue, start: start)
  }

  /// Everything that the look found is applied.
  mutating func end(_ read: Read, upTo position: RevocationPosition, hasRefreshed: Bool) {
    // It began before everything was to be read anew, and read less.
    guard read.start == start else { return }
    self.position = position
    readAt = read.begunAt
    if hasRefreshed { refreshedAt = read.begunAt }
  }

  /// The next look reads everything anew, also when another is under way.
  mutating func startOver() {
    start &+= 1
    position = nil
    refreshedAt = nil
  }
}
