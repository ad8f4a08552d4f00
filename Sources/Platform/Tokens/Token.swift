/// Writes an opaque token: signed bytes, as text that is safe in a URL.
///
/// A token is not a secret and grants no right. Its signature detects tokens that were cut, changed or made up.
package struct TokenWriter {
  private var bytes: [UInt8]

  /// A token of a kind; tokens of one kind are no tokens of another.
  package init(kind: UInt8) { bytes = [kind] }

  /// The integer's bytes, the highest first.
  package mutating func integer(_ value: some FixedWidthInteger) {
    for byte in stride(from: value.bitWidth - 8, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> byte))
    }
  }

  /// The id's 16 bytes.
  package mutating func id(_ id: ID) {
    integer(id.halves.high)
    integer(id.halves.low)
  }

  /// A text of at most 65,535 bytes, behind its length.
  mutating func string(_ text: String) {
    let utf8 = text.utf8.prefix(Int(UInt16.max))
    integer(UInt16(utf8.count))
    bytes.append(contentsOf: utf8)
  }

  /// The token.
  package func text(signedBy signer: TokenSigner) -> String {
    Base64URL.encode(bytes + signer.signature(of: bytes))
  }
}

/// Reads a token of ``TokenWriter`` after its signature was verified.
package struct TokenReader {
  private var rest: ArraySlice<UInt8>

  /// Nil when `text` is no token of that kind with at most so many bytes between the kind and the signature.
  package init?(_ text: String, kind: UInt8, bytesMax: Int, signedBy signer: TokenSigner) {
    guard text.utf8.count <= Self.textBytesMax(bytesMax), let signed = Base64URL.decode(text),
      let bytes = signer.verified(signed), bytes.first == kind
    else { return nil }
    rest = bytes.dropFirst()
  }

  /// The maximum length of such a token's text.
  private static func textBytesMax(_ bytesMax: Int) -> Int {
    (1 + bytesMax + TokenSigner.signatureBytes) * 4 / 3 + 1
  }

  /// The next integer; nil when the token is shorter.
  package mutating func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Integer? {
    let count = Integer.bitWidth / 8
    guard rest.count >= count else { return nil }
    let value = rest.prefix(count).reduce(Integer(0)) { $0 << 8 | Integer(truncatingIfNeeded: $1) }
    rest = rest.dropFirst(count)
    return value
  }

  /// The next id; nil when the token is shorter.
  package mutating func id() -> ID? {
    guard let high = integer(UInt64.self), let low = integer(UInt64.self) else { return nil }
    return ID(halves: (high, low))
  }

  /// Reads what `TokenWriter.string` wrote; nil when the token is shorter or that is no text.
  mutating func string() -> String? {
    guard let count = integer(UInt16.self), rest.count >= Int(count) else { return nil }
    defer { rest = rest.dropFirst(Int(count)) }
    return String(validating: rest.prefix(Int(count)), as: UTF8.self)
  }

  /// Whether nothing is left to read, as it must be in the end.
  package var isAtEnd: Bool { rest.isEmpty }
}
