package import Platform

/// Coupons and what they take off.
package struct PromotionsModule: ShopModule {
  /// The module.
  package init() {}

  package var jobKinds: [any JobKind] { [] }
}
