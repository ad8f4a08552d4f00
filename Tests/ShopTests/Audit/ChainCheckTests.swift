import Sealing
import Testing

@testable import Platform

@Suite struct ChainCheckTests {
  private static let start = ChainPosition(length: 0, hash: [UInt8](repeating: 0, count: 32))

  private static func entry(
    _ columns: [String?], _ id: String, _ seq: Int, _ previous: [UInt8], _ hash: [UInt8] = []
  ) -> ChainedEntry {
    ChainedEntry(
      columns: columns, id: id, seq: Int64(seq), at: nil, previousHash: previous, hash: hash, mac: nil)
  }

  /// A right chain of so many entries.
  private static func chain(_ count: Int) -> [ChainedEntry] {
    var last = start.hash
    return (1...count).map { seq in
      let columns = ["id \(seq)", "3", "\(seq)", nil, ""]
      let hash = entry(columns, "id \(seq)", seq, last).rightHash
      defer { last = hash }
      return entry(columns, "id \(seq)", seq, last, hash)
    }
  }

  private static func flaws(
    _ entries: [ChainedEntry], head: ChainPosition, floor: ChainPosition = start, known: [ChainPosition] = []
  ) -> [AuditFlaw] {
    let expected = ChainCheck.Expectation(floor: floor, head: head, known: known)
    var check = ChainCheck(chain: 3, expected, AuditKeys(Keyring(SecretKey())), now: .now)
    return entries.flatMap { check.take($0) } + check.end()
  }

  private static func head(_ entries: [ChainedEntry]) -> ChainPosition {
    entries.last.map { ChainPosition(length: $0.seq, hash: $0.hash) } ?? start
  }

  private static func changed(_ entry: ChainedEntry) -> ChainedEntry {
    Self.entry(
      ["id \(entry.seq)", "3", "\(entry.seq)", "", ""], entry.id, Int(entry.seq), entry.previousHash, entry.hash)
  }

  private static func moved(_ entry: ChainedEntry, to seq: Int64) -> ChainedEntry {
    Self.entry(entry.columns, entry.id, Int(seq), entry.previousHash, entry.hash)
  }

  @Test func aChainAsItWasWrittenHasNoFlaw() {
    let all = Self.chain(50)
    #expect(Self.flaws([], head: Self.start).isEmpty)
    #expect(Self.flaws(all, head: Self.head(all)).isEmpty)
    // Entries may come while the log is read.
    #expect(Self.flaws(all, head: Self.head(Array(all.prefix(40)))).isEmpty)
    // Retention has taken the first 20.
    #expect(Self.flaws(Array(all.dropFirst(20)), head: Self.head(all), floor: Self.head(Array(all.prefix(20)))).isEmpty)
    #expect(Self.flaws(all, head: Self.head(all), known: [Self.head(Array(all.prefix(30)))]).isEmpty)
  }

  @Test func whateverIsDoneToOneEntryShows() {
    let all = Self.chain(20)
    let head = Self.head(all)
    for index in all.indices {
      let seq = Int64(index + 1)
      var entries = all
      entries[index] = Self.changed(all[index])
      #expect(Self.flaws(entries, head: head) == [.changed(chain: 3, seq: seq, id: "id \(seq)")])
      entries = all
      entries.remove(at: index)
      #expect(Self.flaws(entries, head: head).contains(.missing(chain: 3, first: seq, last: seq)))
      entries = all
      entries.insert(all[index], at: index + 1)
      #expect(Self.flaws(entries, head: head) == [.surplus(chain: 3, seq: seq, id: "id \(seq)")])
    }
  }

  @Test func entriesThatChangePlacesShow() {
    let all = Self.chain(10)
    var entries = all
    entries[4] = Self.moved(all[5], to: 5)
    entries[5] = Self.moved(all[4], to: 6)
    let flaws = Self.flaws(entries, head: Self.head(all))
    #expect(flaws.contains(.misplaced(chain: 3, seq: 5, id: "id 6")))
    #expect(flaws.contains(.misplaced(chain: 3, seq: 6, id: "id 5")))
  }

  @Test func aChainThatIsCutShortOrWrittenAnewShows() {
    let all = Self.chain(10)
    #expect(
      Self.flaws(Array(all.prefix(7)), head: Self.head(all)) == [.missing(chain: 3, first: 8, last: 10)])
    // Somebody also set the chain's end back: only what was noted elsewhere tells.
    let cut = Array(all.prefix(7))
    #expect(Self.flaws(cut, head: Self.head(cut)).isEmpty)
    #expect(
      Self.flaws(cut, head: Self.head(cut), known: [Self.head(all)]) == [.missing(chain: 3, first: 8, last: 10)])
    // All hashes are recomputed over other contents.
    var last = Self.start.hash
    let forged = (1...10).map { seq -> ChainedEntry in
      let columns: [String?] = ["forged \(seq)", "3", "\(seq)"]
      let hash = Self.entry(columns, "x", seq, last).rightHash
      defer { last = hash }
      return Self.entry(columns, "x", seq, last, hash)
    }
    #expect(Self.flaws(forged, head: Self.head(forged)).isEmpty)
    #expect(
      Self.flaws(forged, head: Self.head(forged), known: [Self.head(Array(all.prefix(5)))])
        == [.rewritten(chain: 3, seq: 5)])
  }

  @Test func numbersAtTheEndsOfTheirRangeTrapNothing() {
    for seq in [Int.min, Int.max] {
      let wild = Self.entry([], "x", seq, [])
      #expect(!Self.flaws([wild, wild], head: Self.start).isEmpty)
      let floor = ChainPosition(length: Int64(seq), hash: [])
      #expect(!Self.flaws([wild] + Self.chain(2), head: floor, floor: floor, known: [floor]).isEmpty)
    }
  }

  @Test func columnsCannotFlowIntoOneAnother() {
    func hash(_ columns: [String?]) -> [UInt8] {
      Self.entry(columns, "", 1, []).rightHash
    }
    let hashes = [["ab", "c"], ["a", "bc"], ["abc", ""], ["abc", nil], ["", "abc"], [nil, "abc"]].map(hash)
    #expect(Set(hashes).count == hashes.count)
  }
}
