package import Protobuf

/// The end of a page: the position of its last element in the list's order. The next page begins strictly after it, so
/// elements that are added or removed elsewhere do not shift it.
package struct PageToken: Hashable, Sendable {
  /// The value that a list is sorted by, before its elements' ids.
  package enum SortKey: Sendable {
    /// A whole number, or nothing.
    case number
    /// A time.
    case time

    func allows(_ key: Int64) -> Bool {
      switch self {
      case .number: true
      case .time: Instant(microseconds: key) != nil
      }
    }
  }

  /// The sort key as an integer.
  package let sortKey: Int64
  /// The id, which orders elements with equal keys.
  package let id: ID

  private static let kind: UInt8 = 0x50
  private static let bytesMax = 32

  /// The place of an element; one of a list that is sorted by ids alone has no sort key.
  package init(sortKey: Int64 = 0, id: ID) {
    self.sortKey = sortKey
    self.id = id
  }

  /// The place of an element in a list that is sorted by ids alone; nil for what is no id.
  package init?(id text: Text) {
    guard let id = ID(text.string) else { return nil }
    self.init(id: id)
  }

  /// The place of an element in a list that is sorted by time.
  package init(time: Instant, id: ID) { self.init(sortKey: time.microseconds, id: id) }

  /// The sort key of a list that is sorted by time.
  package var time: Instant { Instant(clamping: sortKey) }

  /// The token's text, good for the list of these filters alone.
  package func text(filters: Fingerprint, signedBy signer: TokenSigner) -> String {
    var writer = TokenWriter(kind: Self.kind)
    writer.integer(filters.value)
    writer.integer(sortKey)
    writer.id(id)
    return writer.text(signedBy: signer)
  }

  /// The token that ``text(filters:signedBy:)`` wrote, and its list's filters; nil for anything else.
  static func read(_ text: String, signedBy signer: TokenSigner) -> (token: PageToken, filters: UInt64)? {
    guard var reader = TokenReader(text, kind: kind, bytesMax: bytesMax, signedBy: signer),
      let filters = reader.integer(UInt64.self), let sortKey = reader.integer(Int64.self), let id = reader.id(),
      reader.isAtEnd
    else { return nil }
    return (PageToken(sortKey: sortKey, id: id), filters)
  }
}
