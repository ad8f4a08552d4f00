/// Heads that were recorded outside of the database. An audit is verified against them.
package struct RecordedHeads: Sendable {
  /// The chains' positions, by chain. Each is there once, however many records have it.
  private var positions: [Set<ChainPosition>] = Array(repeating: [], count: AuditChains.numbers.count)
  /// The ends of the chains after the boundary was set: the lengths by chain, each with the time of its youngest
  /// record.
  private var bounded: [[Int64: Instant]] = Array(repeating: [:], count: AuditChains.numbers.count)
  private var floors = [Int64](repeating: 0, count: AuditChains.numbers.count)
  private var digests: Set<[UInt8]> = []
  private var followers: [(previous: [UInt8], time: Instant)] = []

  /// The number of records.
  package private(set) var count = 0
  /// The flaws of the records themselves.
  private(set) var flaws: [AuditFlaw] = []
  /// Whether anything is wrong with them.
  package var hasFlaws: Bool { !flaws.isEmpty }
  /// Whether any of them was made when the boundary was set.
  private(set) var hasBoundary = false
  /// The youngest record that a server sent out.
  private(set) var lastSent: (time: Instant, interval: Duration)?

  /// No heads.
  package init() {}

  /// Takes a record.
  package mutating func add(_ heads: AuditHeads) {
    count += 1
    digests.insert(heads.digest)
    if let previous = heads.previous { followers.append((previous, heads.time)) }
    for (chain, end) in heads.ends.enumerated() where chain < positions.count && end.length > 0 {
      positions[chain].insert(end)
    }
    for (chain, floor) in heads.floors.enumerated() where chain < floors.count {
      floors[chain] = max(floors[chain], floor)
    }
    hasBoundary = hasBoundary || heads.hasBoundary
    for (chain, end) in heads.ends.enumerated() where heads.hasBoundary && chain < bounded.count {
      bounded[chain][end.length] = max(bounded[chain][end.length] ?? heads.time, heads.time)
    }
    if heads.intervalSeconds > 0, heads.time > lastSent?.time ?? .earliest {
      lastSent = (heads.time, .seconds(heads.intervalSeconds))
    }
  }

  /// Takes what stood in a line and is no record of this database.
  package mutating func addChanged(line: Int) { flaws.append(.recordChanged(line: line)) }

  /// Takes the positions of a file of an earlier release, which has no signature.
  package mutating func add(unsigned heads: [Int: ChainPosition]) {
    count += 1
    for (chain, position) in heads where AuditChains.numbers.contains(chain) { positions[chain].insert(position) }
  }

  /// Takes every record in a line of any text: a file of records, a log.
  /// - Parameter since: records that are older are left out.
  package mutating func add(line: Substring, number: Int, since: Instant?, _ keys: AuditKeys) {
    var rest = line
    while let start = rest.firstRange(of: AuditHeads.prefix) {
      let word = rest[start.lowerBound...].prefix(AuditHeads.prefix.count + AuditHeads.textBytes)
      rest = rest[start.upperBound...]
      guard let heads = AuditHeads(word, signedBy: keys) else {
        addChanged(line: number)
        continue
      }
      if let since, heads.time < since {
        digests.insert(heads.digest)
        continue
      }
      add(heads)
    }
  }

  /// The positions of a chain.
  func known(_ chain: Int) -> [ChainPosition] { Array(positions[chain]) }

  /// The number of entries that retention has removed from a chain, according to the records.
  func floor(_ chain: Int) -> Int64 { floors[chain] }

  /// The youngest record of when the boundary was set already and a chain ended before `length`.
  func lastBounded(_ chain: Int, before length: Int64) -> (length: Int64, time: Instant)? {
    bounded[chain].filter { $0.key < length }.max { $0.value < $1.value }.map { (length: $0.key, time: $0.value) }
  }

  /// Records whose predecessor is missing.
  var gaps: [AuditFlaw] {
    followers.filter { !digests.contains($0.previous) }.map { .recordMissing(before: $0.time) }
  }
}
