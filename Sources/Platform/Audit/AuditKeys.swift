package import Sealing

/// The keys that sign entries, positions and heads of the audit log. Each is derived from a data key of the vault. The
/// database holds only the wrapped data key, so every server can derive the keys, and the database alone cannot.
package struct AuditKeys: Sendable {
  /// What a key signs. A signature for one use is invalid for any other.
  enum Use: String {
    case entry
    case place
    case heads
  }

  /// The result of verifying a signature.
  enum Verdict: Equatable {
    case valid
    case invalid
    case unknownKey(KeyID)
  }

  /// Bytes of an HMAC.
  static let hmacBytes = 32
  /// Bytes of a signature: the format, the key's id, the HMAC.
  static let signatureBytes = 1 + KeyID.byteCount + hmacBytes

  private static let format: UInt8 = 1
  private static let purpose = "fastshop audit "

  private let ring: Keyring

  /// Keys that follow from those of `ring`; its current one signs, the others still verify.
  package init(_ ring: Keyring) { self.ring = ring }

  /// The key that signs.
  var current: KeyID { ring.current.id }

  /// The key of a use; nil when the data key is not here.
  func key(_ id: KeyID, for use: Use) -> [UInt8]? {
    ring[id].map { Digest.hmacSHA256(Array((Self.purpose + use.rawValue).utf8), key: $0.material) }
  }

  /// The current key of a use.
  func currentKey(for use: Use) -> [UInt8] {
    Digest.hmacSHA256(Array((Self.purpose + use.rawValue).utf8), key: ring.current.material)
  }

  /// Signs `bytes`.
  func signature(of bytes: [UInt8], for use: Use) -> [UInt8] {
    [Self.format] + current.bytes + Digest.hmacSHA256(bytes, key: currentKey(for: use))
  }

  /// Whether `signature` is one of `bytes`.
  func verdict(of signature: [UInt8], of bytes: [UInt8], for use: Use) -> Verdict {
    guard signature.count == Self.signatureBytes, signature[0] == Self.format,
      let id = KeyID(checking: signature[1...KeyID.byteCount])
    else { return .invalid }
    guard let key = key(id, for: use) else { return .unknownKey(id) }
    let hmac = Array(signature.suffix(Self.hmacBytes))
    return Digest.areEqual(hmac, Digest.hmacSHA256(bytes, key: key)) ? .valid : .invalid
  }
}

extension Vault {
  /// The keys of the audit log, as they are now.
  package var auditKeys: AuditKeys { AuditKeys(sealingKeys) }
}
