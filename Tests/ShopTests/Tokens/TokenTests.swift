import Platform
import Testing

@testable import Platform

@Suite struct TokenTests {
  @Test(arguments: [
    ("018cc251-f400-7ade-9e36-72a2a82a4f57", "018cc251-f400-7ade-9e36-72a2a82a4f57"),
    ("018CC251-F400-7ADE-9E36-72A2A82A4F57", "018cc251-f400-7ade-9e36-72a2a82a4f57"),
    ("00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"),
    ("", nil),
    ("018cc251f4007ade9e3672a2a82a4f57", nil),
    ("{018cc251-f400-7ade-9e36-72a2a82a4f57}", nil),
    ("018cc251-f400-7ade-9e36-72a2a82a4f5", nil),
    ("018cc251-f400-7ade-9e36-72a2a82a4f570", nil),
    ("018cc251-f400-7ade-9e36-72a2a82a4f5g", nil),
    ("018cc251-f4007-ade-9e36-72a2a82a4f57", nil),
    ("018cc251-f400-7ade-9e36-72a2a82a4f5é", nil),
  ])
  func anIDIsReadInItsUsualFormAlone(text: String, expected: String?) {
    #expect(ID(text)?.description == expected)
  }

  @Test func idsAreOrderedAsPostgresOrdersThem() throws {
    let texts = [
      "00000000-0000-0000-0000-000000000001", "018cc251-f400-7ade-9e36-72a2a82a4f57",
      "018cc251-f400-7ade-9e36-72a2a82a4f58", "f18cc251-f400-7ade-9e36-72a2a82a4f57",
    ]
    let ids = try texts.map { try #require(ID($0)) }
    #expect(ids.shuffled().sorted() == ids)
  }

  @Test(arguments: 0..<50)
  func base64ComesBack(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ count) }
    let text = Base64URL.encode(bytes)
    #expect(Base64URL.decode(text) == bytes)
    #expect(text.utf8.allSatisfy { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") })
  }

  @Test(arguments: ["=", "AA==", "A", "AB", "A B", "ä", "AA+A"])
  func onlyWhatWasEncodedIsDecoded(text: String) {
    #expect(Base64URL.decode(text) == nil)
  }

  @Test(arguments: ["", "1", "1:2", "2:1:", "1:2:x", "1:5:7", "1:5:0", "-1:5:", "1:2:3:4"])
  func whatIsNoSnapshotIsRefused(text: String) {
    #expect(Snapshot(text) == nil)
  }

  @Test(
    arguments: [
      (99, true), (100, true), (101, false), (102, true), (104, false), (109, true), (110, false), (200, false),
    ] as [(UInt64, Bool)])
  func aSnapshotSeesWhatWasCommittedBeforeIt(xid: UInt64, seen: Bool) throws {
    #expect(try #require(Snapshot("101:110:101,104")).sees(xid) == seen)
  }
}
