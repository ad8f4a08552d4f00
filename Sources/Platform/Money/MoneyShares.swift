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
    guard weights.allSatisfy({ $0.weight >= 0 }) else { throw .negativeWeight }
    let byKey = weights.indices.sorted { weights[$0].key < weights[$1].key }
    guard zip(byKey, byKey.dropFirst()).allSatisfy({ weights[$0].key < weights[$1].key }) else { throw .repeatedKey }
    let total = weights.reduce(Int128(0)) { $0 + Int128($1.weight) }
    guard total > 0 else {
      guard whole.isZero else { throw .nothingToShareBy }
      return weights.map { _ in whole }
    }
    let sorted = LargestRemainders.shares(
      of: Int128(whole.minorUnits.magnitude), by: byKey.map { weights[$0].weight }, total: total)
    var shares = weights.map { _ in Money.zero(in: whole.currency) }
    for (index, share) in zip(byKey, sorted) {
      shares[index] = try Money(wide: whole.isNegative ? -share : share, in: whole.currency)
    }
    return shares
  }
}
