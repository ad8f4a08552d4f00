/// A number as JSON writes it: ±`digits` × 10^`exponent`.
struct JSONNumber {
  let start: UnsafePointer<UInt8>
  let count: Int
  let isNegative: Bool
  /// The leading digits, as many as fit.
  let digits: UInt64
  /// Decimal; cut at ±`exponentMax`.
  let exponent: Int
  /// Whether digits other than 0 are left out of `digits`.
  let isCut: Bool

  /// Far beyond any number that a field can hold.
  static let exponentMax = 1_000_000

  /// The absolute value if it is whole and fits; `1.50e2` is 150.
  var wholeMagnitude: UInt64? {
    guard !isCut else { return nil }
    if exponent == 0 || digits == 0 { return digits }
    var value = digits
    if exponent > 0 {
      for _ in 0..<min(exponent, 20) {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        guard !overflow else { return nil }
        value = product
      }
    } else {
      for _ in 0..<min(-exponent, 20) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
        guard remainder == 0 else { return nil }
        value = quotient
      }
    }
    return value
  }

  func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Integer? {
    guard let magnitude = wholeMagnitude else { return nil }
    if !isNegative { return Integer(exactly: magnitude) }
    guard magnitude <= 1 << 63 else { return nil }
    return Integer(exactly: Int64(truncatingIfNeeded: 0 &- magnitude))
  }

  /// The nearest double; infinite if it is too large.
  var double: Double {
    // Both factors are exact doubles, so that the one rounding is the right one.
    if !isCut, digits <= 1 << 53, -22...22 ~= exponent {
      let power = JSONNumber.powersOfTen[abs(exponent)]
      let value = exponent < 0 ? Double(digits) / power : Double(digits) * power
      return isNegative ? -value : value
    }
    return Double(text) ?? .infinity
  }

  /// The nearest float; infinite if it is too large.
  var float: Float {
    if !isCut, digits <= 1 << 24, -10...10 ~= exponent {
      let power = Float(JSONNumber.powersOfTen[abs(exponent)])
      let value = exponent < 0 ? Float(digits) / power : Float(digits) * power
      return isNegative ? -value : value
    }
    return Float(text) ?? .infinity
  }

  private var text: String { String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
    1e20, 1e21, 1e22,
  ]
}

extension JSONCursor {
  /// Takes a number, which begins at the next byte.
  mutating func number() throws(JSONError) -> JSONNumber {
    let first = next
    let isNegative = next < end && next.pointee == UInt8(ascii: "-")
    if isNegative { next += 1 }
    var digits: UInt64 = 0
    var exponent = 0
    var isCut = false
    let integerStart = next
    while let digit = takeDigit() {
      if isCut || exponent > 0 || !JSONCursor.append(digit, to: &digits) {
        exponent += 1
        if digit != 0 { isCut = true }
      }
    }
    guard next > integerStart, integerStart.pointee != UInt8(ascii: "0") || next - integerStart == 1 else {
      throw error(.malformed("a number"), at: first)
    }
    if next < end, next.pointee == UInt8(ascii: ".") {
      next += 1
      let fractionStart = next
      while let digit = takeDigit() {
        if !isCut, exponent <= 0, JSONCursor.append(digit, to: &digits) {
          exponent -= 1
        } else if digit != 0 {
          isCut = true
        }
      }
      guard next > fractionStart else { throw error(.malformed("a digit"), at: next) }
    }
    if next < end, next.pointee | 0x20 == UInt8(ascii: "e") {
      next += 1
      exponent += try exponentPart()
    }
    return JSONNumber(
      start: first, count: next - first, isNegative: isNegative, digits: digits, exponent: exponent, isCut: isCut)
  }

  private mutating func exponentPart() throws(JSONError) -> Int {
    var isNegative = false
    if next < end, next.pointee == UInt8(ascii: "-") || next.pointee == UInt8(ascii: "+") {
      isNegative = next.pointee == UInt8(ascii: "-")
      next += 1
    }
    let first = next
    var value = 0
    while let digit = takeDigit() { value = min(value * 10 + Int(digit), JSONNumber.exponentMax) }
    guard next > first else { throw error(.malformed("a digit"), at: next) }
    return isNegative ? -value : value
  }

  @inline(__always)
  private mutating func takeDigit() -> UInt64? {
    guard next < end else { return nil }
    let digit = next.pointee &- UInt8(ascii: "0")
    guard digit <= 9 else { return nil }
    next += 1
    return UInt64(digit)
  }

  /// Puts a digit after the others, unless they are too many.
  @inline(__always)
  private static func append(_ digit: UInt64, to digits: inout UInt64) -> Bool {
    if digits < 1 << 60 {
      digits = digits &* 10 &+ digit
      return true
    }
    let (tens, overflow) = digits.multipliedReportingOverflow(by: 10)
    guard !overflow else { return false }
    let (sum, carry) = tens.addingReportingOverflow(digit)
    guard !carry else { return false }
    digits = sum
    return true
  }
}
