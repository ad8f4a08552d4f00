internal import Identity
internal import InventoryAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The confirmation of a guest's subscription.
struct BackInStockConfirmation {
  private let subscription: ID

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong; ``InventoryError/linkNotValid``.
  init(_ request: ConfirmBackInStockRequest, _ vault: Vault) throws {
    var check = RequestCheck()
    let token = check.token(request.token.string, "token")
    try check.verify()
    guard let id = BackInStockToken.subscription(of: token, vault) else { throw InventoryError.linkNotValid }
    subscription = id
  }

  /// - Throws: ``InventoryError/linkNotValid`` when the subscription has ended.
  func carryOut(in work: Work) async throws {
    let rows = try await work.rows(
      """
      UPDATE inventory.back_in_stock b SET confirmed_at = coalesce(b.confirmed_at, \(work.now)::timestamptz)
       WHERE b.id = \(subscription)
      RETURNING b.variant_id
      """, access: .write)
    guard let variant = try rows.first?.id("variant_id") else { throw InventoryError.linkNotValid }
    let stock = try await work.rows(BackInStock.lockStock(of: variant, .everybodys), access: .write).first
    // It came back before the address was confirmed.
    if let stock, try stock.int64("available") > 0 { work.enqueue(try BackInStockMails.job(ofRow: stock)) }
  }
}

/// The end of a subscription that its owner ends.
struct BackInStockRemoval {
  let statement: Query

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong; ``InventoryError/linkNotValid``.
  init(_ request: UnsubscribeBackInStockRequest, by caller: Caller, _ vault: Vault) throws {
    var check = RequestCheck()
    guard request.token.isEmpty else {
      let token = check.token(request.token.string, "token")
      check.require(request.variantID.isEmpty, "variant_id", "Must be empty when token is set.")
      try check.verify()
      guard let id = BackInStockToken.subscription(of: token, vault) else { throw InventoryError.linkNotValid }
      statement = "DELETE FROM inventory.back_in_stock b WHERE b.id = \(id)"
      return
    }
    let variant = check.id(request.variantID, "variant_id")
    check.require(caller.account != nil, "token", "Must be set by a caller who is not signed in.")
    try check.verify()
    statement = """
      DELETE FROM inventory.back_in_stock b WHERE b.variant_id = \(variant) AND b.user_id = \(caller.account)
      """
  }
}
