internal import FoundationEssentials

/// The id of a key. It is derived from the key, so names and keys cannot get out of step.
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
  /// The length of an id in bytes.
  public static let byteCount = 8
  /// The id as it is part of sealed values.
  public let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// The id of these bytes; nil unless they are as many as an id has.
  public init?(checking bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = Array(bytes)
  }

  /// The id that `description` wrote.
  public init?(_ text: String) {
    guard text.utf8.count == 2 * Self.byteCount, text.allSatisfy(\.isHexDigit), let value = UInt64(text, radix: 16)
    else { return nil }
    bytes = (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
  }

  /// 16 hexadecimal digits.
  public var description: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

/// A secret key of 32 bytes. Its memory is overwritten when it is released, and its description does not show it.
public final class SecretKey: @unchecked Sendable, CustomStringConvertible {
  private static let idPurpose = Array("fastshop key id".utf8)

  /// The id of the key.
  public let id: KeyID
  // Overwritten by `deinit` alone.
  private(set) var bytes: [UInt8]

  /// A new key.
  public convenience init() { self.init(trusted: Cryptography.random(Cryptography.keyBytes)) }

  /// The key of these bytes; nil unless they are 32.
  public convenience init?(bytes: [UInt8]) {
    guard bytes.count == Cryptography.keyBytes else { return nil }
    self.init(trusted: bytes)
  }

  /// The key that ``text`` wrote.
  public convenience init?(text: String) {
    guard let data = Data(base64Encoded: text) else { return nil }
    self.init(bytes: [UInt8](data))
  }

  private init(trusted bytes: [UInt8]) {
    self.bytes = bytes
    id = KeyID(bytes: Array(Cryptography.hmacSHA256(Self.idPurpose, key: bytes).prefix(KeyID.byteCount)))
  }

  deinit { Cryptography.wipe(&bytes) }

  /// The bytes of the key, to be wrapped with another key and for nothing else.
  public var material: [UInt8] { bytes }

  /// The key in base64, for a key file and for nothing else.
  public var text: String { Data(bytes).base64EncodedString() }

  /// Its id alone.
  public var description: String { "key \(id)" }
}
