/// A blind index: a keyed hash stored with a sealed value, which finds equal values without opening them. Without the
/// key, it reveals only which values are equal.
public struct BlindIndex: Sendable {
  private let key: SecretKey

  /// An index with a key of its own, which seals nothing.
  public init(key: SecretKey) { self.key = key }

  /// The hash of `text` in a column, 32 bytes. Normalise the text before: an e-mail address in lower case.
  public func hash(of text: String, table: String, column: String) -> [UInt8] {
    Cryptography.hmacSHA256(LengthPrefixed.bytes([table, column, text]), key: key.bytes)
  }
}
