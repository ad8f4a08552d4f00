import Testing

@testable import Credentials

@Suite struct SigningKeyTests {
  private let message = Array("header.payload".utf8)

  @Test func aSignatureIsValidForItsMessageAndKeyAlone() throws {
    let key = SigningKey()
    let signature = try #require(key.sign(message))
    #expect(signature.count == 64)
    #expect(key.verifying.isValid(signature, of: message))
    #expect(!key.verifying.isValid(signature, of: message + [0]))
    #expect(!SigningKey().verifying.isValid(signature, of: message))
    for place in [0, 31, 32, 63] {
      var forged = signature
      forged[place] ^= 1
      #expect(!key.verifying.isValid(forged, of: message))
    }
  }

  @Test(arguments: [0, 1, 63, 65, 72])
  func signaturesOfAnotherLengthAreRefused(_ count: Int) {
    #expect(!SigningKey().verifying.isValid([UInt8](repeating: 1, count: count), of: message))
  }

  /// CVE-2022-21449: zeros satisfy the equation where nobody looks.
  @Test func aZeroSignatureIsRefused() {
    #expect(!SigningKey().verifying.isValid([UInt8](repeating: 0, count: 64), of: message))
  }

  @Test func privateBytesRoundTrip() throws {
    let key = SigningKey()
    let again = try #require(SigningKey(privateBytes: key.privateBytes))
    #expect(again.verifying.point == key.verifying.point)
    #expect(key.verifying.isValid(try #require(again.sign(message)), of: message))
    #expect(SigningKey(privateBytes: Array(key.privateBytes.dropLast(40))) == nil)
    #expect(SigningKey(privateBytes: []) == nil)
  }

  /// RFC 7515, appendix A.3.
  @Test func theStandardsExampleIsValid() throws {
    let x: [UInt8] = [
      127, 205, 206, 39, 112, 246, 196, 93, 65, 131, 203, 238, 111, 219, 75, 123, 88, 7, 51, 53, 123, 233, 239, 19,
      186, 207, 110, 60, 123, 209, 84, 69,
    ]
    let y: [UInt8] = [
      199, 241, 68, 205, 27, 189, 155, 126, 135, 44, 223, 237, 185, 238, 185, 244, 179, 105, 93, 110, 169, 11, 36, 173,
      138, 70, 35, 40, 133, 136, 229, 173,
    ]
    let signature: [UInt8] = [
      14, 209, 33, 83, 121, 99, 108, 72, 60, 47, 127, 21, 88, 7, 212, 2, 163, 178, 40, 3, 58, 249, 124, 126, 23, 129,
      154, 195, 22, 158, 166, 101, 197, 10, 7, 211, 140, 60, 112, 229, 216, 241, 45, 175, 8, 74, 84, 128, 166, 101,
      144, 197, 242, 147, 80, 154, 143, 63, 127, 138, 131, 163, 84, 213,
    ]
    let signed =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
      + "Ijp0cnVlfQ"
    let key = try #require(VerifyingKey(x: x, y: y))
    #expect(key.isValid(signature, of: Array(signed.utf8)))
  }

  @Test func pointsOffTheCurveAreRefused() {
    var point = SigningKey().verifying.point
    point[64] ^= 1
    #expect(VerifyingKey(point: point) == nil)
    #expect(VerifyingKey(point: []) == nil)
    #expect(VerifyingKey(x: [1], y: [2]) == nil)
  }
}
