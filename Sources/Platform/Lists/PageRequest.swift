package import Protobuf

/// The default and the maximum page size of a list.
package struct PageSizes: Sendable {
  /// The size for a `page_size` of 0.
  package let usual: Int
  /// The maximum. A page has no more, whatever its request asks for.
  package let most: Int

  /// The sizes of most lists.
  package static let standard = PageSizes(usual: 50, most: 250)

  /// The sizes of a list's pages.
  package init(usual: Int, most: Int) {
    self.usual = usual
    self.most = most
  }
}

/// The page that a request asks for: its size, its order, and the position after which it begins.
package struct PageRequest {
  /// The maximum number of elements on the page.
  package let size: Int
  /// The order of the list.
  package let order: ListOrder
  /// Whether the request asks for the number of all elements of the list.
  let countsAll: Bool
  /// The keys after which the page begins: for rows that are looked for from there on.
  package let position: [String]
  /// Distinguishes the list from others of the method.
  private let list: UInt64
  private let signer: TokenSigner

  fileprivate init(
    size: Int, order: ListOrder, countsAll: Bool, position: [String], list: UInt64, signer: TokenSigner
  ) {
    self.size = size
    self.order = order
    self.countsAll = countsAll
    self.position = position
    self.list = list
    self.signer = signer
  }

  /// The token of the page that begins after `position`; nil when its keys are too long.
  func token(after position: [String]) -> String? {
    PageToken(position: position, list: list).text(signedBy: signer)
  }
}

extension RequestCheck {
  /// The fields of a request that may differ from page to page; all others say which list it is.
  private static let pageFields = ["page_size", "page_token", totalField]
  private static let totalField = "with_total_size"

  /// The page that the fields `page_size`, `page_token` and `with_total_size` of a request ask for; the first one when
  /// they are refused.
  /// - Parameters:
  ///   - request: the whole request: its other fields are the filters that a token belongs to.
  ///   - order: the order of the list.
  ///   - signer: the signer of the method's tokens: ``Call/tokenSigner``.
  package mutating func page<Request: Message>(
    of request: Request, in order: ListOrder, signedBy signer: TokenSigner, _ sizes: PageSizes = .standard
  ) throws -> PageRequest {
    let fields = Self.pageFields.map { Request.descriptor.field(named: $0) }
    var fingerprint = Fingerprint()
    fingerprint.add(order.name.utf8)
    fingerprint.add(fieldsOf: try request.encoded(), except: Set(fields.compactMap { $0.map { Int($0.number) } }))
    let size = fields[0].map { request.storage.slot($0).get(Int32.self) } ?? 0
    let token = fields[1].map { request.storage.slot($0).get(Text.self) } ?? ""
    require(size >= 0, "page_size", "Must not be negative; 0 means \(sizes.usual).")
    return PageRequest(
      size: size > 0 ? min(Int(size), sizes.most) : sizes.usual, order: order,
      countsAll: fields[2].map { request.storage.slot($0).get(Bool.self) } ?? false,
      position: position(token, in: order, of: fingerprint.value, signer), list: fingerprint.value, signer: signer)
  }

  private mutating func position(
    _ text: Text, in order: ListOrder, of list: UInt64, _ signer: TokenSigner
  ) -> [String] {
    if text.isEmpty { return order.start }
    guard let token = PageToken.read(text.string, signedBy: signer) else {
      refuse("page_token", "Must be a next_page_token of this method, unchanged, or empty.")
      return order.start
    }
    guard token.list == list, order.reads(token.position) else {
      refuse("page_token", "Belongs to a list with different filters or a different order: only page_size may change.")
      return order.start
    }
    return token.position
  }
}
