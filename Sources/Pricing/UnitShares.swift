internal import Platform

/// Shares the amount of a line out to its units, so that any of them can be sent back or refunded: what the first units
/// cost together never jumps by more than a minor unit, and all units cost the whole.
package struct UnitShares: Sendable {
  private let amount: Int64
  private let units: Int64

  /// An amount of 0 or more for at least one unit.
  package init(_ amount: Int64, units: Int64) {
    self.amount = amount
    self.units = max(units, 1)
  }

  /// The amount of the first units together.
  package func amount(of first: Int64) -> Int64 {
    let counted = min(max(first, 0), units)
    return Int64(Rounding.down.quotient(Int128(amount) * Int128(counted), by: Int128(units)))
  }

  /// The amount of `count` units after the first ones: parts of any split sum to the whole, and none is negative.
  package func amount(of count: Int64, after first: Int64) -> Int64 {
    let (end, isTooMany) = first.addingReportingOverflow(count)
    return amount(of: isTooMany ? units : end) - amount(of: first)
  }
}
