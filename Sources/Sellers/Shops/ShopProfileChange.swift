internal import Platform
internal import Postgres
internal import Protobuf
internal import SellersAPI

/// The team of a shop changes what the shop says of itself.
struct ShopProfileChange {
  private static let fields = ["name", "description"]

  let requestID: ID
  let seller: ID
  private let name: String?
  private let description: String?
  private let expected: ExpectedState
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: UpdateShopRequest, by caller: Caller) throws {
    var check = RequestCheck()
    requestID = check.id(request.requestID, "request_id")
    check.require(request.profile != nil, "profile", "Must be set.")
    let profile = request.profile ?? ShopProfile(in: request.storage.arena)
    let mask = check.updateMask(request.updateMask, of: request.profile, changing: Self.fields)
    seller = check.id(profile.sellerID, "profile.seller_id")
    check.isAsWritten(profile.locale, "profile.locale")
    expected = check.etag(profile.etag, "profile.etag")
    name = mask.contains("name") ? check.line(profile.name, "profile.name", isRequired: true) : nil
    description =
      mask.contains("description")
      ? check.note(profile.description, "profile.description", upTo: StoredShop.descriptionCharactersMax) : nil
    try check.verify()
    sellers = caller.sellers
  }

  /// - Throws: ``SellersError``, ``StaleETag``.
  func carryOut(in work: Work) async throws -> Shop {
    let shop = StoredShop(seller: seller, work: work)
    _ = try await shop.lock(in: expected, for: sellers)
    return try await shop.change("sellers.shop.update", event: "updated") {
      if let name { try await rename(to: name, in: work) }
      guard let description else { return }
      let written = try await work.execute(
        "UPDATE sellers.shop h SET description = \(description) WHERE h.seller_id = \(seller)")
      guard written == 1 else { throw SellersError.noSuchShop(seller.description) }
    }
  }

  /// The products show the name.
  private func rename(to name: String, in work: Work) async throws {
    let rows = try await work.rows(
      "SELECT catalog.rename_seller(\(seller), \(name)) AS is_changed", access: .write)
    if try rows.first?.bool("is_changed") == true { try ProductRenewal.enqueue(for: seller, in: work) }
  }
}
