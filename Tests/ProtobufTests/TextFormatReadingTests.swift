import TestAPI
import Testing

@testable import Protobuf

@Suite("reading the text format")
struct TextFormatReadingTests {
  private let arena = Arena()

  @Test(
    "says what is wrong and where",
    arguments: [
      ("scalars {\n  int32_value: x\n}", "scalars.int32_value: a whole number in range expected at line 2, column 16"),
      ("scalars { nothing: 1 }", "scalars.nothing: no such field"),
      ("choice { number: 1 text: 'a' }", "choice.text: another member of the same oneof is set"),
      ("far: 1 far: 2", "far: set twice"),
      ("lists { messages { color: COLOR_BLUE } }", "lists.messages.color: no such enum value"),
      ("scalars {", "scalars: '}' expected"),
      ("scalars { string_value: 'a\\0b' }", "scalars.string_value: U+0000 in a string"),
      ("well_known { any { [a.b/c.D] { } } }", "well_known.any: unknown message type"),
    ])
  func errors(_ text: String, _ expected: String) throws {
    let error = #expect(throws: TextFormatError.self) { try Everything(textFormat: text, in: arena) }
    let description = try #require(error).description
    #expect(description.hasPrefix(expected), "\(description)")
  }

  @Test("stops at 64 levels")
  func depth() throws {
    let types = TypeRegistry([WellKnown.self])
    func nested(_ levels: Int) -> String {
      String(repeating: "any { [t/fastshop.test.v1.WellKnown] {", count: levels)
        + String(repeating: "} }", count: levels)
    }
    _ = try WellKnown(textFormat: nested(30), in: arena, types: types)
    #expect(throws: TextFormatError.self) { try WellKnown(textFormat: nested(40), in: arena, types: types) }
  }

  @Test("stops at the arena's limit")
  func arenaLimit() {
    let text = String(repeating: "string_values: '0123456789' ", count: 10_000)
    let error = #expect(throws: TextFormatError.self) { try Lists(textFormat: text, in: Arena(limit: 8 << 10)) }
    #expect(error?.reason == "the arena's limit is reached")
  }

  @Test("an Any of an unknown type is written as its bytes")
  func unknownAny() throws {
    let text = #"any { type_url: "t/no.such.Type" value: "\001\377" }"#
    #expect(try WellKnown(textFormat: text, in: arena).description == text)
  }
}
