package import Platform

/// Zones, methods and options of shipping.
package struct ShippingModule: ShopModule {
  /// The module.
  package init() {}

  package var jobKinds: [any JobKind] { [] }
}
