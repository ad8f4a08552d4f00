import Testing

@testable import Credentials

@Suite struct OneTimeCodeTests {
  /// RFC 6238, appendix B, for SHA-1; the last six of its eight digits.
  private static let secret = Array("12345678901234567890".utf8)

  @Test(arguments: [
    (Int64(59), "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
    (2_000_000_000, "279037"), (20_000_000_000, "353130"),
  ])
  func codesAreThoseOfTheStandard(seconds: Int64, code: String) {
    let codes = OneTimeCode(secret: Self.secret)
    #expect(codes.code(step: OneTimeCode.step(at: seconds)) == code)
    #expect(codes.step(of: code, at: seconds, after: 0) == seconds / 30)
  }

  @Test(arguments: [(Int64(-31), false), (-30, true), (0, true), (29, true), (30, true), (60, false)])
  func clocksMayDifferByOneStep(by seconds: Int64, isTaken: Bool) {
    let codes = OneTimeCode(secret: Self.secret)
    let code = codes.code(step: 1000)
    #expect((codes.step(of: code, at: 30_000 + seconds, after: 0) != nil) == isTaken)
  }

  @Test func aCodeIsAcceptedOnce() {
    let codes = OneTimeCode(secret: Self.secret)
    let code = codes.code(step: 1000)
    #expect(codes.step(of: code, at: 30_000, after: 999) == 1000)
    #expect(codes.step(of: code, at: 30_000, after: 1000) == nil)
  }

  @Test(arguments: ["", "12345", "1234567", "abcdef", "28708２"])
  func whatIsNoCodeIsRefused(_ text: String) {
    #expect(OneTimeCode(secret: Self.secret).step(of: text, at: 59, after: 0) == nil)
  }

  /// RFC 4648, section 10, without the padding.
  @Test(arguments: [
    ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"),
    ("foobar", "MZXW6YTBOI"),
  ])
  func base32IsThatOfTheStandard(text: String, encoded: String) {
    #expect(Base32.encode(Array(text.utf8)) == encoded)
  }
}
