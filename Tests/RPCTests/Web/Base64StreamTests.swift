import Testing

@testable import RPC

/// gRPC-Web's text: base 64 that its sender may pad at every flush.
@Suite struct Base64StreamTests {
  /// Decodes pieces one after another, behind bytes that are there already.
  private func decode(_ pieces: [String]) throws -> (bytes: [UInt8], endsWithinGroup: Bool) {
    var buffer = ByteBuffer()
    buffer.append([1, 2, 3])
    var stream = Base64Stream()
    for piece in pieces {
      buffer.append(Array(piece.utf8))
      try stream.decodeLast(piece.utf8.count, of: &buffer)
    }
    #expect(buffer.bytes.prefix(3).elementsEqual([1, 2, 3]))
    return (Array(buffer.bytes.dropFirst(3)), stream.isInsideGroup)
  }

  private func encode(_ bytes: [UInt8], behind kept: [UInt8] = []) -> String {
    var buffer = ByteBuffer()
    buffer.append(kept + bytes)
    Base64Stream.encode(from: kept.count, of: &buffer)
    #expect(buffer.bytes.prefix(kept.count).elementsEqual(kept))
    return String(decoding: buffer.bytes.dropFirst(kept.count), as: UTF8.self)
  }

  /// RFC 4648, section 10.
  private static let known = [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"), ("\u{fb}?>~", "w7s/Pn4="),
  ]

  @Test(arguments: known) func writesWhatTheStandardSays(_ plain: String, _ text: String) {
    #expect(encode(Array(plain.utf8)) == text)
    #expect(encode(Array(plain.utf8), behind: [9, 9]) == text)
  }

  @Test(arguments: known) func readsItHoweverItComes(_ plain: String, _ text: String) throws {
    for size in 1...max(1, text.count) {
      let pieces = stride(from: 0, to: text.count, by: size).map { String(text.dropFirst($0).prefix(size)) }
      let decoded = try decode(pieces)
      #expect(decoded.bytes == Array(plain.utf8) && !decoded.endsWithinGroup)
    }
  }

  @Test func everyByteComesBack() throws {
    for count in 0..<300 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
      #expect(try decode([encode(bytes)]).bytes == bytes)
    }
  }

  @Test func paddingMayStandAtEveryFlush() throws {
    #expect(try decode(["Zg==Zm8=", "Zm9v", "Zg", "==", "Zg=", "="]).bytes == Array("ffofooff".utf8))
  }

  @Test(arguments: ["=", "Z===", "Zg=a", "Zg==a===", "Zm9v=", "Z!9v", "Zm9v\n", "Zm-_", "Zm9\u{e9}"])
  func refusesWhatIsNone(_ text: String) {
    #expect(throws: Base64Stream.Malformed.self) { try decode([text]) }
    #expect(throws: Base64Stream.Malformed.self) { try decode(text.map(String.init)) }
  }

  @Test(arguments: ["Z", "Zg", "Zg=", "Zm9", "Zm9vZ"]) func knowsThatAGroupIsCutShort(_ text: String) throws {
    #expect(try decode([text]).endsWithinGroup)
  }
}
