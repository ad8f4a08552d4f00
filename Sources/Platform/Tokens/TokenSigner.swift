package import RPC
internal import Sealing

/// Signs and verifies tokens that callers keep and send back. All servers of a database share the key. A token is valid
/// for one purpose and one database only.
///
/// Callers can read a token, but cannot make or change one.
package struct TokenSigner: Sendable {
  /// HMAC-SHA256, cut to its first half, which is long enough against guessing.
  package static let signatureBytes = 16

  private let key: [UInt8]
  private let purpose: [UInt8]

  /// A signer with `key` for a purpose.
  init(key: [UInt8], purpose: String) {
    self.key = key
    // A purpose contains no NUL, so that its end is distinct from the beginning of the token.
    self.purpose = purpose.utf8.filter { $0 != 0 } + [0]
  }

  /// The signature of `bytes`.
  func signature(of bytes: [UInt8]) -> [UInt8] {
    Array(Digest.hmacSHA256(purpose + bytes, key: key).prefix(Self.signatureBytes))
  }

  /// A secret of 32 bytes, derived from `bytes`: the same on every server of the database.
  package func secret(from bytes: [UInt8]) -> [UInt8] { Array(Digest.hmacSHA256(purpose + bytes, key: key)) }

  /// `signed` without the signature at its end; nil when that is not right.
  func verified(_ signed: [UInt8]) -> ArraySlice<UInt8>? {
    guard signed.count >= Self.signatureBytes else { return nil }
    let bytes = Array(signed.dropLast(Self.signatureBytes))
    guard Digest.areEqual(signature(of: bytes), Array(signed.suffix(Self.signatureBytes))) else { return nil }
    return bytes[...]
  }
}

extension Call {
  /// Signs the tokens of the method that is called.
  /// - Throws: ``VaultError/notOpened`` where the server was wired without a vault.
  package var tokenSigner: TokenSigner {
    get throws(VaultError) { try vault.tokenSigner(for: path) }
  }
}
