import Testing

@testable import Sealing

@Suite struct SealedValueTests {
  private let place = SealedPlace(table: "identity.user", column: "totp_secret", row: "7")
  private let secret = Array("a secret".utf8)

  @Test(arguments: [0, 1, 15, 16, 17, 4_096, SealedValue.plainBytesMax])
  func whatIsSealedOpens(count: Int) throws {
    let key = SecretKey()
    let plain = Digest.random(count)
    let bytes = try SealedValue(sealing: plain, with: key, for: place).bytes
    #expect(bytes.count == count + SealedValue.overheadBytes)
    #expect(try SealedValue(bytes).open(with: key, for: place) == plain)
  }

  @Test func sealingTwiceGivesDifferentBytes() throws {
    let key = SecretKey()
    let all = try (0..<100).map { _ in try SealedValue(sealing: secret, with: key, for: place).bytes }
    #expect(Set(all).count == 100)
    #expect(all.allSatisfy { !$0.contains(subsequence: secret) })
  }

  @Test func aChangedBitDoesNotOpen() throws {
    let ring = Keyring(SecretKey())
    let sealed = try ring.seal(secret, for: place)
    for index in sealed.indices {
      for bit in 0..<8 {
        var changed = sealed
        changed[index] ^= 1 << UInt8(bit)
        #expect(throws: SealingError.self, "bit \(bit) of byte \(index)") { try ring.open(changed, for: place) }
      }
    }
  }

  static let otherPlaces = [
    SealedPlace(table: "identity.user", column: "totp_secret", row: "8"),
    SealedPlace(table: "identity.user", column: "email", row: "7"),
    SealedPlace(table: "identity.key", column: "totp_secret", row: "7"),
    SealedPlace(table: "identity.usert", column: "otp_secret", row: "7"),
    SealedPlace(table: "identity.user", column: "totp_secret7", row: ""),
  ]

  @Test(arguments: otherPlaces)
  func inAnotherPlaceItDoesNotOpen(_ other: SealedPlace) throws {
    let ring = Keyring(SecretKey())
    let sealed = try ring.seal(secret, for: place)
    #expect(throws: SealingError.tampered) { try ring.open(sealed, for: other) }
  }

  @Test func aMissingKeyIsNamed() throws {
    let (old, new) = (SecretKey(), SecretKey())
    let sealed = try Keyring(old).seal(secret, for: place)
    #expect(throws: SealingError.unknownKey(old.id)) { try Keyring(new).open(sealed, for: place) }
    let both = Keyring(new, alsoOpening: [old])
    #expect(try both.open(sealed, for: place) == secret)
    #expect(try both.isOutdated(sealed))
    #expect(try !both.isOutdated(both.seal(secret, for: place)))
  }

  static let notSealed: [[UInt8]] = [
    [], [1], [UInt8](repeating: 1, count: SealedValue.overheadBytes - 1),
    [2] + [UInt8](repeating: 0, count: 60), [UInt8](repeating: 0, count: 60),
    [1] + [UInt8](repeating: 0, count: SealedValue.overheadBytes + SealedValue.plainBytesMax),
  ]

  @Test(arguments: notSealed)
  func whatWasNeverSealedIsSaidToBe(_ bytes: [UInt8]) {
    #expect(throws: SealingError.notSealed) { try SealedValue(bytes) }
  }

  @Test func aLongValueIsRefused() {
    #expect(throws: SealingError.tooLong) {
      try Keyring(SecretKey()).seal([UInt8](repeating: 0, count: SealedValue.plainBytesMax + 1), for: place)
    }
  }

  @Test func aKeyIDIsDerivedFromTheKey() throws {
    let key = SecretKey()
    let again = try #require(SecretKey(text: key.text))
    #expect(again.id == key.id && SecretKey().id != key.id)
    #expect(KeyID(key.id.description) == key.id)
    #expect(KeyID("0123") == nil && KeyID("zzzzzzzzzzzzzzzz") == nil && KeyID("+123456789abcdef") == nil)
    #expect(!"\(key)".contains(key.text))
  }

  @Test func aBlindIndexTellsColumnsAndKeysApart() {
    let index = BlindIndex(key: SecretKey())
    let hash = index.hash(of: "ann@example.com", table: "identity.user", column: "email")
    #expect(hash == index.hash(of: "ann@example.com", table: "identity.user", column: "email"))
    #expect(hash != index.hash(of: "bob@example.com", table: "identity.user", column: "email"))
    #expect(hash != index.hash(of: "ann@example.com", table: "identity.user", column: "name"))
    #expect(hash != BlindIndex(key: SecretKey()).hash(of: "ann@example.com", table: "identity.user", column: "email"))
  }

  @Test func aTokenIsFoundByItsHashAlone() {
    let tokens = (0..<100).map { _ in SingleUseToken() }
    #expect(Set(tokens.map(\.text)).count == 100)
    for token in tokens {
      #expect(token.text.wholeMatch(of: #/[A-Za-z0-9_-]{43}/#) != nil)
      #expect(SingleUseToken.hash(of: token.text) == token.hash && token.hash.count == 32)
    }
  }
}

extension [UInt8] {
  fileprivate func contains(subsequence: [UInt8]) -> Bool {
    indices.contains { self[$0...].starts(with: subsequence) }
  }
}
