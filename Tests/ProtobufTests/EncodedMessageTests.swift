import TestAPI
import Testing

@testable import Protobuf

@Suite("messages that are encoded once and become fields of others")
struct EncodedMessageTests {
  private let arena = Arena()

  private func scalars(_ number: Int32, _ text: String) -> Scalars {
    let message = Scalars(in: arena)
    (message.int32Value, message.stringValue) = (number, message.storage.arena.text(text))
    return message
  }

  @Test(
    "elements of a repeated field are read like those that were set", arguments: [0, 1, 3, 200])
  func repeated(count: Int) throws {
    let texts = (0..<count).map { String(repeating: "é", count: $0) }
    let (usual, spliced) = (Lists(in: arena), Lists(in: arena))
    for (index, text) in texts.enumerated() { usual.messages.append(scalars(Int32(index), text)) }
    spliced.add(try usual.messages.map { try EncodedMessage($0) })
    for message in [usual, spliced] { message.stringValues.append(arena.text("before")) }
    let read = try Lists(decoding: try spliced.encoded(), in: arena)
    #expect(read.description == usual.description)
    #expect(try spliced.json() == usual.json())
  }

  @Test("it can be decoded again", arguments: [0, 100, 200, 20_000])
  func decoded(bytes: Int) throws {
    let message = scalars(Int32(bytes), String(repeating: "x", count: bytes))
    #expect(try EncodedMessage(message).message(in: Arena()).description == message.description)
  }

  @Test("a singular field is read like one that was set")
  func singular() throws {
    let (usual, spliced) = (Everything(in: arena), Everything(in: arena))
    usual.scalars = scalars(7, "seven")
    spliced.add([try EncodedMessage(scalars(7, "seven"))])
    #expect(try Everything(decoding: try spliced.encoded(), in: arena).description == usual.description)
    #expect(try spliced.json() == usual.json())
    #expect(try spliced.jsonBytes() == usual.jsonBytes())
  }

  @Test("fields that nobody knows are left out of JSON as ever")
  func unknown() throws {
    let newer = scalars(7, "seven")
    let older = try OlderScalars(decoding: try newer.encoded(), in: arena)
    #expect(try older.json().contains("seven") == (OlderScalars.descriptor.field(named: "string_value") != nil))
    #expect(try older.encoded() == newer.encoded())
  }

  @Test("what takes more memory than the message may is refused, not left out")
  func tooLarge() throws {
    let message = Lists(in: Arena(limit: 4096))
    message.add([try EncodedMessage(scalars(1, String(repeating: "x", count: 100_000)))])
    #expect(throws: (any Error).self) { try message.json() }
    #expect(throws: EncodeError.self) { try message.encoded() }
  }
}
