internal import Mail
internal import Platform
internal import Postgres
internal import Protobuf
internal import SellersAPI

/// Staff suspend a seller, or let a suspended one sell again.
struct ShopStateChange {
  let requestID: ID
  let seller: ID
  private let move: ShopMove
  private let reason: String
  private let expected: ExpectedState
  private let permissions: PermissionSet

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SuspendSellerRequest, by caller: Caller) throws {
    var check = RequestCheck()
    requestID = check.id(request.requestID, "request_id")
    seller = check.id(request.sellerID, "seller_id")
    reason = check.line(request.reason, "reason", upTo: StoredShop.reasonCharactersMax, isRequired: true)
    expected = check.etag(request.etag, "etag")
    try check.verify()
    (move, permissions) = (.suspend, caller.permissions)
  }

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ReinstateSellerRequest, by caller: Caller) throws {
    var check = RequestCheck()
    requestID = check.id(request.requestID, "request_id")
    seller = check.id(request.sellerID, "seller_id")
    expected = check.etag(request.etag, "etag")
    try check.verify()
    (move, reason, permissions) = (.reinstate, "", caller.permissions)
  }

  /// - Throws: ``SellersError``, ``StaleETag``, ``IllegalMove``.
  func carryOut(in work: Work) async throws -> Shop {
    let shop = StoredShop(seller: seller, work: work)
    // Who manages sellers manages all of them.
    let status = try await shop.lock(in: expected, for: .every)
    let transition = try ShopStates.machine.transition(move, from: status, with: permissions)
    let changed = try await shop.change("sellers.shop.\(move.rawValue)", event: transition.state.rawValue) {
      let written = try await work.execute(
        """
        UPDATE sellers.shop h SET state = \(transition.state.rawValue), suspension_reason = \(reason)
         WHERE h.seller_id = \(seller)
        """)
      guard written == 1 else { throw SellersError.noSuchShop(seller.description) }
    }
    let name = changed.name.string
    try await work.mail(toOwnersOf: seller) { owner in
      switch move {
      case .suspend: .sellerSuspended(to: owner, shop: name, reason: reason)
      case .reinstate: .sellerReinstated(to: owner, shop: name)
      }
    }
    return changed
  }
}
