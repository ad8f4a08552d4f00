package import Platform

/// The carts of guests and of users.
package struct CartsModule: ShopModule {
  /// The module.
  package init() {}

  package var jobKinds: [any JobKind] { [] }
}
