internal import Platform
internal import PromotionsAPI
internal import Protobuf

/// The fields of a coupon that its owner writes.
struct CouponFields {
  /// Those that a change may name.
  static let changeable = [
    "name", "effect", "scope", "conditions", "validity", "limits", "is_stackable", "priority",
  ]
  static let priorityUsual: Int32 = 100
  private static let priorities: ClosedRange<Int32> = 1...1_000
  private static let usesMax: Int64 = 1_000_000_000
  private static let usesPerBuyerMax: Int64 = 1_000_000

  let name: String
  let effect: CouponEffect?
  let scope: CouponScope?
  let conditions: CouponConditions?
  let times: CouponTimes
  /// Nil for no limit.
  let usesMax: Int64?
  /// Nil for no limit.
  let usesPerBuyerMax: Int64?
  let isStackable: Bool
  let priority: Int32

  /// Reads the field `coupon` of a request, and notes everything that is wrong.
  /// - Parameter isWritten: whether the request writes a field.
  init(_ coupon: Coupon, _ check: inout RequestCheck, isWritten: (String) -> Bool) {
    name = check.line(coupon.name, "coupon.name", isRequired: isWritten("name"))
    effect = coupon.effect
    if let effect {
      check.effect(effect, "coupon.effect")
    } else if isWritten("effect") {
      check.refuse("coupon.effect", "Must be set.")
    }
    scope = coupon.scope
    if let scope { check.scope(scope, "coupon.scope") }
    conditions = coupon.conditions
    if let conditions { check.conditions(conditions, "coupon.conditions") }
    times = coupon.validity.map { CouponTimes($0, "coupon.validity", &check) } ?? CouponTimes()
    let (uses, usesPerBuyer) = (coupon.limits?.usesMax ?? 0, coupon.limits?.usesPerBuyerMax ?? 0)
    check.require((0...Self.usesMax).contains(uses), "coupon.limits.uses_max", "Must be from 0 to 1000000000.")
    check.require(
      (0...Self.usesPerBuyerMax).contains(usesPerBuyer), "coupon.limits.uses_per_buyer_max",
      "Must be from 0 to 1000000.")
    usesMax = uses == 0 ? nil : uses
    usesPerBuyerMax = usesPerBuyer == 0 ? nil : usesPerBuyer
    isStackable = coupon.isStackable
    priority = coupon.priority == 0 ? Self.priorityUsual : coupon.priority
    check.require(Self.priorities.contains(priority), "coupon.priority", "Must be from 0 to 1000.")
  }

  /// A seller's coupon has the goods of the seller alone.
  /// - Throws: INVALID_ARGUMENT when its scope names sellers.
  func verifyScope(ofSeller hasSeller: Bool) throws {
    guard hasSeller, let scope else { return }
    let description = "Must be empty for the coupon of a seller, which concerns the goods of that seller."
    var check = RequestCheck()
    check.require(scope.sellerIDs.isEmpty, "coupon.scope.seller_ids", description)
    check.require(scope.excludedSellerIDs.isEmpty, "coupon.scope.excluded_seller_ids", description)
    try check.verify()
  }

  /// The columns that have the API's JSON; nil where there is nothing in it.
  var effectJSON: String? { get throws { try effect?.json() } }
  var scopeJSON: String? { get throws { try Self.json(of: scope) } }
  var conditionsJSON: String? { get throws { try Self.json(of: conditions) } }

  private static func json(of message: (some Message)?) throws -> String? {
    guard let json = try message?.json(), json != "{}" else { return nil }
    return json
  }
}
