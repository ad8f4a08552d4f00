package import Platform

/// The money of the shop: the ledger, gift cards, store credit and exchange rates.
package struct PaymentsModule: ShopModule {
  /// The module.
  package init() {}

  package var jobKinds: [any JobKind] { [] }
}
