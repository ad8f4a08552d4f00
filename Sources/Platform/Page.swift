package import Protobuf

/// Which page of a list is asked for, by `page_size` and `page_token` (AIP-158).
package struct Page {
  /// The most elements that a page has, unless the list says otherwise.
  package static let sizeMax = 250
  /// The elements of a page whose size is not given, unless the list says otherwise.
  package static let sizeUsual = 50

  /// How many elements the page has at most.
  package let size: Int
  /// Where the page before ended; nil for the first page.
  package let after: PageToken?
  private let filters: Fingerprint

  /// The page of a list that is told from others by `filters`: the list's name, and whatever else must stay the same
  /// from page to page.
  package init(
    size: Int32, token: Text, of filters: [String], usual: Int = sizeUsual, most: Int = sizeMax,
    _ check: inout RequestCheck
  ) {
    self.size = check.pageSize(size, usual: usual, most: most)
    var fingerprint = Fingerprint()
    for filter in filters { fingerprint.add(filter) }
    self.filters = fingerprint
    after = check.pageToken(token.string, filters: fingerprint)
  }

  /// How many rows to read: one more than the page has, to know whether there is another page.
  package var rowsMax: Int { size + 1 }

  /// The elements of the page, and the token of the next one: empty on the last page.
  /// - Parameter place: where an element stands in the list's order.
  package func cut<Element: Message>(
    _ rows: RepeatedField<Element>, in arena: Arena, place: (Element) -> PageToken?
  ) -> (elements: RepeatedField<Element>, next: Text) {
    guard rows.count > size else { return (rows, "") }
    let elements = RepeatedField(rows.prefix(size), in: arena)
    let token = elements.last.flatMap(place)?.text(filters: filters) ?? ""
    return (elements, arena.text(token))
  }
}

extension PageToken {
  /// The place of an element in a list that is sorted by ids alone; nil for what is no id.
  package init?(id text: Text) {
    guard let id = ID(text.string) else { return nil }
    self.init(sortKey: 0, id: id)
  }
}
