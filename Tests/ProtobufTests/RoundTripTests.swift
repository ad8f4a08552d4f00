import Protobuf
import TestAPI
import Testing

@Suite("Encoding and decoding")
struct RoundTripTests {
  @Test("our encoding is protobuf-c's, byte for byte", arguments: 0..<300)
  func sameAsProtobufC(seed: Int) throws {
    let message = Self.randomMessage(seed)
    #expect(try message.encoded() == packedByProtobufC(message.storage))
  }

  @Test("what is encoded is decoded to the same", arguments: 0..<300)
  func decodesWhatItEncodes(seed: Int) throws {
    let bytes = try Self.randomMessage(seed).encoded()
    let again = try Everything(decoding: bytes, in: Arena())
    #expect(try again.encoded() == bytes)
  }

  @Test("a copy is the same and shares nothing", arguments: 0..<50)
  func copies(seed: Int) throws {
    let target = Arena()
    var original: Everything? = Self.randomMessage(seed)
    let bytes = try original?.encoded()
    let copy = original?.copy(in: target)
    original = nil
    #expect(try copy?.encoded() == bytes)
  }

  @Test("appending to a decoded list leaves its neighbours alone", arguments: 0..<40)
  func appendsAfterDecoding(count: Int) throws {
    let arena = Arena()
    let lists = Lists(in: arena)
    for index in 0..<count {
      lists.int32Values.append(Int32(index))
      lists.stringValues.append(arena.text("\(index)"))
      lists.bytesValues.append(arena.bytes([UInt8(index)]))
      lists.messages.appendNew().int32Value = Int32(index)
    }
    let decoded = try Lists(decoding: try lists.encoded(), in: Arena())
    for index in count..<count + 20 {
      decoded.int32Values.append(Int32(index))
      decoded.stringValues.append(arena.text("\(index)"))
      decoded.bytesValues.append(arena.bytes([UInt8(index)]))
      decoded.messages.appendNew().int32Value = Int32(index)
    }
    let all = (0..<count + 20)
    #expect(Array(decoded.int32Values) == all.map(Int32.init))
    #expect(decoded.stringValues.map(\.string) == all.map(String.init))
    #expect(decoded.bytesValues.map(\.array) == all.map { [UInt8($0)] })
    #expect(decoded.messages.map(\.int32Value) == all.map(Int32.init))
  }

  @Test("fields that a reader does not know pass through it", arguments: 0..<50)
  func keepsUnknownFields(seed: Int) throws {
    let original = Scalars(in: Arena())
    var random = RandomMessage(seed: UInt64(seed))
    random.fill(original.storage)
    original.stringValue = "known"
    let older = try OlderScalars(decoding: try original.encoded(), in: Arena())
    #expect(older.stringValue == "known" && older.int32Value == original.int32Value)
    let again = try Scalars(decoding: try older.copy(in: Arena()).encoded(), in: Arena())
    #expect(try again.encoded() == original.encoded())
  }

  @Test("fields that a reader does not know are left out where nobody needs them", arguments: 0..<50)
  func leavesUnknownFieldsOut(seed: Int) throws {
    let original = Scalars(in: Arena())
    var random = RandomMessage(seed: UInt64(seed))
    random.fill(original.storage)
    original.stringValue = "known"
    let bytes = try original.encoded()
    let limits = DecodeLimits(keepsUnknownFields: false)
    let older = try OlderScalars(decoding: bytes, in: Arena(), limits: limits)
    #expect(older.stringValue == "known" && older.int32Value == original.int32Value)
    let known = OlderScalars(in: Arena())
    known.stringValue = older.stringValue
    known.int32Value = older.int32Value
    #expect(try older.encoded() == known.encoded())
    #expect(try Scalars(decoding: bytes, in: Arena(), limits: limits).encoded() == bytes)
  }

  @Test("an unknown field takes no memory where nobody needs it")
  func unknownFieldsTakeNoMemory() throws {
    // Field 999 at the top, and within a message.
    let long = [UInt8](repeating: 7, count: 60_000)
    let unknown: [UInt8] = [0xba, 0x3e, 0xe0, 0xd4, 0x03] + long
    let inner = unknown
    let outer = Everything(in: Arena())
    outer.scalars = Scalars(in: outer.storage.arena)
    let field = try #require(Everything.descriptor.field(named: "scalars"))
    let tag = UInt8(truncatingIfNeeded: field.number << 3 | 2)
    var length: [UInt8] = []
    var rest = inner.count
    while rest > 0x7f {
      length.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    length.append(UInt8(rest))
    let arena = Arena()
    let limits = DecodeLimits(keepsUnknownFields: false)
    let decoded = try Everything(decoding: unknown + [tag] + length + inner, in: arena, limits: limits)
    #expect(try decoded.encoded() == outer.encoded())
    #expect(arena.bytesUsed < 4_000)
  }

  @Test("a message that comes twice is merged")
  func mergesMessages() throws {
    let arena = Arena()
    let first = Everything(in: arena)
    first.scalars = Scalars(in: arena)
    first.scalars?.stringValue = "kept"
    first.scalars?.int32Value = 1
    let second = Everything(in: arena)
    second.scalars = Scalars(in: arena)
    second.scalars?.int32Value = 2
    let merged = try Everything(decoding: try first.encoded() + second.encoded(), in: Arena())
    #expect(merged.scalars?.stringValue.string == "kept")
    #expect(merged.scalars?.int32Value == 2)
  }

  @Test("minus zero is a number of its own")
  func keepsMinusZero() throws {
    let scalars = Scalars(in: Arena())
    scalars.doubleValue = -0.0
    let again = try Scalars(decoding: try scalars.encoded(), in: Arena())
    #expect(again.doubleValue.sign == .minus)
  }

  @Test("a message that contains itself is refused, not encoded for ever")
  func refusesCycles() {
    let tree = Tree(in: Arena())
    tree.branches.append(tree)
    #expect(throws: EncodeError.tooDeep(limit: 100)) { try tree.encoded() }
  }

  @Test("a buffer grows in front of what it holds", arguments: [0, 1, 63, 64, 65, 10_000])
  func bufferGrows(size: Int) throws {
    var buffer = EncodeBuffer(capacity: 64)
    buffer.prepend(contentsOf: UnsafeRawBufferPointer(start: nil, count: 0))
    [UInt8](repeating: 9, count: 40).withUnsafeBytes { buffer.prepend(contentsOf: $0) }
    let message = Scalars(in: Arena())
    message.stringValue = message.storage.arena.text(String(repeating: "x", count: size))
    try message.encode(into: &buffer)
    buffer.prepend(bigEndian: 0x0102_0304)
    buffer.prepend(0)
    let bytes = buffer.withUnsafeBytes { Array($0) }
    #expect(bytes == [0, 1, 2, 3, 4] + packedByProtobufC(message.storage) + [UInt8](repeating: 9, count: 40))
  }

  private static func randomMessage(_ seed: Int) -> Everything {
    let message = Everything(in: Arena())
    var random = RandomMessage(seed: UInt64(seed))
    random.fill(message.storage)
    return message
  }
}
