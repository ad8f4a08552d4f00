import Protobuf
import Testing

@Suite("Text and Bytes")
struct TextTests {
  @Test("a text is its string", arguments: ["", "a", "Grüße", "漢字🛒", String(repeating: "long ", count: 1000)])
  func keepsStrings(string: String) {
    let text = Arena().text(string)
    #expect(text.string == string && text == string && "\(text)" == string)
    #expect(text.utf8Count == string.utf8.count && text.isEmpty == string.isEmpty)
  }

  @Test("texts compare by their bytes")
  func compares() {
    let arena = Arena()
    let literal: Text = "b"
    #expect(literal == arena.text("b") && literal != arena.text("c") && arena.text("a") < literal)
    #expect(Set([literal, arena.text("b"), arena.text("c")]).count == 2)
    #expect(literal != "b\0" && literal == "b")
  }

  @Test("a string with U+0000 is cut there")
  func cutsAtNUL() {
    #expect(Arena().text("ab\0cd").string == "ab")
  }

  @Test("bytes are what they were", arguments: [0, 1, 1000])
  func keepsBytes(count: Int) {
    let array = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    let bytes = Arena().bytes(array)
    #expect(bytes.array == array && bytes.count == count && bytes == Bytes(array, in: Arena()))
  }
}
