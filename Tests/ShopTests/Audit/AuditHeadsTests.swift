import Sealing
import Testing

@testable import Platform

@Suite struct AuditHeadsTests {
  private static let keys = AuditKeys(Keyring(SecretKey()))

  private static func heads(_ length: Int64, after previous: AuditHeads? = nil) -> AuditHeads {
    let ends = (0..<64).map { ChainPosition(length: length, hash: Digest.sha256([UInt8($0)])) }
    var heads = AuditHeads(
      time: Instant(clamping: length * 3_600_000_000), ends: ends, floors: (0..<64).map { _ in 0 }, hasBoundary: true)
    heads.intervalSeconds = 3_600
    heads.previous = previous?.digest
    return heads
  }

  private static func noted(_ lines: [String], since: Instant? = nil, _ keys: AuditKeys = keys) -> RecordedHeads {
    var noted = RecordedHeads()
    for (index, line) in lines.enumerated() { noted.add(line: line[...], number: index + 1, since: since, keys) }
    return noted
  }

  @Test func aRecordIsReadBackFromAnyLine() {
    let heads = Self.heads(5, after: Self.heads(4))
    let text = heads.text(signedBy: Self.keys)
    #expect(AuditHeads(text, signedBy: Self.keys) == heads)
    for line in [text, "2026 notice audit heads heads=\(text) node=a", #"{"heads":"\#(text)","node":"a"}"#] {
      #expect(Self.noted([line]).count == 1)
    }
    #expect(Self.noted(["nothing", ""]).count == 0)
  }

  @Test func aChangedRecordShowsAndIsNotBelieved() {
    let text = Self.heads(5).text(signedBy: Self.keys)
    for place in stride(from: AuditHeads.prefix.count, to: text.count, by: 97) {
      var letters = Array(text)
      letters[place] = letters[place] == "A" ? "B" : "A"
      let noted = Self.noted(["", String(letters)])
      #expect(noted.count == 0 && noted.flaws == [.recordChanged(line: 2)])
    }
    let cut = Self.noted([String(text.dropLast(3))])
    #expect(cut.count == 0 && cut.hasFlaws)
    let foreign = Self.noted([text], AuditKeys(Keyring(SecretKey())))
    #expect(foreign.count == 0 && foreign.hasFlaws)
  }

  @Test func aRecordThatWasSignedWithAnOlderKeyIsRead() {
    let old = SecretKey()
    let text = Self.heads(5).text(signedBy: AuditKeys(Keyring(old)))
    #expect(AuditHeads(text, signedBy: AuditKeys(Keyring(SecretKey(), alsoOpening: [old]))) != nil)
  }

  @Test func aLineThatIsTakenOutShows() {
    var (records, last): ([AuditHeads], AuditHeads?) = ([], nil)
    for length in 1...5 {
      let next = Self.heads(Int64(length), after: last)
      records.append(next)
      last = next
    }
    let lines = records.map { $0.text(signedBy: Self.keys) }
    #expect(Self.noted(lines).gaps.isEmpty)
    for gone in 0..<4 {
      var rest = lines
      rest.remove(at: gone)
      #expect(Self.noted(rest).gaps.count == 1)
    }
    // The end alone is not missed by the file: the log's younger entries tell.
    #expect(Self.noted(lines.dropLast()).gaps.isEmpty)
  }

  @Test func recordsFromBeforeARestoreAreLeftOut() {
    let first = Self.heads(1)
    let lines = [first, Self.heads(2, after: first)].map { $0.text(signedBy: Self.keys) }
    let noted = Self.noted(lines, since: Instant(clamping: 2 * 3_600_000_000))
    #expect(noted.count == 1 && noted.gaps.isEmpty && noted.known(0).map(\.length) == [2])
  }
}
