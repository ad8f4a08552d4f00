package import Platform

/// What must hold for a promotion to be applied.
package struct PromotionConditions: Sendable {
  /// Whether it has not been ended by hand.
  package var isActive: Bool
  /// From when on it holds. Nil for always.
  package var startTime: Instant?
  /// Until when it holds; at this moment no longer. Nil for ever.
  package var endTime: Instant?
  /// How often it may still be used in all. Nil for no limit.
  package var usesLeft: Int64?
  /// How often this buyer may still use it. Nil for no limit.
  package var usesLeftOfBuyer: Int64?
  /// Whether it is for the first order of a buyer only.
  package var isForFirstOrder: Bool
  /// Segments of which the buyer must be in one. Empty for everybody.
  package var segments: [String]
  /// Segments of which the buyer must be in none.
  package var excludedSegments: [String]
  /// What the goods in its scope must cost at least, before discounts.
  package var amountMin: Money?
  /// How many units there must be in its scope at least.
  package var quantityMin: Int64?

  /// Conditions. Without others: none.
  package init(
    isActive: Bool = true, startTime: Instant? = nil, endTime: Instant? = nil, usesLeft: Int64? = nil,
    usesLeftOfBuyer: Int64? = nil, isForFirstOrder: Bool = false, segments: [String] = [],
    excludedSegments: [String] = [], amountMin: Money? = nil, quantityMin: Int64? = nil
  ) {
    self.isActive = isActive
    self.startTime = startTime
    self.endTime = endTime
    self.usesLeft = usesLeft
    self.usesLeftOfBuyer = usesLeftOfBuyer
    self.isForFirstOrder = isForFirstOrder
    self.segments = segments
    self.excludedSegments = excludedSegments
    self.amountMin = amountMin
    self.quantityMin = quantityMin
  }

  /// Why a buyer may not have it, whatever is in the cart. Nil if they may.
  package func refusal(of buyer: Buyer, at now: Instant) -> PromotionRefusal? {
    guard isActive else { return .notActive }
    if let startTime, now < startTime { return .notStarted(startTime) }
    if let endTime, now >= endTime { return .ended(endTime) }
    if let usesLeft, usesLeft <= 0 { return .usedUp }
    if let usesLeftOfBuyer, usesLeftOfBuyer <= 0 { return .usedUpByBuyer }
    if isForFirstOrder, !buyer.isFirstOrder { return .notFirstOrder }
    guard segments.isEmpty || segments.contains(where: buyer.segments.contains),
      !excludedSegments.contains(where: buyer.segments.contains)
    else { return .notForBuyer }
    return nil
  }
}

/// What promotions ask of a buyer.
package struct Buyer: Sendable {
  /// Whether they have not ordered before.
  package var isFirstOrder: Bool
  /// The segments that they are in.
  package var segments: [String]

  /// A buyer. Without anything known: a guest who may have ordered before.
  package init(isFirstOrder: Bool = false, segments: [String] = []) {
    self.isFirstOrder = isFirstOrder
    self.segments = segments
  }
}

/// Why a promotion takes nothing off.
package enum PromotionRefusal: Error, Hashable, Sendable {
  /// It was ended by hand.
  case notActive
  /// It begins later.
  case notStarted(Instant)
  /// It is over.
  case ended(Instant)
  /// It was used as often as it may be.
  case usedUp
  /// The buyer used it as often as they may.
  case usedUpByBuyer
  /// The buyer has ordered before.
  case notFirstOrder
  /// The buyer is not in a segment that it is for.
  case notForBuyer
  /// No goods in the cart are in its scope, or not those that it needs.
  case nothingInScope
  /// The goods in its scope cost too little: what is missing, in minor units.
  case amountMissing(Int64)
  /// There are too few units in its scope: how many are missing.
  case quantityMissing(Int64)
  /// It cannot be combined with those that are applied, which take off more.
  case othersTakeOffMore
  /// Those before it left nothing, or it would make the cart dearer.
  case nothingToTakeOff
}
