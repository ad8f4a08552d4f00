/// A sealed secret: AES-256-GCM, with everything that is needed to open it but the key.
///
/// Its bytes: the version (1), the id of the key (8), the nonce (12), the ciphertext, the tag (16). Version and key id
/// are authenticated together with the place.
public struct SealedValue: Equatable, Sendable {
  /// The maximum length of a secret in bytes.
  public static let plainBytesMax = 1 << 20
  /// The number of bytes that sealing adds.
  public static let overheadBytes = headerBytes + Cryptography.nonceBytes + Cryptography.tagBytes

  private static let version: UInt8 = 1
  private static let headerBytes = 1 + KeyID.byteCount

  /// The id of the key that opens it.
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

  /// Parses ``bytes``.
  public init(_ bytes: [UInt8]) throws(SealingError) {
    guard bytes.count >= Self.overheadBytes, bytes.count <= Self.overheadBytes + Self.plainBytesMax,
      bytes[0] == Self.version
    else { throw .notSealed }
    keyID = KeyID(bytes: Array(bytes[1..<Self.headerBytes]))
    nonce = Array(bytes[Self.headerBytes...].prefix(Cryptography.nonceBytes))
    ciphertext = Array(bytes[(Self.headerBytes + Cryptography.nonceBytes)...])
  }

  /// The bytes to store.
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
