/// Where a page ends: the place of its last element in the list's order. A page begins strictly behind it, so elements
/// that come and go elsewhere move nothing.
package struct PageToken {
  /// What the list is sorted by, as a whole number.
  package let sortKey: Int64
  /// Which of those with an equal key.
  package let id: ID

  static let kind: UInt8 = 0x50

  /// The place of an element.
  package init(sortKey: Int64, id: ID) {
    self.sortKey = sortKey
    self.id = id
  }

  /// The token's text, good for the list of these filters alone.
  package func text(filters: Fingerprint) -> String {
    var writer = TokenWriter(kind: Self.kind)
    writer.integer(filters.value)
    writer.integer(sortKey)
    writer.id(id)
    return writer.text()
  }
}

extension RequestCheck {
  /// The place that `page_token` names; nil for the first page, and when the token is refused.
  package mutating func pageToken(_ text: String, filters: Fingerprint) -> PageToken? {
    if text.isEmpty { return nil }
    guard var reader = TokenReader(text, kind: PageToken.kind), let fingerprint = reader.integer(UInt64.self),
      let sortKey = reader.integer(Int64.self), let id = reader.id(), reader.isAtEnd
    else {
      refuse("page_token", "Must be a next_page_token of this method, unchanged, or empty.")
      return nil
    }
    guard fingerprint == filters.value else {
      refuse("page_token", "Belongs to a list with other filters or another order: everything but page_size must stay.")
      return nil
    }
    return PageToken(sortKey: sortKey, id: id)
  }
}
