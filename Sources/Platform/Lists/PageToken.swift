/// The end of a page: the keys of its last element in the list's order, as Postgres writes them. The next page begins
/// strictly after it, so elements that are added or removed elsewhere do not shift it.
struct PageToken: Equatable {
  /// The keys.
  let position: [String]
  /// The fingerprint of the list: its order and its filters.
  let list: UInt64

  private static let kind: UInt8 = 0x50
  /// The maximum of the fingerprint and the keys, with the length of each, in bytes.
  static let bytesMax = 4_096

  /// The token's text; nil when the keys are too long.
  func text(signedBy signer: TokenSigner) -> String? {
    var writer = TokenWriter(kind: Self.kind)
    writer.integer(list)
    for key in position { writer.string(key) }
    let bytes = 8 + position.map { 2 + $0.utf8.count }.reduce(0, +)
    return bytes <= Self.bytesMax ? writer.text(signedBy: signer) : nil
  }

  /// The token that ``text(signedBy:)`` wrote; nil for anything else.
  static func read(_ text: String, signedBy signer: TokenSigner) -> PageToken? {
    guard var reader = TokenReader(text, kind: kind, bytesMax: bytesMax, signedBy: signer),
      let list = reader.integer(UInt64.self)
    else { return nil }
    var position: [String] = []
    while !reader.isAtEnd {
      guard position.count < ListOrder.keysMax, let key = reader.string() else { return nil }
      position.append(key)
    }
    return PageToken(position: position, list: list)
  }
}
