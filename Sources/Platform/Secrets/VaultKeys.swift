package import Sealing

/// The keys of the vault.
package struct VaultKeys: Sendable {
  /// Seals and opens.
  package let sealing: Keyring
  /// The key of blind indexes and of fingerprints. It never changes, because stored values depend on it.
  package let indexing: SecretKey
  /// Signs tokens. It follows from ``indexing``, so every server of the database has it, and tokens outlive a rotation.
  let tokens: [UInt8]

  private static let tokensPurpose = Array("fastshop tokens".utf8)

  /// Keys that were opened, or made up for a test.
  package init(sealing: Keyring, indexing: SecretKey) {
    self.sealing = sealing
    self.indexing = indexing
    tokens = Digest.hmacSHA256(Self.tokensPurpose, key: indexing.material)
  }
}
