package import Postgres
package import Sealing
internal import Synchronization

/// Seals secrets before they are stored in the database, and opens them again. One for the whole process.
///
/// A value is sealed for its table, column and row. Moved to another place, it does not open.
package final class Vault: Sendable {
  /// Reads the keys from the database again.
  package typealias Source = nonisolated(nonsending) @Sendable (Database) async throws -> VaultKeys

  /// The purpose of the key of fingerprints, which separates it from that of indexes.
  private static let fingerprinting = Array("fastshop fingerprints".utf8)

  private let keys: Mutex<VaultKeys>
  private let source: Source?

  /// A vault with these keys, which asks `source` for those it does not know.
  package init(_ keys: VaultKeys, source: Source? = nil) {
    self.keys = Mutex(keys)
    self.source = source
  }

  /// A vault whose keys are lost with it: for tests.
  package static func temporary() -> Vault {
    Vault(VaultKeys(sealing: Keyring(SecretKey()), indexing: SecretKey()))
  }

  private var present: VaultKeys { keys.withLock { $0 } }

  /// Seals `plain` for `place`.
  package func seal(_ plain: [UInt8], for place: SealedPlace) throws(SealingError) -> [UInt8] {
    try present.sealing.seal(plain, for: place)
  }

  /// Opens what was sealed for `place`, with the keys that are known here.
  package func open(_ sealed: [UInt8], for place: SealedPlace) throws(SealingError) -> [UInt8] {
    try present.sealing.open(sealed, for: place)
  }

  /// Opens what was sealed for `place`, maybe by another server with a key that is new.
  package nonisolated(nonsending) func open(
    _ sealed: [UInt8], for place: SealedPlace, _ database: Database
  ) async throws -> [UInt8] {
    do throws(SealingError) {
      return try open(sealed, for: place)
    } catch {
      guard case .unknownKey = error, source != nil else { throw error }
    }
    try await reload(database)
    return try open(sealed, for: place)
  }

  /// By what a sealed text is found: 32 bytes. Bring the text into its one form before: an e-mail in lower case.
  package func index(of text: String, table: String, column: String) -> [UInt8] {
    BlindIndex(key: present.indexing).hash(of: text, table: table, column: column)
  }

  /// A fingerprint of `bytes`, 32 bytes long, which does not reveal them.
  package func fingerprint(of bytes: [UInt8]) -> [UInt8] {
    Digest.hmacSHA256(bytes, key: Digest.hmacSHA256(Self.fingerprinting, key: present.indexing.material))
  }

  /// Signs tokens of one purpose. A purpose's text must stay as it is: what it signed is verified by it.
  package func tokenSigner(for purpose: String) -> TokenSigner {
    TokenSigner(key: present.tokens, purpose: purpose)
  }

  /// The keys that seal, for what is derived from them.
  var sealingKeys: Keyring { present.sealing }

  /// The key that seals now.
  package var currentKey: KeyID { present.sealing.current.id }

  /// Whether a value was sealed with an older key than others are now.
  package func isOutdated(_ sealed: [UInt8]) throws(SealingError) -> Bool { try present.sealing.isOutdated(sealed) }

  /// Takes the keys as the database has them now.
  package nonisolated(nonsending) func reload(_ database: Database) async throws {
    guard let source else { return }
    let fresh = try await source(database)
    keys.withLock { $0 = fresh }
  }
}
