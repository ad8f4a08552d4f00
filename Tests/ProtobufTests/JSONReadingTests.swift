import TestAPI
import Testing

@testable import Protobuf

@Suite("reading proto3 JSON")
struct JSONReadingTests {
  private let arena = Arena()

  @Test(
    "says what is wrong and where",
    arguments: [
      ("{\n  \"scalars\": {\"int32Value\": x}}", "scalars.int32Value: a number expected at line 2, column 29"),
      (#"{"lists": {"messages": [{}, {"color": "x"}]}}"#, "lists.messages[1].color: no such enum value"),
      (#"{"maps": {"byInt32": {"5": {"boolValue": 1}}}}"#, #"maps.byInt32["5"].boolValue: true or false expected"#),
      (#"{"choice": {"number": 1, "text": "a"}}"#, "choice.text: another member of the same oneof is set"),
      (#"{"scalars": {"int32Value": 1, "int32_value": 1}}"#, "scalars.int32_value: set twice"),
      (#"{"maps": {"byBool": {"true": "", "true": ""}}}"#, #"maps.byBool["true"]: set twice"#),
      (#"{"nothing": 1}"#, "nothing: no such field"),
      (#"{"far": 1.5}"#, "far: a whole number expected"),
      (#"{"far": 3000000000}"#, "far: number out of range"),
      (#"{"scalars": {"stringValue": "a\u0000b"}}"#, "scalars.stringValue: U+0000 in a string"),
      (#"{"far": 1"#, "malformed JSON, ',' or '}' expected"),
      (#"{"wellKnown": {"duration": "1.0000000001s"}}"#, "wellKnown.duration: a duration such as"),
      (#"{"wellKnown": {"duration": "1.5 s"}}"#, "wellKnown.duration: a duration such as"),
      (#"[]"#, "an object expected at line 1, column 1"),
      (#"{"scalars": {"color": 1.5}}"#, "scalars.color: a whole number expected"),
    ])
  func errors(_ json: String, _ expected: String) throws {
    let error = #expect(throws: JSONError.self) { try Everything(json: json, in: arena) }
    let description = try #require(error).description
    #expect(description.hasPrefix(expected), "\(description)")
  }

  @Test("an error repeats a hundred characters of a name, however long it is and whatever it is made of")
  func cutsNames() throws {
    for unit in ["n", "\u{301}", "\u{10ffff}", "\\u0301"] {
      let name = String(repeating: unit, count: 700_000)
      for text in ["{\"\(name)\": 1}", "{\"maps\": {\"byString\": {\"\(name)\": {\"x\": 1}}}}"] {
        let error = try #require(throws: JSONError.self) { try Everything(json: text, in: Arena()) }
        #expect(error.path.unicodeScalars.count < 150)
        #expect(error.path.contains("…"))
      }
    }
  }

  @Test(
    "a text is cut between scalars, and only when it is longer",
    arguments: [
      ("", ""), (String(repeating: "é", count: 100), String(repeating: "é", count: 100)),
      (String(repeating: "é", count: 101), String(repeating: "é", count: 100) + "…"),
      ("e" + String(repeating: "\u{301}", count: 200), "e" + String(repeating: "\u{301}", count: 99) + "…"),
    ])
  func cuts(_ text: String, _ expected: String) { #expect(EchoedText.cut(text) == expected) }

  @Test("elements up to the limit, and no more, wherever they are")
  func limitsElements() {
    let options = JSONReadingOptions(ignoresUnknown: true, elementsMax: 5)
    let texts: [(five: String, six: String)] = [
      (#"{"int32Values":[1,2,3,4,5,6]}"#, #"{"int32Values":[1,2,3,4,5,6,7]}"#),
      (#"{"messages":[{},{},{},{},{},{}]}"#, #"{"messages":[{},{},{},{},{},{},{}]}"#),
      (#"{"a":1,"b":1,"c":[1,2,3,4]}"#, #"{"a":1,"b":1,"c":[1,2,3,4,5]}"#),
    ]
    for (five, six) in texts {
      #expect(throws: Never.self) { try Lists(json: five, in: arena, options: options) }
      let error = #expect(throws: JSONError.self) { try Lists(json: six, in: arena, options: options) }
      #expect(error?.reason == .tooManyElements(limit: 5))
    }
  }

  @Test("refuses bytes that are not UTF-8", arguments: [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]])
  func notUTF8(_ bytes: [UInt8]) {
    let json = Array(#"{"stringValue":"12345678"#.utf8) + bytes + Array(#""}"#.utf8)
    #expect(throws: JSONError.self) { try Scalars(json: json, in: arena) }
  }

  @Test("skips what it does not know when told to, but only if it is JSON")
  func ignoresUnknown() throws {
    let options = JSONReadingOptions(ignoresUnknown: true)
    let json = #"{"a": {"b": [1, -2.5e3, "x\"", true, false, null, {}, []]}, "int32Value": 5, "color": "MAUVE"}"#
    let message = try Scalars(json: json, in: arena, options: options)
    #expect(message.int32Value == 5)
    #expect(message.color == .unspecified)
    let lists = try Lists(json: #"{"colors": ["COLOR_RED", "MAUVE", "COLOR_GREEN"]}"#, in: arena, options: options)
    #expect(Array(lists.colors) == [.red, .green])
    #expect(throws: JSONError.self) { try Scalars(json: #"{"a": [1,]}"#, in: arena, options: options) }
  }

  @Test("stops at 64 levels, in fields and in what is skipped")
  func depth() {
    let open = String(repeating: #"{"any":{"@type":"t/fastshop.test.v1.WellKnown","#, count: 70)
    let types = TypeRegistry([WellKnown.self])
    let options = JSONReadingOptions(ignoresUnknown: true, types: types)
    #expect(throws: JSONError.self) { try WellKnown(json: open, in: arena, options: options) }
    let deep = String(repeating: "[", count: 100_000)
    let error = #expect(throws: JSONError.self) { try Scalars(json: "{\"a\":" + deep, in: arena, options: options) }
    #expect(error?.reason == .tooDeep(limit: 64))
  }

  @Test("stops at the arena's limit")
  func arenaLimit() {
    let small = Arena(limit: 8 << 10)
    let json = #"{"stringValues":["# + String(repeating: #""0123456789","#, count: 10_000) + #""end"]}"#
    let error = #expect(throws: JSONError.self) { try Lists(json: json, in: small) }
    #expect(error?.reason == .arenaLimit(bytes: 8 << 10))
    #expect(small.bytesUsed <= 8 << 10)
  }

  @Test("reads one field, as Postgres hands it over")
  func oneField() throws {
    let message = Everything(in: arena)
    func read(_ json: String, into name: String) throws {
      let field = try #require(Everything.descriptor.field(named: name))
      try Array(json.utf8).withUnsafeBytes { try message.storage.read(json: $0, into: field) }
    }
    try read(#"[{"number": 1}, {"text": "b"}]"#, into: "choices")
    #expect(message.choices.count == 2)
    #expect(message.choices[1].kind.map { "\($0)" } == #"text("b")"#)
    try read(#"[{"name": "only"}]"#, into: "choices")
    #expect(message.choices.map(\.name.string) == ["only"])
    try read(#"{"int32_value": 5}"#, into: "scalars")
    try read(#"{"bool_value": true}"#, into: "scalars")
    #expect(message.scalars?.int32Value == 5)
    #expect(message.scalars?.boolValue == true)
    try read("null", into: "scalars")
    #expect(message.scalars?.int32Value == 5)
    #expect(throws: JSONError.self) { try read("[] []", into: "choices") }
    let error = #expect(throws: JSONError.self) { try read(#"[{"x":1}]"#, into: "choices") }
    #expect(error?.path == "choices[0].x")
  }

  @Test("keeps apart map keys that only look the same")
  func canonicallyEquivalentKeys() throws {
    let maps = try Maps(json: "{\"byString\": {\"\u{e9}\": \"composed\", \"e\u{301}\": \"decomposed\"}}", in: arena)
    #expect(maps.byString.count == 2)
  }
}
