internal import Sealing

/// Follows one chain from its beginning, entry by entry in the order of their numbers, and says what is wrong.
struct ChainCheck {
  private let chain: Int
  private let known: [Int64: [UInt8]]
  private let head: ChainPlace
  private var last: ChainPlace

  /// - Parameters:
  ///   - floor: behind which place the entries begin.
  ///   - head: where they end, at least: more may have come meanwhile.
  ///   - known: places that were noted earlier.
  init(chain: Int, floor: ChainPlace, head: ChainPlace, known: [ChainPlace] = []) {
    self.chain = chain
    self.head = head
    last = floor
    self.known = Dictionary((known + [head]).map { ($0.length, $0.hash) }, uniquingKeysWith: { first, _ in first })
  }

  /// Takes the next entry.
  mutating func take(_ entry: ChainedEntry) -> [AuditFlaw] {
    var flaws: [AuditFlaw] = []
    if entry.rightHash != entry.hash { flaws.append(.changed(chain: chain, seq: entry.seq, id: entry.id)) }
    if entry.seq <= last.length {
      return flaws + [.surplus(chain: chain, seq: entry.seq, id: entry.id)]
    }
    if entry.seq > last.length + 1 {
      flaws.append(.missing(chain: chain, first: last.length + 1, last: entry.seq - 1))
    } else if entry.previousHash != last.hash {
      flaws.append(.misplaced(chain: chain, seq: entry.seq, id: entry.id))
    }
    if let hash = known[entry.seq], hash != entry.hash { flaws.append(.rewritten(chain: chain, seq: entry.seq)) }
    last = ChainPlace(length: entry.seq, hash: entry.hash)
    return flaws
  }

  /// Says what is wrong once there are no more entries.
  func end() -> [AuditFlaw] {
    let length = max(head.length, known.keys.max() ?? 0)
    if last.length < length { return [.missing(chain: chain, first: last.length + 1, last: length)] }
    if let hash = known[last.length], hash != last.hash { return [.rewritten(chain: chain, seq: last.length)] }
    return []
  }

  /// How far the chain goes.
  var reached: ChainPlace { last }
}
