/// Finds a sealed value by what it says: a keyed hash that stands beside it, by which equal values are found without
/// opening any. Whoever lacks the key learns nothing from it but which values are equal.
public struct BlindIndex: Sendable {
  private let key: SecretKey

  /// An index with a key of its own, which seals nothing.
  public init(key: SecretKey) { self.key = key }

  /// The hash of `text` in a column, 32 bytes. Bring the text into its one form before: an e-mail in lower case.
  public func hash(of text: String, table: String, column: String) -> [UInt8] {
    Cryptography.hmacSHA256(LengthPrefixed.bytes([table, column, text]), key: key.bytes)
  }
}
