internal import Platform
internal import Postgres
internal import PromotionsAPI
internal import Protobuf

/// Codes of a coupon that are asked for together.
struct CodeBatch {
  /// Codes of a coupon in all batches.
  static let codesMax = 1_000_000
  private static let countMax: Int32 = 100_000
  private static let usesMax: Int32 = 1_000_000

  let requestID: ID
  private let coupon: ID
  private let count: Int32
  private let uses: Int32
  private let prefix: String
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: GenerateCouponCodesRequest, by caller: Caller) throws {
    sellers = caller.sellers
    var check = RequestCheck()
    coupon = check.id(request.couponID, "coupon_id")
    count = request.count
    check.require((1...Self.countMax).contains(count), "count", "Must be from 1 to 100000.")
    check.require(
      (0...Self.usesMax).contains(request.usesPerCodeMax), "uses_per_code_max", "Must be from 0 to 1000000.")
    uses = max(request.usesPerCodeMax, 1)
    prefix = check.codePrefix(request.prefix, "prefix")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// Notes what is wanted; the job ``MakeCouponCodes`` makes them.
  /// - Throws: ``PromotionsError``.
  func carryOut(in work: Work) async throws -> GenerateCouponCodesResponse {
    let store = CouponStore(work: work, sellers: sellers)
    let found = try await store.lock(coupon, in: .any)
    guard found.state == .active else { throw PromotionsError.notActive(coupon) }
    guard !found.isAutomatic else { throw PromotionsError.isAutomatic }
    let counted = try await work.execute(
      """
      UPDATE promotions.coupon_counter n SET codes = n.codes + \(count)
       WHERE n.coupon_id = \(coupon) AND n.codes + \(count) <= \(Self.codesMax)
      """)
    guard counted == 1 else { throw PromotionsError.tooManyCodes(most: Self.codesMax) }
    let id = ID.made(at: work.now)
    let query: Query = """
      INSERT INTO promotions.coupon_batch AS b (id, coupon_id, prefix, wanted, uses_max, created_at)
      VALUES (\(id), \(coupon), \(prefix), \(count), \(uses), \(work.now))
      RETURNING \(CouponColumns.batch)
      """
    guard let batch = try await work.first(CouponCodeBatch.self, query) else {
      throw PromotionsError.noSuchBatch(id.description)
    }
    try work.audit("promotions.coupon.generate_codes", on: CouponCodeBatch.descriptor.fullName, id, after: batch)
    work.enqueue(try MakeCouponCodes.job(.init(batch: id.description), key: .whileNotEnded(id.description)))
    let response = GenerateCouponCodesResponse(in: work.arena)
    response.batch = batch
    return response
  }

  /// The batch `id`, of a coupon that the caller may access.
  static func query(_ id: ID, of sellers: SellerAccess) -> Query {
    """
    SELECT \(CouponColumns.batch)
      FROM promotions.coupon_batch b
      JOIN promotions.coupon c ON c.id = b.coupon_id
     WHERE b.id = \(id) AND \(sellers.covers("c.seller_id"))
    """
  }
}
