internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// Licence keys that their seller takes back, such as ones that have leaked.
///
/// Whoever gives a key to a shopper locks its row, and passes over those that are locked (`FOR UPDATE SKIP LOCKED`). A
/// withdrawal locks the rows, too, but waits: when it has answered, a key is withdrawn, or a shopper has it.
struct LicenceKeyWithdrawal {
  let requestID: ID
  private let variant: ID
  private let keys: [String]
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: WithdrawLicenceKeysRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    variant = check.id(request.variantID, "variant_id")
    keys = check.licenceKeys(request.licenceKeys)
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// Withdraws those that no shopper has. When there are none, nothing changes.
  /// - Throws: ``MediaError/noSuchVariant(_:)`` also for one that the caller does not reach.
  func carryOut(in work: Work) async throws -> WithdrawLicenceKeysResponse {
    let goods = try await DigitalGoods.lock(variant, for: sellers, in: work)
    let hashes = LicenceKeys.hashes(of: keys, try work.vault)
    let found = try await work.rows(Self.lock(hashes, of: variant), access: .write)
    // After the lock, for which it may have waited until shoppers had got some.
    let before = WithdrawLicenceKeysResponse(in: work.arena)
    before.licenceKeyCount = try await LicenceKeys.count(of: variant, in: work)
    let free = try found.filter { try !$0.bool("is_given") }.map { try $0.id("id") }
    let response = WithdrawLicenceKeysResponse(in: work.arena)
    response.withdrawnCount = Int32(clamping: free.count)
    response.givenCount = Int32(clamping: found.count - free.count)
    response.licenceKeyCount = before.licenceKeyCount - Int64(free.count)
    if free.isEmpty { return response }
    work.sendRequirement(
      """
      DELETE FROM catalog.licence_key k WHERE k.id = ANY (\(free)::uuid[]) AND k.given_at IS NULL RETURNING k.id
      """, rows: free.count, "licence_keys_are_locked")
    try work.audit(
      "catalog.licence_key.withdraw", on: Variant.descriptor.fullName, variant, before: before, after: response)
    goods.touch()
    return response
  }

  /// Locks the keys of a variant, in the order in which they are given to shoppers.
  static func lock(_ hashes: [[UInt8]], of variant: ID) -> Query {
    """
    SELECT k.id, k.given_at IS NOT NULL AS is_given
      FROM catalog.licence_key k
     WHERE k.variant_id = \(variant) AND k.key_hash = ANY (\(hashes)::bytea[])
     ORDER BY k.id
       FOR UPDATE
    """
  }
}
