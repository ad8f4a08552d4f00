extension Money {
  /// A share in an amount that is shared out.
  package struct Weight<Key: Comparable> {
    /// Which share it is, for example the id of the order's line. It decides who gets a unit that two are entitled to.
    package let key: Key
    /// How much it gets in proportion to the others, for example the line's price. It is not negative.
    package let weight: Int64

    /// A weight of a share.
    package init(_ key: Key, _ weight: Int64) {
      self.key = key
      self.weight = weight
    }
  }

  /// Shares an amount out in proportion to weights, by largest remainders: each share is rounded towards 0, then one
  /// minor unit goes to each of those that lost most, the smaller key first, until nothing is left.
  ///
  /// The shares sum to the whole. Each is less than a minor unit from its exact part, has the sign of the whole or is
  /// 0, and is 0 if its weight is. A share depends on the keys and weights alone, not on their order. What is shared
  /// by the amounts of lines, and is not more than they are together, is not more than the line's amount in any share.
  /// - Returns: the shares in the order of `weights`.
  /// - Throws: ``MoneyError/negativeWeight``, ``MoneyError/repeatedKey``, or ``MoneyError/nothingToShareBy``.
  package static func share<Key: Comparable>(
    out whole: Money, by weights: [Weight<Key>]
  ) throws(MoneyError) -> [Money] {
    let total = try totalWeight(weights)
    guard total > 0 else {
      guard whole.isZero else { throw .nothingToShareBy }
      return weights.map { _ in whole }
    }
    let magnitude = Int128(whole.minorUnits.magnitude)
    let exact = weights.map { (magnitude * Int128($0.weight)).quotientAndRemainder(dividingBy: total) }
    var shares = exact.map(\.quotient)
    let left = magnitude - shares.reduce(0, +)
    let byRemainder = weights.indices.sorted {
      let (a, b) = (exact[$0].remainder, exact[$1].remainder)
      return a == b ? weights[$0].key < weights[$1].key : a > b
    }
    // Fewer units are left than shares have remainders, so none of these has the weight 0.
    for index in byRemainder.prefix(Int(left)) { shares[index] += 1 }
    let sign: Int128 = whole.isNegative ? -1 : 1
    return try shares.map { share throws(MoneyError) in try Money(wide: sign * share, in: whole.currency) }
  }

  private static func totalWeight<Key: Comparable>(_ weights: [Weight<Key>]) throws(MoneyError) -> Int128 {
    guard weights.allSatisfy({ $0.weight >= 0 }) else { throw .negativeWeight }
    let keys = weights.map(\.key).sorted()
    guard zip(keys, keys.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .repeatedKey }
    return weights.reduce(0) { $0 + Int128($1.weight) }
  }
}
