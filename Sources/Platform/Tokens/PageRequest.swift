package import Protobuf

/// The default and the maximum page size of a list.
package struct PageSizes: Sendable {
  /// The default.
  package let usual: Int
  /// The maximum.
  package let most: Int

  /// The sizes of most lists.
  package static let standard = PageSizes(usual: 50, most: 250)

  /// The sizes of a list's pages.
  package init(usual: Int, most: Int) {
    self.usual = usual
    self.most = most
  }
}

/// The page that a request asks for: its size, and the position after which it begins.
package struct PageRequest: Sendable {
  /// The maximum number of elements on the page.
  package let size: Int
  /// The position after which the page begins; nil for the first page.
  package let after: PageToken?
  private let filters: Fingerprint
  private let signer: TokenSigner

  fileprivate init(size: Int, after: PageToken?, filters: Fingerprint, signer: TokenSigner) {
    self.size = size
    self.after = after
    self.filters = filters
    self.signer = signer
  }

  /// The number of rows to query: one more than the page has, to tell whether another page follows.
  package var limit: Int { size + 1 }

  /// The page's elements and the token of the next page, which is empty when there is none.
  /// - Parameters:
  ///   - rows: the result of the query with ``limit``.
  ///   - place: the position of an element in the list.
  package func cut<Element: Message>(
    _ rows: RepeatedField<Element>, in arena: Arena, place: (Element) -> PageToken?
  ) -> (elements: RepeatedField<Element>, nextPageToken: Text) {
    guard rows.count > size else { return (rows, "") }
    let elements = RepeatedField(rows.prefix(size), in: arena)
    guard let last = elements.last.flatMap(place) else { return (elements, "") }
    return (elements, arena.text(last.text(filters: filters, signedBy: signer)))
  }
}

extension RequestCheck {
  /// The page that `page_size` and `page_token` ask for; the first one when they are refused.
  /// - Parameters:
  ///   - key: the sort key of the list.
  ///   - filters: all fields of the request but the page, which distinguish the list from others of the method.
  ///   - signer: the signer of the method's tokens: ``Call/tokenSigner``.
  package mutating func page(
    _ size: Int32, _ token: Text, signedBy signer: TokenSigner, _ sizes: PageSizes = .standard,
    sortedBy key: PageToken.SortKey = .number, filters: Fingerprint = Fingerprint()
  ) -> PageRequest {
    PageRequest(
      size: pageSize(size, usual: sizes.usual, most: sizes.most), after: pageToken(token, key, filters, signer),
      filters: filters, signer: signer)
  }

  private mutating func pageToken(
    _ text: Text, _ key: PageToken.SortKey, _ filters: Fingerprint, _ signer: TokenSigner
  ) -> PageToken? {
    if text.isEmpty { return nil }
    guard let (token, theirs) = PageToken.read(text.string, signedBy: signer) else {
      refuse("page_token", "Must be a next_page_token of this method, unchanged, or empty.")
      return nil
    }
    guard theirs == filters.value, key.allows(token.sortKey) else {
      refuse("page_token", "Belongs to a list with different filters or a different order: only page_size may change.")
      return nil
    }
    return token
  }
}
