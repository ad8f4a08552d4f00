internal import Platform
internal import Postgres

extension Transaction {
  /// Makes sure that a shop, if one is given, exists, and that it stays until the transaction ends.
  /// - Throws: ``IdentityError/noSuchSeller(_:)``.
  func takeSeller(_ seller: ID?) async throws {
    guard let seller else { return }
    let rows = try await rows("SELECT catalog.take_seller(\(seller)) AS exists", access: .write)
    guard try rows.first?.bool("exists") == true else { throw IdentityError.noSuchSeller(seller.description) }
  }
}

extension Caller {
  /// Whether it has the role of those who run a shop, and runs none.
  var isSellerWithoutShop: Bool { role == .seller && sellerID == nil }
}
