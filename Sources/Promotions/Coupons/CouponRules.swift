internal import Platform
internal import PromotionsAPI
internal import Protobuf

extension RequestCheck {
  private static let productsMax = 500
  private static let categoriesMax = 100
  private static let sellersMax = 100
  private static let rewardsMax = 50
  private static let segmentsMax = 20
  private static let quantityMax: Int64 = 1_000_000
  private static let unitsMax: Int32 = 1_000
  private static let timesMax: Int32 = 1_000
  private static let wholeBasisPoints: Int32 = 10_000
  private static let amounts: ClosedRange<Int64> = 1...100_000_000_000

  /// A field with what a coupon takes off.
  mutating func effect(_ effect: CouponEffect, _ field: String) {
    switch effect.kind {
    case .percentage(let part): partOff(part, "\(field).percentage")
    case .shipping(let part): partOff(part, "\(field).shipping")
    case .amount(let money): _ = self.money(money, "\(field).amount", Self.amounts)
    case .buyXGetY(let rule): buyXGetY(rule, "\(field).buy_x_get_y")
    case nil: refuse(field, "Must be set: percentage, amount, shipping or buy_x_get_y.")
    }
  }

  private mutating func partOff(_ part: PartOff, _ field: String) {
    basisPoints(part.basisPoints, "\(field).basis_points")
    if let most = part.discountMax { _ = money(most, "\(field).discount_max", Self.amounts) }
  }

  private mutating func basisPoints(_ basisPoints: Int32, _ field: String) {
    require((1...Self.wholeBasisPoints).contains(basisPoints), field, "Must be from 1 to 10000.")
  }

  private mutating func buyXGetY(_ rule: BuyXGetYOff, _ field: String) {
    require((1...Self.unitsMax).contains(rule.buy), "\(field).buy", "Must be from 1 to 1000.")
    require((1...Self.unitsMax).contains(rule.get), "\(field).get", "Must be from 1 to 1000.")
    basisPoints(rule.basisPoints, "\(field).basis_points")
    require((0...Self.timesMax).contains(rule.timesMax), "\(field).times_max", "Must be from 0 to 1000.")
    rule.rewardProductIDs = names(rule.rewardProductIDs, "\(field).reward_product_ids", upTo: Self.rewardsMax)
    rule.rewardCategoryIDs = names(rule.rewardCategoryIDs, "\(field).reward_category_ids", upTo: Self.rewardsMax)
  }

  /// A field with the goods that a coupon concerns. Its ids get their usual form, each once.
  mutating func scope(_ scope: CouponScope, _ field: String) {
    scope.productIDs = names(scope.productIDs, "\(field).product_ids", upTo: Self.productsMax)
    scope.categoryIDs = names(scope.categoryIDs, "\(field).category_ids", upTo: Self.categoriesMax)
    scope.sellerIDs = names(scope.sellerIDs, "\(field).seller_ids", upTo: Self.sellersMax)
    scope.excludedProductIDs = names(
      scope.excludedProductIDs, "\(field).excluded_product_ids", upTo: Self.productsMax)
    scope.excludedCategoryIDs = names(
      scope.excludedCategoryIDs, "\(field).excluded_category_ids", upTo: Self.categoriesMax)
    scope.excludedSellerIDs = names(
      scope.excludedSellerIDs, "\(field).excluded_seller_ids", upTo: Self.sellersMax)
  }

  private mutating func names(
    _ list: RepeatedField<Text>, _ field: String, upTo countMax: Int
  ) -> RepeatedField<Text> {
    guard let arena = list.first.map({ _ in list.arena }) else { return list }
    return RepeatedField(ids(list, field, count: 0...countMax).map { Text($0.description, in: arena) }, in: arena)
  }

  /// A field with what must hold for a coupon. Names of segments lose the spaces around them.
  mutating func conditions(_ conditions: CouponConditions, _ field: String) {
    if let least = conditions.amountMin { _ = money(least, "\(field).amount_min", Self.amounts) }
    require(
      (0...Self.quantityMax).contains(conditions.quantityMin), "\(field).quantity_min", "Must be from 0 to 1000000.")
    conditions.segments = segments(conditions.segments, "\(field).segments")
    conditions.excludedSegments = segments(conditions.excludedSegments, "\(field).excluded_segments")
  }

  private mutating func segments(_ list: RepeatedField<Text>, _ field: String) -> RepeatedField<Text> {
    guard list.count <= Self.segmentsMax else {
      refuse(field, "Must have at most \(Self.segmentsMax) elements, and has \(list.count).")
      return list
    }
    guard !list.isEmpty else { return list }
    let arena = list.arena
    return RepeatedField(
      list.enumerated().map { Text(line($1, "\(field)[\($0)]", isRequired: true), in: arena) }, in: arena)
  }
}
