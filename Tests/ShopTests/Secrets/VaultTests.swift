import Platform
import Sealing
import Testing

@Suite struct VaultTests {
  private let place = SealedPlace(table: "identity.totp", column: "secret", row: "7")

  @Test func itOpensWhatItSealedAndNothingElse() throws {
    let (vault, other) = (Vault.temporary(), Vault.temporary())
    let sealed = try vault.seal([1, 2, 3], for: place)
    #expect(try vault.open(sealed, for: place) == [1, 2, 3])
    #expect(throws: SealingError.unknownKey(vault.currentKey)) { try other.open(sealed, for: place) }
    #expect(throws: SealingError.tampered) {
      try vault.open(sealed, for: SealedPlace(table: "identity.totp", column: "secret", row: "8"))
    }
  }

  @Test func whatItFindsByIsNotWhatItTellsApartBy() {
    let vault = Vault.temporary()
    let index = vault.index(of: "ann@example.com", table: "identity.user", column: "email")
    #expect(index == vault.index(of: "ann@example.com", table: "identity.user", column: "email"))
    let fingerprint = vault.fingerprint(of: Array("ann@example.com".utf8))
    #expect(fingerprint == vault.fingerprint(of: Array("ann@example.com".utf8)) && fingerprint != index)
    #expect(fingerprint != Vault.temporary().fingerprint(of: Array("ann@example.com".utf8)))
  }
}
