package import Platform
package import RPC

/// Coupons and what they take off.
package struct PromotionsModule: ShopModule {
  /// The module.
  package init() {}

  package var jobKinds: [any JobKind] { [MakeCouponCodes(), CouponExpiry()] }
  package var chores: [Chore] { CouponUpkeep.chores }

  package func services(_ hub: EventHub) -> [any RPCService] { [CouponHandlers()] }
}
