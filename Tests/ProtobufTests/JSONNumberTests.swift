import Glibc
import SeededRandom
import Testing

@testable import Protobuf

@Suite("numbers of JSON")
struct JSONNumberTests {
  @Test(
    "whole numbers are exact, however they are spelled",
    arguments: [
      ("0", 0), ("-0", 0), ("18446744073709551615", nil), ("9223372036854775807", .max),
      ("-9223372036854775808", .min), ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1e3", 1000),
      ("1.5e1", 15), ("1.0", 1), ("100e-2", 1), ("1.5", nil), ("1e-1", nil), ("1e19", nil), ("0e999999999999", 0),
      ("9223372036854775807.0000000000000000000000", .max), ("922337203685477580.7e1", .max),
      ("0.00000000000000000000000000001e29", 1), ("100000000000000000000e-20", 1),
      ("1000000000000000000000000000001e-30", nil), ("9007199254740993", 9_007_199_254_740_993),
    ] as [(String, Int64?)])
  func integers(_ text: String, _ expected: Int64?) throws {
    let value = try number(text) { $0.integer(Int64.self) }
    #expect(value == expected)
  }

  @Test(
    "floating point is rounded as the C library rounds it",
    arguments: [
      "0.1", "1e22", "1e23", "9007199254740993", "123456789012345678901234567890", "2.2250738585072011e-308", "5e-324",
      "2e-324", "1.7976931348623157e308", "0.3", "1e-22", "1e-23", "4503599627370496.5", "4503599627370497.5",
      "0.500000000000000166533453693773481063544750213623046875", "1e0", "3.14159265358979323846264338327950288",
      "72057594037927945", "9.5367431640625e-7", "1090544144181609348671888949248", "0e400", "-0.0",
    ])
  func doubles(_ text: String) throws {
    let value = try number(text) { $0.double }
    #expect(value.bitPattern == strtod(text, nil).bitPattern)
    let single = try number(text) { $0.float }
    #expect(single.bitPattern == strtof(text, nil).bitPattern)
  }

  @Test("random doubles come back from their description")
  func randomDoubles() throws {
    var random = SplitMix(seed: 7)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      let back = try number(value.description) { $0.double }
      #expect(back.bitPattern == value.bitPattern)
    }
  }

  private func number<R>(_ text: String, _ body: (JSONNumber) -> R) throws -> R {
    try Array(text.utf8).withUnsafeBytes { bytes in
      var cursor = JSONCursor(bytes)
      return body(try cursor.number())
    }
  }
}
