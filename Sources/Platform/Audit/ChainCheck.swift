internal import Sealing

/// Verifies one chain entry by entry, in the order of their numbers, and reports its flaws.
struct ChainCheck {
  /// The tolerance between the clocks of servers and of the database.
  private static let clocksApartMax: Duration = .seconds(24 * 3600)
  /// The tolerance for a slow clock of this machine.
  private static let clockBehindMax: Duration = .seconds(300)

  /// The positions that the chain must contain.
  struct Expectation {
    /// Behind which position the entries begin.
    var floor = ChainPosition.start
    /// The least end of the chain: entries may have been added.
    var head = ChainPosition.start
    /// Places that were noted earlier.
    var known: [ChainPosition] = []
    /// Up to where entries may lack a MAC; nil for everywhere.
    var boundary: ChainPosition?
  }

  private let chain: Int
  private let keys: AuditKeys
  private let known: [Int64: Set<[UInt8]>]
  private let isHeadRight: Bool
  private let furthest: Int64
  private let boundary: Int64
  private let now: Instant
  private var last: ChainPosition
  private var lastAt: Instant?

  /// Entries without a MAC.
  private(set) var bare = 0
  /// When the oldest entry with a right MAC was written.
  private(set) var oldestMAC: Instant?
  /// When the youngest entry was written.
  private(set) var youngest: Instant?
  /// When an operator moved the boundary last, by an entry with a right MAC.
  private(set) var boundaryMovedAt: Instant?
  /// Findings that deserve attention.
  private(set) var remarks: [AuditRemark] = []

  init(chain: Int, _ expected: Expectation, _ keys: AuditKeys, now: Instant) {
    self.chain = chain
    self.keys = keys
    self.now = now
    last = expected.floor
    boundary = expected.boundary?.length ?? .max
    // Entries that retention has removed are covered by the floor, which is signed.
    let positions = (expected.known + [expected.head] + [expected.boundary].compactMap(\.self)).filter {
      $0.length > expected.floor.length
    }
    known = Dictionary(positions.map { ($0.length, [$0.hash]) }, uniquingKeysWith: { $0.union($1) })
    isHeadRight = expected.head.length != expected.floor.length || expected.head.hash == expected.floor.hash
    furthest = positions.map(\.length).max() ?? expected.floor.length
  }

  /// Takes the next entry.
  mutating func take(_ entry: ChainedEntry) -> [AuditFlaw] {
    var flaws: [AuditFlaw] = []
    if entry.rightHash != entry.hash {
      flaws.append(.changed(chain: chain, seq: entry.seq, id: entry.id))
    } else if let flaw = authenticate(entry) {
      flaws.append(flaw)
    }
    guard entry.seq > last.length else {
      return flaws + [.surplus(chain: chain, seq: entry.seq, id: entry.id)]
    }
    if entry.seq - 1 > last.length {
      flaws.append(.missing(chain: chain, first: last.length + 1, last: entry.seq - 1))
    } else if entry.previousHash != last.hash {
      flaws.append(.misplaced(chain: chain, seq: entry.seq, id: entry.id))
    }
    if let hashes = known[entry.seq], hashes != [entry.hash] { flaws.append(.rewritten(chain: chain, seq: entry.seq)) }
    last = ChainPosition(length: entry.seq, hash: entry.hash)
    return flaws
  }

  private mutating func authenticate(_ entry: ChainedEntry) -> AuditFlaw? {
    guard let mac = entry.mac else {
      bare += 1
      lastAt = entry.at
      return entry.seq > boundary ? .unauthenticated(chain: chain, seq: entry.seq, id: entry.id) : nil
    }
    switch EntryMAC.verdict(of: mac, of: entry, keys) {
    case .valid:
      oldestMAC = oldestMAC ?? entry.at
      if entry.action == AuditBoundary.movedAction, let madeAt = ID(entry.id)?.madeAt {
        boundaryMovedAt = max(boundaryMovedAt ?? madeAt, madeAt)
      }
      look(at: entry)
      return nil
    case .invalid: return .forged(chain: chain, seq: entry.seq, id: entry.id)
    case .unknownKey(let key): return .unknownKey(chain: chain, seq: entry.seq, id: entry.id, key: "\(key)")
    }
  }

  /// Times of entries that a server wrote: clocks may go wrong, which is no forgery.
  private mutating func look(at entry: ChainedEntry) {
    guard let at = entry.at else { return }
    defer {
      lastAt = at
      youngest = max(youngest ?? at, at)
    }
    guard remarks.count < AuditVerification.flawsListedMax else { return }
    if let lastAt, at < lastAt { remarks.append(.wentBack(chain: chain, seq: entry.seq)) }
    if at > now + Self.clockBehindMax { remarks.append(.future(chain: chain, seq: entry.seq)) }
    if let madeAt = ID(entry.id)?.madeAt, at - madeAt > Self.clocksApartMax || madeAt - at > Self.clocksApartMax {
      remarks.append(.clocksDiffer(chain: chain, seq: entry.seq))
    }
  }

  /// Returns the flaws after the last entry.
  func end() -> [AuditFlaw] {
    if last.length < furthest { return [.missing(chain: chain, first: last.length + 1, last: furthest)] }
    return isHeadRight ? [] : [.rewritten(chain: chain, seq: last.length)]
  }

  /// The end of the chain.
  var reached: ChainPosition { last }
}
