internal import Platform
internal import Postgres
internal import Pricing
internal import PromotionsAPI
internal import Protobuf
internal import TypeAPI

/// A row of promotions.coupon as Pricing knows it.
struct StoredCoupon {
  let id: ID
  private let seller: ID?
  private let effect: CouponEffect
  private let scope: CouponScope?
  private let conditions: CouponConditions?
  private let row: Row

  /// The columns that it reads; `c` is promotions.coupon.
  static var columns: Query {
    """
    c.id, c.seller_id, c.effect::text AS effect, c.scope::text AS scope, c.conditions::text AS conditions,
           c.state = 'active' AS is_active, c.starts_at, c.ends_at, c.uses_max, c.uses_per_buyer_max, c.is_stackable,
           c.priority
    """
  }

  /// - Throws: `JSONError` or `PostgresError` when the row is damaged.
  init(_ row: Row, in arena: Arena) throws {
    self.row = row
    id = try row.id("id")
    seller = try row.optionalID("seller_id")
    effect = try CouponEffect(json: try row.string("effect"), in: arena)
    scope = try row.optionalString("scope").map { try CouponScope(json: $0, in: arena) }
    conditions = try row.optionalString("conditions").map { try CouponConditions(json: $0, in: arena) }
  }

  /// Whether all its amounts are in a currency: a cart in another one cannot have it.
  func isPayable(in currency: Currency) -> Bool {
    var amounts: [TypeAPI.Money?] = [conditions?.amountMin]
    switch effect.kind {
    case .percentage(let part), .shipping(let part): amounts.append(part.discountMax)
    case .amount(let money): amounts.append(money)
    case .buyXGetY, nil: break
    }
    return amounts.allSatisfy { $0.map { $0.currency == currency.code } ?? true }
  }

  /// The promotion, with the uses that are left.
  func promotion(usesLeft: Int64?, usesLeftOfBuyer: Int64?) throws -> Promotion {
    Promotion(
      id, try promotionEffect(), scope: promotionScope(),
      conditions: PromotionConditions(
        isActive: try row.bool("is_active"), startTime: try row.optionalInstant("starts_at"),
        endTime: try row.optionalInstant("ends_at"), usesLeft: usesLeft, usesLeftOfBuyer: usesLeftOfBuyer,
        isForFirstOrder: conditions?.firstOrderOnly ?? false, segments: conditions?.segments.map(\.string) ?? [],
        excludedSegments: conditions?.excludedSegments.map(\.string) ?? [],
        amountMin: try conditions?.amountMin.map { try Platform.Money($0) },
        quantityMin: (conditions?.quantityMin).flatMap { $0 == 0 ? nil : $0 }),
      priority: Int32(clamping: try row.int64("priority")), isStackable: try row.bool("is_stackable"),
      bearer: seller == nil ? .platform : .seller)
  }

  private func promotionEffect() throws -> Promotion.Effect {
    switch effect.kind {
    case .percentage(let part):
      return .percentage(
        basisPoints: Int64(part.basisPoints), most: try part.discountMax.map { try Platform.Money($0) })
    case .shipping(let part):
      return .shipping(
        basisPoints: Int64(part.basisPoints), most: try part.discountMax.map { try Platform.Money($0) })
    case .amount(let money): return .amount(try Platform.Money(money))
    case .buyXGetY(let rule):
      let reward = PromotionScope(
        products: Self.ids(rule.rewardProductIDs), categories: Self.ids(rule.rewardCategoryIDs),
        sellers: seller.map { [$0] } ?? [])
      let hasReward = !rule.rewardProductIDs.isEmpty || !rule.rewardCategoryIDs.isEmpty
      return .buyXGetY(
        BuyXGetY(
          buy: Int64(rule.buy), get: Int64(rule.get), basisPoints: Int64(rule.basisPoints),
          timesMax: rule.timesMax == 0 ? nil : Int64(rule.timesMax), reward: hasReward ? reward : nil))
    case nil: throw PostgresError.mapping("the effect of a coupon")
    }
  }

  private func promotionScope() -> PromotionScope {
    PromotionScope(
      products: Self.ids(scope?.productIDs), categories: Self.ids(scope?.categoryIDs),
      sellers: seller.map { [$0] } ?? Self.ids(scope?.sellerIDs),
      excludedProducts: Self.ids(scope?.excludedProductIDs),
      excludedCategories: Self.ids(scope?.excludedCategoryIDs), excludedSellers: Self.ids(scope?.excludedSellerIDs))
  }

  private static func ids(_ texts: RepeatedField<Text>?) -> [ID] { texts?.compactMap { ID($0.string) } ?? [] }
}
