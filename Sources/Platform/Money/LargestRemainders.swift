/// Shares a whole number out in proportion to weights. Also known as Hamilton's method.
package enum LargestRemainders {
  /// The shares of `whole`, in the order of the weights: each is rounded down, then 1 goes to each of those that lost
  /// most, the earlier one first, until nothing is left.
  ///
  /// The shares sum to the whole; those whose weight is 0 are 0. If the whole is not more than all weights together, no
  /// share is more than its weight.
  /// - Parameters:
  ///   - whole: 0 or more.
  ///   - weights: each 0 or more, and one of them more unless the whole is 0.
  package static func shares(of whole: Int64, by weights: [Int64]) -> [Int64] {
    let total = weights.reduce(Int128(0)) { $0 + Int128($1) }
    guard whole > 0, total > 0 else { return weights.map { _ in 0 } }
    // Products of two numbers of 64 bits fit into 128; those of smaller ones are computed in 64, which is much faster.
    if total <= Int128(Int32.max), whole <= Int64(Int32.max) {
      return shares(of: whole, by: weights, total: Int64(total))
    }
    // Not more than the whole, which has 64 bits.
    return shares(of: Int128(whole), by: weights, total: total).map { Int64($0) }
  }

  /// Shares of a whole whose product with any weight fits. `total` is the sum of the weights, above 0.
  static func shares<Number: FixedWidthInteger>(of whole: Number, by weights: [Int64], total: Number) -> [Number] {
    var shares: [Number] = []
    shares.reserveCapacity(weights.count)
    var remainders: [Number] = []
    remainders.reserveCapacity(weights.count)
    var left = whole
    for weight in weights {
      let (share, remainder) = (whole * Number(weight)).quotientAndRemainder(dividingBy: total)
      shares.append(share)
      remainders.append(remainder)
      left -= share
    }
    guard left > 0 else { return shares }
    // Fewer units are left than shares have remainders, so none of these has the weight 0.
    let byRemainder = remainders.indices.sorted { (remainders[$1], $0) < (remainders[$0], $1) }
    for index in byRemainder.prefix(Int(left)) { shares[index] += 1 }
    return shares
  }
}
