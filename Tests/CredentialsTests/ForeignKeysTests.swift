import Testing

@testable import Credentials

@Suite struct ForeignKeysTests {
  private static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue ?? 0) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  // MARK: RSA

  /// RFC 7515, appendix A.2.
  private static let modulus = bytes(
    """
    a1f8160ae2e3c9b465ce8d2d656263362b927dbe29e1f02477fc1625cc90a136e38bd93497c5b6ea63dd7711e67c7429
    f956b0fb8a8f089adc4b69893cc1333f53edd019b87784252fec914fe4857769594bea4280d32c0f55bf62944f130396
    bc6e9bdf6ebdd2bda3678eeca0c668f701b38dbffb38c8342ce2fe6d27fade4a5a4874979dd4b9cf9adec4c75b05852c
    2c0f5ef8a5c1750392f944e8ed64c110c6b647609aa4783aeb9c6c9ad755313050638b83665c6f6f7a82a396702a1f64
    1b82d3ebf2392219491fb686872c5716f50af8358d9a8b9d17c340728f7f87d89a18d8fcab67ad84590c2ecf75933936
    3c07034d6f606f9e21e05456cae5e9a1
    """)
  /// The same.
  private static let signature = bytes(
    """
    702e218943e88fd11eb5d82dbf7845f34106ae1b81fff7731116add1717d83656d420afd3c96eedd73a2663e5166687b
    000b87226e0187ed1073f945e582adfcef16d85a798ee8c66ddb3db8975b17d09402beedd5d9d97007108db28160d5f8
    040ca7445762b81fbe7ff9d92e0ae76f24f25b33bbe6f44ae61eb1040acb20044d3ef9128ed40130795bd4bd3b41eeca
    d066ab651981fde48df77f372dc38b9fafdd3befb18b5da3cc3c2eb02f9e3a41d612caad15911273a05f23b9e838faaf
    849d698429ef5a1e88798236c3d40e604522a544c8f27a7a2db80663d16cf7caea56de405cb2215a45b2c25566b55ac1
    a748a070dfc8a32a469543d019eefb47
    """)
  private static let message = Array(
    ("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
      + "Ijp0cnVlfQ").utf8)

  private static var key: RSAVerifyingKey? { RSAVerifyingKey(modulus: modulus, exponent: [1, 0, 1]) }

  @Test func `the standard's RSA signature is valid, for its message alone`() throws {
    let key = try #require(Self.key)
    #expect(key.isValid(Self.signature, of: Self.message))
    #expect(!key.isValid(Self.signature, of: Self.message + [0]))
    #expect(!key.isValid(Self.signature, of: []))
    for place in [0, 1, 127, 255] {
      var forged = Self.signature
      forged[place] ^= 1
      #expect(!key.isValid(forged, of: Self.message))
    }
  }

  @Test(arguments: [0, 1, 255, 257, 512])
  func `RSA signatures of another length are refused`(_ count: Int) throws {
    let key = try #require(Self.key)
    #expect(!key.isValid([UInt8](repeating: 1, count: count), of: Self.message))
    #expect(!key.isValid([0] + Self.signature, of: Self.message))
  }

  /// A signature is a number below the modulus: the same number plus the modulus, zero, one and the modulus are none.
  @Test func `numbers that are not RSA signatures are refused`() throws {
    let key = try #require(Self.key)
    #expect(!key.isValid([UInt8](repeating: 0, count: 256), of: Self.message))
    #expect(!key.isValid([UInt8](repeating: 0, count: 255) + [1], of: Self.message))
    #expect(!key.isValid(Self.modulus, of: Self.message))
    #expect(!key.isValid([UInt8](repeating: 255, count: 256), of: Self.message))
  }

  @Test func `weak RSA keys are refused`() {
    let modulus = Self.modulus
    #expect(RSAVerifyingKey(modulus: Array(modulus.dropLast()), exponent: [1, 0, 1]) == nil)
    #expect(RSAVerifyingKey(modulus: [0x7f] + modulus.dropFirst(), exponent: [1, 0, 1]) == nil)
    #expect(RSAVerifyingKey(modulus: [0] + modulus, exponent: [1, 0, 1]) == nil)
    #expect(RSAVerifyingKey(modulus: modulus.dropLast() + [0xfe], exponent: [1, 0, 1]) == nil)
    #expect(RSAVerifyingKey(modulus: [UInt8](repeating: 0xff, count: 1_025), exponent: [1, 0, 1]) == nil)
    #expect(RSAVerifyingKey(modulus: [], exponent: [1, 0, 1]) == nil)
    for exponent in [[], [0], [1], [2], [1, 0, 0], [UInt8](repeating: 1, count: 9)] as [[UInt8]] {
      #expect(RSAVerifyingKey(modulus: modulus, exponent: exponent) == nil, "exponent \(exponent)")
    }
  }

  /// With the exponent 1 everything is its own signature: it must never become a key.
  @Test func `a key that verifies everything is refused`() {
    #expect(RSAVerifyingKey(modulus: Self.modulus, exponent: [0, 0, 1]) == nil)
  }

  // MARK: Ed25519

  /// RFC 8037, appendix A.4.
  @Test func `the standard's EdDSA signature is valid, for its message alone`() throws {
    let point = Self.bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    let message = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
    let signature = Self.bytes(
      """
      860c98d2297f3060a33f42739672d61b53cf3adefed3d3c672f320dc021b411e
      9d59b8628dc351e248b88b29468e0e41855b0fb7d83bb15be902bfccb8cd0a02
      """)
    let key = try #require(Ed25519VerifyingKey(point: point))
    #expect(key.isValid(signature, of: message))
    #expect(!key.isValid(signature, of: message + [0]))
    #expect(!key.isValid(Array(signature.dropLast()), of: message))
    #expect(!key.isValid(signature + [0], of: message))
    #expect(!key.isValid([UInt8](repeating: 0, count: 64), of: message))
    for place in [0, 31, 32, 63] {
      var forged = signature
      forged[place] ^= 1
      #expect(!key.isValid(forged, of: message))
    }
    #expect(Ed25519VerifyingKey(point: Array(point.dropLast())) == nil)
    #expect(Ed25519VerifyingKey(point: []) == nil)
  }
}
