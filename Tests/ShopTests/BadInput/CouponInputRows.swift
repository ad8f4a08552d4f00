import RPC

extension InputRow {
  private static let service = "fastshop.promotions.v1.CouponService/"
  private static let answered = InputRule.ignored("it is only answered")
  private static let amount = InputRule.number(1...100_000_000_000)
  private static let currency = InputRule.text(not: "eur", "EUX", "EURO")
  private static let local = InputRule.text(not: "2026-12-24", "2026-02-30T00:00", "2026-12-24T24:00", "24.12.2026")
  private static let productList = InputRule.list(0...500, of: InputRule.absent, not: "", "x")
  private static let otherList = InputRule.list(0...100, of: InputRule.absent, not: "", "x")
  private static let segmentList = InputRule.list(0...20, of: "vip", not: "")

  /// What is not in the sample, which has another effect: a good value alone makes no good request.
  private static func alone(_ rule: InputRule) -> InputRule {
    InputRule { field, foreign in rule.values(field, foreign).filter { $0.ending == .refused } }
  }

  private static let effect: [String: InputRule] = [
    "percentage.basis_points": .number(1...10_000),
    "percentage.discount_max.amount_minor": alone(amount), "percentage.discount_max.currency": currency,
    "amount.amount_minor": alone(amount), "amount.currency": currency,
    "shipping.basis_points": alone(.number(1...10_000)),
    "shipping.discount_max.amount_minor": alone(amount), "shipping.discount_max.currency": currency,
    "buy_x_get_y.buy": alone(.number(1...1_000)), "buy_x_get_y.get": alone(.number(1...1_000)),
    "buy_x_get_y.basis_points": alone(.number(1...10_000)), "buy_x_get_y.times_max": alone(.number(0...1_000)),
    "buy_x_get_y.reward_product_ids": alone(.list(0...50, of: InputRule.absent, not: "", "x")),
    "buy_x_get_y.reward_category_ids": alone(.list(0...50, of: InputRule.absent, not: "", "x")),
  ]

  private static func coupon(_ changed: [String: InputRule]) -> [String: InputRule] {
    effect.reduce(into: [
      "coupon.id": answered, "coupon.seller_id": answered, "coupon.name": .line(1...100), "coupon.code": answered,
      "coupon.is_automatic": answered, "coupon.scope.product_ids": productList, "coupon.scope.category_ids": otherList,
      "coupon.scope.seller_ids": alone(otherList), "coupon.scope.excluded_product_ids": productList,
      "coupon.scope.excluded_category_ids": otherList, "coupon.scope.excluded_seller_ids": alone(otherList),
      "coupon.conditions.amount_min.amount_minor": amount, "coupon.conditions.amount_min.currency": currency,
      "coupon.conditions.quantity_min": .number(0...1_000_000), "coupon.conditions.segments": segmentList,
      "coupon.conditions.excluded_segments": segmentList, "coupon.validity.start_local": local,
      "coupon.validity.end_local": local, "coupon.validity.time_zone": .text(not: "Mars/Olympus", " "),
      "coupon.validity.start_time": answered, "coupon.validity.end_time": answered,
      "coupon.limits.uses_max": .number(0...1_000_000_000),
      "coupon.limits.uses_per_buyer_max": .number(0...1_000_000), "coupon.priority": .number(0...1_000),
      "coupon.state": answered, "coupon.create_time": answered, "coupon.update_time": answered,
      "coupon.etag": answered,
    ]) { $0["coupon.effect." + $1.key] = $1.value }.merging(changed) { $1 }
  }

  private static func created(_ fields: String) -> String {
    """
    {"coupon": {"name": "Spring", "effect": {"percentage": {"basis_points": 1000}}, \(fields)}, "request_id": "ID"}
    """
  }

  static let coupons = [
    InputRow(
      service + "CreateCoupon",
      coupon([
        "coupon.seller_id": .optionalID, "coupon.is_automatic": .flag,
        "coupon.code": .text(not: "ab", "a-b", "ÄÖÜ", String(repeating: "A", count: 41)),
      ]),
      Case(what: "no coupon", json: "{\"request_id\": \"ID\"}", field: "coupon.effect"),
      Case(what: "no effect", json: "{\"coupon\": {\"name\": \"A\"}, \"request_id\": \"ID\"}", field: "coupon.effect"),
      Case(
        what: "an automatic one with a code", json: created("\"is_automatic\": true, \"code\": \"SPRING\""),
        field: "coupon.code"),
      Case(
        what: "an end before the start",
        json: created("\"validity\": {\"start_local\": \"2026-12-24T00:00\", \"end_local\": \"2026-12-23T00:00\"}"),
        field: "coupon.validity.end_local")),
    InputRow(
      service + "UpdateCoupon",
      coupon(["coupon.id": .id, "coupon.etag": .etag, "update_mask": .mask("name")]),
      sample: { things in
        """
        {"coupon": {"id": "\(try await things.coupon(of: things.shops[0].seller))", "name": "Summer",
                    "effect": {"percentage": {"basis_points": 1000}},
                    "conditions": {"amount_min": {"amount_minor": 100, "currency": "EUR"}}},
         "update_mask": "name,effect,scope,conditions,validity,limits,isStackable,priority",
         "request_id": "\(things.requestID)"}
        """
      },
      Case(
        what: "nothing to change", json: "{\"coupon\": {\"id\": \"\(InputRule.absent)\"}, \"request_id\": \"ID\"}",
        field: "update_mask")),
    InputRow(service + "GetCoupon", ["coupon_id": .id]),
    InputRow(service + "ListCoupons", ["seller_id": .optionalID]),
    InputRow(service + "DeactivateCoupon", ["coupon_id": .id]),
    InputRow(
      service + "GenerateCouponCodes",
      [
        "coupon_id": .id, "count": .number(1...100_000), "uses_per_code_max": .number(0...1_000_000),
        "prefix": .text(not: "-", "ÄÖÜ", "ABCDEFGHIJKLM"),
      ]),
    InputRow(service + "GetCouponCodeBatch", ["batch_id": .id]),
    InputRow(service + "ListCouponCodes", ["coupon_id": .id, "batch_id": .optionalID]),
    InputRow(service + "ValidateCoupon", ["code": .text(not: "", "ab", "ÄÖÜ", String(repeating: "A", count: 41))]),
    InputRow(service + "GetCouponStatistics", ["coupon_id": .id]),
  ]
}
