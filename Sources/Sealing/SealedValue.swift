/// A secret as it is stored: AES-256-GCM, with all that is needed to open it but the key.
///
/// Its bytes: the version (1), the key's id (8), the nonce (12), the ciphertext, the tag (16). Version and key id are
/// authenticated together with the place.
public struct SealedValue: Equatable, Sendable {
  /// Longer secrets are refused; what is longer is no column's value.
  public static let plainBytesMax = 1 << 20
  /// So many bytes more than the secret.
  public static let overheadBytes = headerBytes + Cryptography.nonceBytes + Cryptography.tagBytes

  private static let version: UInt8 = 1
  private static let headerBytes = 1 + KeyID.byteCount

  /// Which key opens it.
  public let keyID: KeyID
  private let nonce: [UInt8]
  private let ciphertext: [UInt8]

  /// Seals `plain` for `place`.
  public init(sealing plain: [UInt8], with key: SecretKey, for place: SealedPlace) throws(SealingError) {
    guard plain.count <= Self.plainBytesMax else { throw .tooLong }
    let nonce = Cryptography.random(Cryptography.nonceBytes)
    let more = Self.header(key.id) + place.bytes
    guard let ciphertext = Cryptography.seal(plain, key: key.bytes, nonce: nonce, authenticating: more) else {
      fatalError("OpenSSL has no AES-256-GCM")
    }
    (keyID, self.nonce, self.ciphertext) = (key.id, nonce, ciphertext)
  }

  /// Reads what ``bytes`` wrote.
  public init(_ bytes: [UInt8]) throws(SealingError) {
    guard bytes.count >= Self.overheadBytes, bytes.count <= Self.overheadBytes + Self.plainBytesMax,
      bytes[0] == Self.version
    else { throw .notSealed }
    keyID = KeyID(bytes: Array(bytes[1..<Self.headerBytes]))
    nonce = Array(bytes[Self.headerBytes...].prefix(Cryptography.nonceBytes))
    ciphertext = Array(bytes[(Self.headerBytes + Cryptography.nonceBytes)...])
  }

  /// What is stored.
  public var bytes: [UInt8] { Self.header(keyID) + nonce + ciphertext }

  /// The secret.
  public func open(with key: SecretKey, for place: SealedPlace) throws(SealingError) -> [UInt8] {
    guard key.id == keyID else { throw .unknownKey(keyID) }
    let more = Self.header(keyID) + place.bytes
    guard let plain = Cryptography.open(ciphertext, key: key.bytes, nonce: nonce, authenticating: more) else {
      throw .tampered
    }
    return plain
  }

  private static func header(_ id: KeyID) -> [UInt8] { [version] + id.bytes }
}
