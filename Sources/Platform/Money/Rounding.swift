/// How a quotient becomes a whole number of minor units.
package enum Rounding: CaseIterable, Sendable {
  /// To the nearest; from the middle to the even one. Errors do not add up over many amounts.
  case halfEven
  /// To the nearest; from the middle away from 0, as taxes and invoices are rounded by most laws.
  case halfUp
  /// Towards 0.
  case down
  /// Away from 0.
  case up
  /// Towards minus infinity.
  case floor
  /// Towards plus infinity.
  case ceiling

  /// The rounded quotient. The divisor must be above 0.
  package func quotient(_ dividend: Int128, by divisor: Int128) -> Int128 {
    let (whole, rest) = dividend.quotientAndRemainder(dividingBy: divisor)
    guard rest != 0 else { return whole }
    let awayFromZero: Int128 = dividend < 0 ? -1 : 1
    return isAway(whole: whole, rest: abs(rest), of: divisor, isNegative: dividend < 0) ? whole + awayFromZero : whole
  }

  /// Whether a quotient goes away from 0, which is `whole` and a positive `rest` of the divisor towards 0.
  private func isAway(whole: Int128, rest: Int128, of divisor: Int128, isNegative: Bool) -> Bool {
    // Twice the rest would not fit for the greatest divisors.
    let others = divisor - rest
    return switch self {
    case .halfEven: rest == others ? !whole.isMultiple(of: 2) : rest > others
    case .halfUp: rest >= others
    case .down: false
    case .up: true
    case .floor: isNegative
    case .ceiling: !isNegative
    }
  }
}
