import Testing

@testable import Sealing

func hex(_ text: String) -> [UInt8] {
  let digits = text.utf8.map { UInt8($0 > 0x40 ? ($0 | 0x20) - 0x57 : $0 - 0x30) }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

@Suite struct CryptographyTests {
  struct GCMCase: Sendable {
    let name: String
    let key, nonce, plain, more, cipher, tag: String
  }

  private static let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
  private static let zeros = String(repeating: "0", count: 64)
  private static let plain =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
  private static let cipher =
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"

  /// "The Galois/Counter Mode of Operation", the specification submitted to NIST: its cases with 256-bit keys and
  /// 96-bit nonces.
  static let gcmCases = [
    GCMCase(
      name: "13", key: zeros, nonce: "000000000000000000000000", plain: "", more: "", cipher: "",
      tag: "530f8afbc74536b9a963b4f1c4cb738b"),
    GCMCase(
      name: "14", key: zeros, nonce: "000000000000000000000000", plain: "00000000000000000000000000000000", more: "",
      cipher: "cea7403d4d606b6e074ec5d3baf39d18", tag: "d0d1c8a799996bf0265b98b5d48ab919"),
    GCMCase(
      name: "15", key: key, nonce: "cafebabefacedbaddecaf888", plain: plain, more: "", cipher: cipher,
      tag: "b094dac5d93471bdec1a502270e3cc6c"),
    GCMCase(
      name: "16", key: key, nonce: "cafebabefacedbaddecaf888", plain: String(plain.dropLast(8)),
      more: "feedfacedeadbeeffeedfacedeadbeefabaddad2", cipher: String(cipher.dropLast(8)),
      tag: "76fc6ece0f4e1768cddf8853bb2d551b"),
  ]

  @Test(arguments: gcmCases)
  func sealsAsTheSpecificationSays(_ one: GCMCase) {
    let sealed = Cryptography.seal(
      hex(one.plain), key: hex(one.key), nonce: hex(one.nonce), authenticating: hex(one.more))
    #expect(sealed == hex(one.cipher + one.tag), "case \(one.name)")
  }

  @Test(arguments: gcmCases)
  func opensAsTheSpecificationSaysAndNothingElse(_ one: GCMCase) {
    let sealed = hex(one.cipher + one.tag)
    func open(_ bytes: [UInt8], _ more: [UInt8]) -> [UInt8]? {
      Cryptography.open(bytes, key: hex(one.key), nonce: hex(one.nonce), authenticating: more)
    }
    #expect(open(sealed, hex(one.more)) == hex(one.plain))
    #expect(open(sealed, hex(one.more) + [0]) == nil)
    #expect(open(sealed.dropLast(), hex(one.more)) == nil)
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(open(changed, hex(one.more)) == nil, "byte \(index) of case \(one.name)")
    }
  }

  /// RFC 4231, cases 1, 2, 3 and 6; FIPS 180-2, appendix B.
  @Test func hashesAsTheStandardsSay() {
    let cases: [(key: [UInt8], data: [UInt8], hash: String)] = [
      (
        [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
      (
        [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
      ),
      (
        [UInt8](repeating: 0xaa, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
    ]
    for one in cases { #expect(Digest.hmacSHA256(one.data, key: one.key) == hex(one.hash)) }
    #expect(
      Digest.sha256(Array("abc".utf8)) == hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
    #expect(Digest.sha256([]) == hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
  }

  @Test func comparesWhole() {
    #expect(Digest.areEqual([], []))
    #expect(Digest.areEqual([1, 2, 3], [1, 2, 3]))
    #expect(!Digest.areEqual([1, 2, 3], [1, 2, 4]))
    #expect(!Digest.areEqual([1, 2, 3], [1, 2]))
  }

  @Test func wipesWhatItIsGiven() {
    var secret: [UInt8] = [1, 2, 3]
    Cryptography.wipe(&secret)
    #expect(secret == [0, 0, 0])
  }
}
