/// A place in a JSON text and what can be read there. Nothing is allocated; each byte is looked at once.
struct JSONCursor {
  /// The maximum nesting of objects and arrays; the outermost is at depth 1.
  static let depthMax = 64

  let start: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>
  var next: UnsafePointer<UInt8>
  /// The maximum number of members and elements, without each first one, and their number so far.
  private let elementsMax: Int
  private var elements = 0

  init(_ text: UnsafeRawBufferPointer, elementsMax: Int = .max) {
    self.elementsMax = elementsMax
    let bytes = text.bindMemory(to: UInt8.self)
    start = bytes.baseAddress ?? JSONCursor.nowhere
    end = start + text.count
    next = start
  }

  private static var nowhere: UnsafePointer<UInt8> { UnsafePointer(bitPattern: 1).unsafelyUnwrapped }

  /// An error at the next byte, or at `place`.
  func error(_ reason: JSONError.Reason, at place: UnsafePointer<UInt8>? = nil) -> JSONError {
    let place = place ?? next
    var line = 1
    var lineStart = start
    var byte = start
    while byte < place {
      if byte.pointee == UInt8(ascii: "\n") {
        line += 1
        lineStart = byte + 1
      }
      byte += 1
    }
    return JSONError(reason: reason, path: "", line: line, column: place - lineStart + 1)
  }

  /// Skips blanks and gives the byte after them, 0 at the end.
  @inline(__always)
  mutating func peek() -> UInt8 {
    while next < end {
      let byte = next.pointee
      if byte > UInt8(ascii: " ") { return byte }
      guard byte == UInt8(ascii: " ") || byte == 10 || byte == 13 || byte == 9 else { return byte }
      next += 1
    }
    return 0
  }

  /// Takes this byte if it comes next after blanks.
  @inline(__always)
  mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: byte), next < end else { return false }
    next += 1
    return true
  }

  /// After a member or an element: whether another follows. Takes the comma or the closing bracket.
  @inline(__always)
  mutating func takeComma(orEnd close: Unicode.Scalar) throws(JSONError) -> Bool {
    if take(",") {
      elements += 1
      guard elements <= elementsMax else { throw error(.tooManyElements(limit: elementsMax)) }
      return true
    }
    guard take(close) else { throw error(.malformed("',' or '\(close)'")) }
    return false
  }

  /// Takes `null` if it comes next.
  @inline(__always)
  mutating func takeNull() -> Bool { peek() == UInt8(ascii: "n") && takeWord("null") }

  /// Takes a literal if it comes next, as a whole word.
  mutating func takeWord(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard end - next >= count else { return false }
    for index in 0..<count where next[index] != word.utf8Start[index] { return false }
    if next + count < end, JSONCursor.isWordByte(next[count]) { return false }
    next += count
    return true
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// Takes a member's name and the colon.
  @inline(__always)
  mutating func name() throws(JSONError) -> JSONText {
    guard peek() == UInt8(ascii: "\"") else { throw error(.malformed("a member's name in quotes")) }
    let name = try string()
    guard take(":") else { throw error(.malformed("':'")) }
    return name
  }

  /// Reads over a value of any kind, checking that it is JSON.
  mutating func skipValue(depth: Int) throws(JSONError) {
    guard depth <= JSONCursor.depthMax else { throw error(.tooDeep(limit: JSONCursor.depthMax)) }
    switch peek() {
    case UInt8(ascii: "{"):
      next += 1
      if take("}") { return }
      repeat {
        _ = try name()
        try skipValue(depth: depth + 1)
      } while try takeComma(orEnd: "}")
    case UInt8(ascii: "["):
      next += 1
      if take("]") { return }
      repeat { try skipValue(depth: depth + 1) } while try takeComma(orEnd: "]")
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): _ = try number()
    default:
      guard takeWord("true") || takeWord("false") || takeWord("null") else { throw error(.malformed("a value")) }
    }
  }

  /// Reads over blanks up to the end of the text.
  mutating func finish() throws(JSONError) {
    _ = peek()
    guard next == end else { throw error(.malformed("the end of the text")) }
  }
}
