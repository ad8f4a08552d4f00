internal import Platform
internal import Postgres

extension Work {
  /// Checks that a shop, if one is given, exists, and locks it until the transaction ends.
  /// - Throws: ``IdentityError/noSuchSeller(_:)``.
  func lockSeller(_ seller: ID?) async throws {
    guard let seller else { return }
    let rows = try await rows("SELECT catalog.take_seller(\(seller)) AS exists", access: .write)
    guard try rows.first?.bool("exists") == true else { throw IdentityError.noSuchSeller(seller.description) }
  }
}

extension Caller {
  /// Whether the caller has the seller role and no shop.
  var isSellerWithoutShop: Bool { role == .seller && sellerID == nil }
}
