package import Platform
package import RPC

/// The reason why promotions refuse a call, or an order.
package enum PromotionsError: Error, Equatable {
  case noSuchCoupon(String)
  case noSuchSeller(String)
  case noSuchBatch(String)
  case noSuchCode(String)
  case codeTaken(String)
  /// It was deactivated, or it is not the time for it.
  case notActive(ID)
  case isAutomatic
  case tooManyCoupons(most: Int)
  case tooManyCodes(most: Int)
  /// It, or its code, was used as often as it may be.
  case usedUp(ID)
  case usedUpByBuyer(ID)
  /// An order does not hold it any more.
  case released(ID)
}

extension PromotionsError: RPCErrorConvertible {
  /// The error for the caller.
  package var rpcError: RPCError {
    switch self {
    case .noSuchCoupon(let name): .notFound("fastshop.promotions.v1.Coupon", name)
    case .noSuchSeller(let name): .notFound("fastshop.catalog.v1.Seller", name)
    case .noSuchBatch(let name): .notFound("fastshop.promotions.v1.CouponCodeBatch", name)
    case .noSuchCode(let name): .notFound("fastshop.promotions.v1.CouponCode", name)
    case .codeTaken(let code): PromotionsReason.couponCodeTaken.error(metadata: ["code": code])
    case .notActive(let id): PromotionsReason.couponNotActive.error(metadata: ["coupon_id": "\(id)"])
    case .isAutomatic: PromotionsReason.couponIsAutomatic.error()
    case .tooManyCoupons(let most): PromotionsReason.tooManyCoupons.error(metadata: ["most": "\(most)"])
    case .tooManyCodes(let most): PromotionsReason.tooManyCouponCodes.error(metadata: ["most": "\(most)"])
    case .usedUp(let id): PromotionsReason.couponUsedUp.error(metadata: ["coupon_id": "\(id)"])
    case .usedUpByBuyer(let id): PromotionsReason.couponUsedUpByBuyer.error(metadata: ["coupon_id": "\(id)"])
    case .released(let id): PromotionsReason.couponReleased.error(metadata: ["coupon_id": "\(id)"])
    }
  }
}
