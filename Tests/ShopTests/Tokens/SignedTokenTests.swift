import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Platform

/// Page tokens and cursors: those of the same database, method or stream, and list are read, all others are refused.
@Suite struct SignedTokenTests {
  private static let id = ID("018cc251-f400-7ade-9e36-72a2a82a4f57") ?? .none
  private static let vault = Vault.temporary()
  private static let signer = vault.tokenSigner(for: "/shop.Catalog/ListProducts")
  private static var order: ListOrder { ListOrder("oldest", .index("a"), by: .number("n"), .id("id")) }

  /// The place that a request of a list of a brand asks for.
  private static func position(
    _ token: String, brand: String = "Holt", _ signer: TokenSigner = signer, in order: ListOrder = order
  ) throws -> [String] {
    var check = RequestCheck()
    let request = ListProductsRequest(in: Arena())
    request.brand = request.text(brand)
    request.pageToken = request.text(token)
    let page = try check.page(of: request, in: order, signedBy: signer, PageSizes(usual: 20, most: 250))
    #expect(page.size == 20)
    try check.verify()
    return page.position
  }

  private static func token(after position: [String]) throws -> String {
    var check = RequestCheck()
    let request = ListProductsRequest(in: Arena())
    request.brand = request.text("Holt")
    request.pageSize = 7
    return try #require(try check.page(of: request, in: order, signedBy: signer).token(after: position))
  }

  @Test(arguments: ["-9223372036854775808", "-5", "0", "9223372036854775807"])
  func aPageTokenComesBack(key: String) throws {
    let text = try Self.token(after: [key, Self.id.description])
    #expect(try Self.position(text) == [key, Self.id.description])
    #expect(text.utf8.count <= 120)
  }

  @Test func theFirstPageBeginsBeforeAllKeys() throws {
    #expect(try Self.position("") == ["-9223372036854775808", "00000000-0000-0000-0000-000000000000"])
  }

  @Test func aPageTokenIsGoodForItsOwnListAlone() throws {
    let token = try Self.token(after: ["5", Self.id.description])
    let others: [(String, brand: String, TokenSigner, ListOrder)] = [
      ("another method", "Holt", Self.vault.tokenSigner(for: "/shop.Catalog/ListCategories"), Self.order),
      ("another database", "Holt", Vault.temporary().tokenSigner(for: "/shop.Catalog/ListProducts"), Self.order),
      ("other filters", "Holts", Self.signer, Self.order),
      ("another order", "Holt", Self.signer, ListOrder("newest", .index("a"), .descending, by: .number("n"), .id("i"))),
      ("keys of other kinds", "Holt", Self.signer, ListOrder("oldest", .index("a"), by: .id("n"), .id("id"))),
      ("fewer keys", "Holt", Self.signer, ListOrder("oldest", .index("a"), by: .number("n"))),
    ]
    for (name, brand, signer, order) in others {
      let error = #expect(throws: RPCError.self, "\(name)") {
        try Self.position(token, brand: brand, signer, in: order)
      }
      #expect(error?.code == .invalidArgument && error?.fields == ["page_token"], "\(name)")
    }
  }

  @Test func keysThatAreTooLongGetNoToken() {
    let long = PageToken(position: [String(repeating: "a", count: PageToken.bytesMax)], list: 1)
    #expect(long.text(signedBy: Self.signer) == nil)
    let most = PageToken(position: [String(repeating: "a", count: PageToken.bytesMax - 10)], list: 1)
    #expect(most.text(signedBy: Self.signer).flatMap { PageToken.read($0, signedBy: Self.signer) } == most)
  }

  /// The issue's: the checksum that tokens had is no signature.
  @Test(arguments: ["UEw1aJp4iH0lgAAAAAAAAAABjMJR-yx8263Ux5j130TgyhsPjg", "", "UA", "=", "\u{0}", "ä"])
  func whatNobodySignedIsNoToken(text: String) {
    #expect(PageToken.read(text, signedBy: Self.signer) == nil)
    #expect(EventCursor(text, signedBy: Self.signer) == nil)
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
