/// Why something cannot be sealed or opened. None of it says anything about the secret.
public enum SealingError: Error, Equatable, CustomStringConvertible {
  /// It is no sealed value, or one of a later version.
  case notSealed
  /// It was sealed with a key that is not in the ring.
  case unknownKey(KeyID)
  /// It was changed, or was sealed for another table, column or row.
  case tampered
  /// It has more bytes than ``SealedValue/plainBytesMax``.
  case tooLong
  /// It is no key: 32 bytes in base64.
  case badKey(place: String)
  /// There is no key at all.
  case noKey(place: String)
  /// The file cannot be read or written.
  case unusableFile(path: String, reason: String)

  /// A sentence for operators.
  public var description: String {
    switch self {
    case .notSealed: "the value is not sealed, or was sealed by a later version"
    case .unknownKey(let id): "the value was sealed with key \(id), which is not here"
    case .tampered: "the sealed value was changed, or moved to another place"
    case .tooLong: "the value has more than \(SealedValue.plainBytesMax) bytes"
    case .badKey(let place): "\(place): every key must be 32 bytes in base64"
    case .noKey(let place): "\(place): there is no key in it"
    case .unusableFile(let path, let reason): "the file \(path) cannot be used: \(reason)"
    }
  }
}
