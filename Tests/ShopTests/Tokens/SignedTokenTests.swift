import Platform
import Protobuf
import RPC
import Testing

@testable import Platform

/// Page tokens and cursors: those of the same database, method or stream, and list are read, all others are refused.
@Suite struct SignedTokenTests {
  private static let id = ID("018cc251-f400-7ade-9e36-72a2a82a4f57") ?? .none
  private static let vault = Vault.temporary()
  private static let signer = vault.tokenSigner(for: "/shop.Catalog/ListProducts")
  private static let filters = fingerprint("brand")

  private static func fingerprint(_ text: String) -> Fingerprint {
    var fingerprint = Fingerprint()
    fingerprint.add(text)
    return fingerprint
  }

  /// The place that a request with this token asks for.
  private static func after(
    _ token: String, _ signer: TokenSigner = signer, _ filters: Fingerprint = filters,
    sortedBy key: PageToken.SortKey = .number
  ) throws -> PageToken? {
    var check = RequestCheck()
    let text = Text(token, in: Arena())
    let page = check.page(
      0, text, signedBy: signer, PageSizes(usual: 20, most: 250), sortedBy: key, filters: filters)
    #expect(page.size == 20 && page.limit == 21)
    try check.verify()
    return page.after
  }

  private static func token(sortKey: Int64 = 5) -> String {
    PageToken(sortKey: sortKey, id: id).text(filters: filters, signedBy: signer)
  }

  @Test(arguments: [.min, -5, 0, 5, .max] as [Int64])
  func aPageTokenComesBack(key: Int64) throws {
    let text = Self.token(sortKey: key)
    #expect(try Self.after(text) == PageToken(sortKey: key, id: Self.id))
    #expect(text.utf8.count == 66)
  }

  @Test func aPageTokenIsGoodForItsOwnListAlone() throws {
    let token = Self.token()
    let others: [(String, TokenSigner, Fingerprint)] = [
      ("another method", Self.vault.tokenSigner(for: "/shop.Catalog/ListCategories"), Self.filters),
      ("another database", Vault.temporary().tokenSigner(for: "/shop.Catalog/ListProducts"), Self.filters),
      ("other filters", Self.signer, Self.fingerprint("brands")),
    ]
    for (name, signer, filters) in others {
      let error = #expect(throws: RPCError.self, "\(name)") { try Self.after(token, signer, filters) }
      #expect(error?.code == .invalidArgument && error?.fields == ["page_token"], "\(name)")
    }
  }

  /// The issue's: the checksum that tokens had is no signature.
  @Test(arguments: ["UEw1aJp4iH0lgAAAAAAAAAABjMJR-yx8263Ux5j130TgyhsPjg", "", "UA", "=", "\u{0}", "ä"])
  func whatNobodySignedIsNoToken(text: String) {
    #expect(PageToken.read(text, signedBy: Self.signer) == nil)
    #expect(EventCursor(text, signedBy: Self.signer) == nil)
  }

  @Test(arguments: [.min, .max, 253_402_300_800_000_000, -62_135_596_800_000_001] as [Int64])
  func aTimeOutOfRangeIsRefusedHoweverItWasSigned(key: Int64) {
    let error = #expect(throws: RPCError.self) { try Self.after(Self.token(sortKey: key), sortedBy: .time) }
    #expect(error?.code == .invalidArgument)
  }

  @Test func aTokenWithAnyLetterChangedIsNone() {
    let cursor = EventCursor(log: 0xdead_beef, seq: 42)
    let text = cursor.text(signedBy: Self.signer)
    let letters = Array(text)
    #expect(EventCursor(text, signedBy: Self.signer) == cursor)
    for place in letters.indices {
      var changed = letters
      changed[place] = changed[place] == "A" ? "B" : "A"
      #expect(EventCursor(String(changed), signedBy: Self.signer) == nil)
    }
    for length in letters.indices {
      #expect(EventCursor(String(letters.prefix(length)), signedBy: Self.signer) == nil)
    }
    #expect(EventCursor(text + "AAAA", signedBy: Self.signer) == nil)
    #expect(EventCursor(text, signedBy: Self.vault.tokenSigner(for: "another stream")) == nil)
    #expect(PageToken.read(text, signedBy: Self.signer) == nil)
  }

  @Test func aCursorKeepsWhatTheSnapshotCovered() throws {
    let snapshot = try #require(Snapshot("100:110:101,104"))
    let cursor = EventCursor(log: 7, seq: 5, visible: .init(snapshot: snapshot, upTo: 9))
    #expect(EventCursor(cursor.text(signedBy: Self.signer), signedBy: Self.signer) == cursor)
    #expect(cursor.after(8).visible != nil)
    #expect(cursor.after(9) == EventCursor(log: 7, seq: 9))
  }

  /// Events carry cursors: a long list in one is a long list in each of thousands.
  @Test func aCursorIsShortHoweverManyTransactionsWereUnderWay() throws {
    let underWay = (0..<1_000).map { String(1_000 + 2 * $0) }.joined(separator: ",")
    let snapshot = try #require(Snapshot("1000:5000:\(underWay)"))
    let cursor = EventCursor(log: 7, seq: 5, visible: .init(snapshot: snapshot, upTo: 9))
    let text = cursor.text(signedBy: Self.signer)
    #expect(text.utf8.count <= 420)
    let read = try #require(EventCursor(text, signedBy: Self.signer)?.visible?.snapshot)
    #expect((900..<5_100).allSatisfy { !read.sees($0) || snapshot.sees($0) }, "nothing is missed")
    #expect(read.sees(999) && read.sees(1_001) && !read.sees(1_000))
  }

  @Test(
    arguments: [
      (-1, nil), (5, 5), (5, 4), (5, -1),
    ] as [(Int64, Int64?)])
  func numbersThatNoCursorHasAreRefusedHoweverTheyWereSigned(seq: Int64, upTo: Int64?) throws {
    let snapshot = try #require(Snapshot("100:110:101,104"))
    let cursor = EventCursor(log: 7, seq: seq, visible: upTo.map { .init(snapshot: snapshot, upTo: $0) })
    #expect(EventCursor(cursor.text(signedBy: Self.signer), signedBy: Self.signer) == nil)
  }
}
