package import RPC

/// The reasons of errors of promotions.
package enum PromotionsReason: String, ErrorReason {
  case couponCodeTaken = "COUPON_CODE_TAKEN"
  case couponNotActive = "COUPON_NOT_ACTIVE"
  case couponIsAutomatic = "COUPON_IS_AUTOMATIC"
  case tooManyCoupons = "TOO_MANY_COUPONS"
  case tooManyCouponCodes = "TOO_MANY_COUPON_CODES"
  case couponUsedUp = "COUPON_USED_UP"
  case couponUsedUpByBuyer = "COUPON_USED_UP_BY_BUYER"
  case couponReleased = "COUPON_RELEASED"

  package var definition: ErrorDefinition {
    switch self {
    case .couponCodeTaken: .init(.alreadyExists, "a coupon has the code: `metadata.code`")
    case .couponNotActive:
      .init(.failedPrecondition, "the coupon was deactivated, has not begun or is over: `metadata.coupon_id`")
    case .couponIsAutomatic: .init(.failedPrecondition, "shoppers get the coupon without a code")
    case .tooManyCoupons:
      .init(.resourceExhausted, "there are as many coupons, or automatic ones, as there may be: `metadata.most`")
    case .tooManyCouponCodes:
      .init(.resourceExhausted, "the coupon would have more codes than it may have: `metadata.most`")
    case .couponUsedUp:
      .init(
        .failedPrecondition, "the coupon, or its code, was used as often as it may be: `metadata.coupon_id`")
    case .couponUsedUpByBuyer:
      .init(.failedPrecondition, "the buyer used the coupon as often as they may: `metadata.coupon_id`")
    case .couponReleased:
      .init(.failedPrecondition, "the order does not hold the coupon any more: `metadata.coupon_id`")
    }
  }
}
