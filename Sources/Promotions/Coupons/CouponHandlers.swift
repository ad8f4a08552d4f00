internal import Platform
internal import Postgres
internal import PromotionsAPI
internal import Protobuf
internal import RPC

/// `fastshop.promotions.v1.CouponService`.
struct CouponHandlers: CouponService {
  func createCoupon(_ request: CreateCouponRequest, _ call: Call) async throws -> CreateCouponResponse {
    let coupon = request.coupon ?? Coupon(in: call.arena)
    var check = RequestCheck()
    let seller = check.optionalID(coupon.sellerID, "coupon.seller_id")
    let fields = CouponFields(coupon, &check) { $0 == "name" || $0 == "effect" }
    let code = coupon.code.isEmpty ? nil : check.couponCode(coupon.code, "coupon.code")
    let isAutomatic = coupon.isAutomatic
    check.require(code == nil || !isAutomatic, "coupon.code", "Must be empty for an automatic coupon.")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    let sellers = call.caller.sellers
    return try await call.work(request, id: requestID) { work in
      let response = CreateCouponResponse(in: work.arena)
      response.coupon = try await CouponStore(work: work, sellers: sellers)
        .create(fields, of: seller, code: code, isAutomatic: isAutomatic)
      return response
    }
  }

  func updateCoupon(_ request: UpdateCouponRequest, _ call: Call) async throws -> UpdateCouponResponse {
    let coupon = request.coupon ?? Coupon(in: call.arena)
    var check = RequestCheck()
    let id = check.id(coupon.id, "coupon.id")
    let mask = check.updateMask(request.updateMask, of: request.coupon, changing: CouponFields.changeable)
    let fields = CouponFields(coupon, &check) { mask.contains($0) }
    let expected = check.etag(coupon.etag, "coupon.etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    let sellers = call.caller.sellers
    return try await call.work(request, id: requestID, contending: [.coupon(id)]) { work in
      let store = CouponStore(work: work, sellers: sellers)
      let before = try await store.lock(id, in: expected)
      let response = UpdateCouponResponse(in: work.arena)
      response.coupon = try await store.update(before, id, fields, mask)
      return response
    }
  }

  func getCoupon(_ request: GetCouponRequest, _ call: Call) async throws -> GetCouponResponse {
    var check = RequestCheck()
    let id = check.id(request.couponID, "coupon_id")
    try check.verify()
    let query: Query = """
      SELECT \(CouponColumns.coupon)
        FROM promotions.coupon c
       WHERE c.id = \(id) AND \(call.caller.sellers.covers("c.seller_id"))
      """
    let response = GetCouponResponse(in: call.arena)
    response.coupon = try await call.database.first(Coupon.self, query)
    guard response.coupon != nil else { throw PromotionsError.noSuchCoupon(id.description) }
    return response
  }

  func listCoupons(_ request: ListCouponsRequest, _ call: Call) async throws -> ListCouponsResponse {
    let page = try await CouponList(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListCouponsResponse(in: call.arena)
    (response.coupons, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func deactivateCoupon(_ request: DeactivateCouponRequest, _ call: Call) async throws -> DeactivateCouponResponse {
    var check = RequestCheck()
    let id = check.id(request.couponID, "coupon_id")
    let expected = check.etag(request.etag, "etag")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    let sellers = call.caller.sellers
    return try await call.work(request, id: requestID, contending: [.coupon(id)]) { work in
      let store = CouponStore(work: work, sellers: sellers)
      let before = try await store.lock(id, in: expected)
      let response = DeactivateCouponResponse(in: work.arena)
      response.coupon = try await store.deactivate(before, id)
      return response
    }
  }

  func generateCouponCodes(
    _ request: GenerateCouponCodesRequest, _ call: Call
  ) async throws -> GenerateCouponCodesResponse {
    let batch = try CodeBatch(request, by: call.caller)
    return try await call.work(request, id: batch.requestID) { work in try await batch.carryOut(in: work) }
  }

  func getCouponCodeBatch(
    _ request: GetCouponCodeBatchRequest, _ call: Call
  ) async throws -> GetCouponCodeBatchResponse {
    var check = RequestCheck()
    let id = check.id(request.batchID, "batch_id")
    try check.verify()
    let response = GetCouponCodeBatchResponse(in: call.arena)
    response.batch = try await call.database.first(CouponCodeBatch.self, CodeBatch.query(id, of: call.caller.sellers))
    guard response.batch != nil else { throw PromotionsError.noSuchBatch(id.description) }
    return response
  }

  func listCouponCodes(_ request: ListCouponCodesRequest, _ call: Call) async throws -> ListCouponCodesResponse {
    let page = try await CouponCodeList(request, for: call.caller, try call.tokenSigner).read(call)
    let response = ListCouponCodesResponse(in: call.arena)
    (response.codes, response.nextPageToken) = (page.elements, page.nextPageToken)
    return response
  }

  func validateCoupon(_ request: ValidateCouponRequest, _ call: Call) async throws -> ValidateCouponResponse {
    try await CouponCheck(request, by: call.caller).read(call)
  }

  func getCouponStatistics(
    _ request: GetCouponStatisticsRequest, _ call: Call
  ) async throws -> GetCouponStatisticsResponse {
    let statistics = try CouponStatisticsQuery(request, by: call.caller)
    guard let response = try await call.database.first(GetCouponStatisticsResponse.self, statistics.query) else {
      throw statistics.missing
    }
    return response
  }
}
