import Protobuf
import SeededRandom
import TestAPI
import Testing

@Suite("What the decoder refuses")
struct DecodeRefusalTests {
  private static let malformed: [(name: String, bytes: [UInt8], error: DecodeError)] = [
    ("a tag that ends early", [0x80], .truncated),
    ("a tag without contents", [0x08], .truncated),
    ("a varint that ends early", [0x08, 0xff], .truncated),
    ("a varint of eleven bytes", [0x08] + [UInt8](repeating: 0x80, count: 10) + [1], .malformedVarint),
    ("field number 0", [0x00, 0x00], .invalidTag),
    ("a tag above 32 bits", [0xff, 0xff, 0xff, 0xff, 0xff, 0x01], .invalidTag),
    ("a group", [0x1b, 0x1c], .invalidTag),
    ("wire type 6", [0x1e, 0x00], .invalidTag),
    ("a fixed64 that ends early", [0x41, 1, 2, 3, 4, 5, 6, 7], .truncated),
    ("a fixed32 that ends early", [0x3d, 1, 2, 3], .truncated),
    ("a string longer than the message", [0x72, 0x05, 0x61], .truncated),
    ("a length of 2^63", [0x72, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], .truncated),
    ("a length of 2^64 - 1", [0x72] + [UInt8](repeating: 0xff, count: 9) + [0x01], .truncated),
    ("an int32 as a string", [0x0a, 0x01, 0x61], .wireTypeMismatch(field: "int32_value")),
    ("a string as a varint", [0x70, 0x01], .wireTypeMismatch(field: "string_value")),
    ("U+0000", [0x72, 0x03, 0x61, 0x00, 0x62], .nulInString(field: "string_value")),
    ("U+0000 after eight letters", [0x72, 0x09] + Array("abcdefgh".utf8) + [0], .nulInString(field: "string_value")),
    ("a continuation byte alone", [0x72, 0x01, 0x80], .invalidUTF8(field: "string_value")),
    ("an overlong slash", [0x72, 0x02, 0xc0, 0xaf], .invalidUTF8(field: "string_value")),
    ("an overlong euro", [0x72, 0x04, 0xf0, 0x82, 0x82, 0xac], .invalidUTF8(field: "string_value")),
    ("a surrogate", [0x72, 0x03, 0xed, 0xa0, 0x80], .invalidUTF8(field: "string_value")),
    ("above U+10FFFF", [0x72, 0x04, 0xf4, 0x90, 0x80, 0x80], .invalidUTF8(field: "string_value")),
    ("a character that ends early", [0x72, 0x02, 0xe6, 0xbc], .invalidUTF8(field: "string_value")),
    ("0xff after a word", [0x72, 0x09] + Array("abcdefgh".utf8) + [0xff], .invalidUTF8(field: "string_value")),
  ]

  @Test("malformed scalars", arguments: malformed.indices)
  func refuses(index: Int) {
    let (name, bytes, error) = Self.malformed[index]
    #expect(throws: error, "\(name)") { try Scalars(decoding: bytes, in: Arena()) }
  }

  private static let inside: [(name: String, bytes: [UInt8], error: DecodeError)] = [
    ("the third of strings", [0x3a, 1, 0x61, 0x3a, 0, 0x3a, 1, 0x80], .invalidUTF8(field: "string_values[2]")),
    ("behind other fields", [0x18, 1, 0x3a, 1, 0x61, 0x18, 2, 0x3a, 1, 0], .nulInString(field: "string_values[1]")),
    ("a string as a number", [0x3a, 1, 0x61, 0x38, 1], .wireTypeMismatch(field: "string_values[1]")),
  ]

  @Test("the element of a list that is at fault is named", arguments: inside.indices)
  func namesElements(index: Int) {
    let (name, bytes, error) = Self.inside[index]
    #expect(throws: error, "\(name)") { try Lists(decoding: bytes, in: Arena()) }
  }

  @Test("what is at fault is named by its path, cut when it is long")
  func namesPaths() {
    let leaf: [UInt8] = [0x0a, 1, 0xff]
    func tree(_ field: UInt8, _ inner: [UInt8]) -> [UInt8] { [field, UInt8(inner.count)] + inner }
    let bytes = tree(0x1a, tree(0x12, []) + tree(0x12, leaf))
    #expect(throws: DecodeError.invalidUTF8(field: "next.branches[1].label")) { try Tree(decoding: bytes, in: Arena()) }
    let deep = (0..<40).reduce(leaf) { inner, _ in tree(0x12, inner) }
    do throws(DecodeError) {
      _ = try Tree(decoding: deep, in: Arena())
      Issue.record("it is decoded")
    } catch {
      let path = if case .invalidUTF8(let path) = error { path } else { "" }
      #expect(path.hasPrefix("branches[0].branches[0].") && path.hasSuffix("…") && path.unicodeScalars.count == 201)
    }
  }

  @Test("every prefix of a message is whole or refused, and never crashes")
  func survivesTruncation() throws {
    for seed in 0..<20 {
      let message = Everything(in: Arena())
      var random = RandomMessage(seed: UInt64(seed))
      random.fill(message.storage)
      let bytes = try message.encoded()
      for count in stride(from: 0, to: bytes.count, by: 1 + bytes.count / 200) {
        if let part = try? Everything(decoding: Array(bytes[..<count]), in: Arena()) { _ = try part.encoded() }
      }
    }
  }

  @Test("messages with changed bytes are decoded or refused, and never crash")
  func survivesChanges() throws {
    var random = SplitMix(seed: 1)
    for seed in 0..<40 {
      let message = Everything(in: Arena())
      var fill = RandomMessage(seed: UInt64(seed))
      fill.fill(message.storage)
      let bytes = try message.encoded()
      guard !bytes.isEmpty else { continue }
      for _ in 0..<100 {
        var changed = bytes
        for _ in 0..<1 + random.below(4) { changed[random.below(changed.count)] = UInt8(random.below(256)) }
        if let other = try? Everything(decoding: changed, in: Arena()) {
          _ = try other.copy(in: Arena()).encoded()
        }
      }
    }
  }

  @Test("nesting up to the limit, and no deeper", arguments: [1, 2, 64])
  func limitsDepth(limit: Int) throws {
    let limits = DecodeLimits(depthMax: limit)
    #expect(throws: Never.self) { try Tree(decoding: Self.nested(limit), in: Arena(), limits: limits) }
    #expect(throws: DecodeError.tooDeep(limit: limit)) {
      try Tree(decoding: Self.nested(limit + 1), in: Arena(), limits: limits)
    }
  }

  @Test("elements up to the limit, and no more")
  func limitsElements() {
    let limits = DecodeLimits(elementsMax: 5)
    let kinds: [(name: String, element: [UInt8])] = [
      ("strings", [0x3a, 0x01, 0x61]), ("messages", [0x52, 0x00]), ("loose numbers", [0x18, 0x01]),
      ("unknown fields", [0xa0, 0x06, 0x01]),
    ]
    for (name, element) in kinds {
      let five = [[UInt8]](repeating: element, count: 5).flatMap { $0 }
      #expect(throws: Never.self, "\(name)") { try Lists(decoding: five, in: Arena(), limits: limits) }
      #expect(throws: DecodeError.tooManyElements(limit: 5), "\(name)") {
        try Lists(decoding: five + element, in: Arena(), limits: limits)
      }
    }
    #expect(throws: Never.self) { try Lists(decoding: [0x1a, 5, 1, 1, 1, 1, 1], in: Arena(), limits: limits) }
    #expect(throws: DecodeError.tooManyElements(limit: 5)) {
      try Lists(decoding: [0x1a, 6, 1, 1, 1, 1, 1, 1], in: Arena(), limits: limits)
    }
  }

  @Test("a field that comes again and again is as much work as many")
  func limitsRepetitions() {
    let limits = DecodeLimits(elementsMax: 5)
    let five = [[UInt8]](repeating: [0x72, 0x01, 0x61], count: 5).flatMap { $0 }
    #expect(throws: Never.self) { try Scalars(decoding: five, in: Arena(), limits: limits) }
    #expect(throws: DecodeError.tooManyElements(limit: 5)) {
      try Scalars(decoding: five + [0x72, 0x01, 0x61], in: Arena(), limits: limits)
    }
  }

  @Test("bytes up to the limit, and no more")
  func limitsBytes() {
    let bytes: [UInt8] = [0x72, 0x02, 0x61, 0x62]
    #expect(throws: Never.self) { try Scalars(decoding: bytes, in: Arena(), limits: DecodeLimits(bytesMax: 4)) }
    #expect(throws: DecodeError.tooLong(limit: 3)) {
      try Scalars(decoding: bytes, in: Arena(), limits: DecodeLimits(bytesMax: 3))
    }
  }

  @Test("a small message that asks for much memory stops at the arena's limit")
  func limitsMemory() {
    let manyMessages = [[UInt8]](repeating: [0x52, 0x00], count: 100_000).flatMap { $0 }
    let arena = Arena(limit: 1 << 20)
    #expect(throws: DecodeError.arenaLimit(bytes: 1 << 20)) { try Lists(decoding: manyMessages, in: arena) }
    #expect(arena.bytesUsed <= 1 << 20)
  }

  /// A tree of `depth` trees in each other.
  private static func nested(_ depth: Int) -> [UInt8] {
    let arena = Arena()
    var tree = Tree(in: arena)
    for _ in 1..<depth {
      let parent = Tree(in: arena)
      parent.next = tree
      tree = parent
    }
    return (try? tree.encoded()) ?? []
  }
}
