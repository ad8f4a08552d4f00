/// Reads short texts of fixed shape, such as points in time, piece by piece.
struct AsciiScanner {
  private let text: UnsafeRawBufferPointer
  private var position = 0

  init(_ text: UnsafeRawBufferPointer) {
    self.text = text
  }

  var isAtEnd: Bool { position == text.count }

  var next: UInt8 { position < text.count ? text[position] : 0 }

  /// Takes this character if it comes next.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character), !isAtEnd else { return false }
    position += 1
    return true
  }

  /// Takes exactly `count` digits.
  mutating func number(digits count: Int) -> Int64? {
    var value: Int64 = 0
    for _ in 0..<count {
      guard let digit = takeDigit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// Takes one digit or more, `digitsMax` at most.
  mutating func number(digitsMax: Int) -> Int64? {
    guard var value = takeDigit() else { return nil }
    var count = 1
    while let digit = takeDigit() {
      count += 1
      guard count <= digitsMax else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// Takes a point and one to nine digits as a fraction of a second, if a point comes next. In nanoseconds; nil if
  /// there is a point but no such digits.
  mutating func nanoseconds() -> Int32? {
    guard take(".") else { return 0 }
    var value: Int64 = 0
    var count = 0
    while let digit = takeDigit() {
      count += 1
      guard count <= 9 else { return nil }
      value = value * 10 + digit
    }
    guard count > 0 else { return nil }
    while count < 9 {
      value *= 10
      count += 1
    }
    return Int32(value)
  }

  private mutating func takeDigit() -> Int64? {
    let digit = next &- UInt8(ascii: "0")
    guard digit <= 9, !isAtEnd else { return nil }
    position += 1
    return Int64(digit)
  }
}
