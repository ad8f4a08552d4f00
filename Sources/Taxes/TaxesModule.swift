package import Platform

/// Rates of tax, exemptions and tax numbers.
package struct TaxesModule: ShopModule {
  /// The module.
  package init() {}

  package var jobKinds: [any JobKind] { [] }
}
