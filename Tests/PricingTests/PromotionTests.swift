import Platform
import Pricing
import Testing

/// What promotions take off, and why they do not.
@Suite struct PromotionTests {
  private static let all = PromotionScope()

  /// What each promotion takes off each line of three: 10.00, 2 × 15.00 and 60.00 of another seller.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let promotions: [Promotion]
    let discounts: [Int64]

    init(_ story: String, _ promotions: [Promotion], _ discounts: [Int64]) {
      testDescription = story
      self.promotions = promotions
      self.discounts = discounts
    }
  }

  private static func percent(
    _ number: Int, _ percent: Int64, scope: PromotionScope = all, most: Int64? = nil, priority: Int32 = 100,
    stacks: Bool = false
  ) -> Promotion {
    Promotion(
      id(number), .percentage(basisPoints: percent * 100, most: most.map(eur)), scope: scope, priority: priority,
      isStackable: stacks)
  }

  private static func amount(_ number: Int, _ cents: Int64, priority: Int32 = 100, stacks: Bool = false) -> Promotion {
    Promotion(id(number), .amount(eur(cents)), priority: priority, isStackable: stacks)
  }

  private static func buy(
    _ buy: Int64, get: Int64, times: Int64? = nil, reward: PromotionScope? = nil, scope: PromotionScope = all
  ) -> Promotion {
    Promotion(
      id(9), .buyXGetY(BuyXGetY(buy: buy, get: get, basisPoints: 10_000, timesMax: times, reward: reward)),
      scope: scope)
  }

  static let cases = [
    Case("10 % of everything", [percent(1, 10)], [1_00, 3_00, 6_00]),
    Case("10 %, but 4.00 at most, shared by the amounts", [percent(1, 10, most: 4_00)], [40, 1_20, 2_40]),
    Case("10 % of one seller", [percent(1, 10, scope: PromotionScope(sellers: [id(1_002)]))], [0, 0, 6_00]),
    Case("all but one product", [percent(1, 10, scope: PromotionScope(excludedProducts: [id(2)]))], [1_00, 0, 6_00]),
    Case(
      "a product or a category",
      [percent(1, 10, scope: PromotionScope(products: [id(1)], categories: [id(2_002)]))], [1_00, 3_00, 0]),
    Case("an amount off", [amount(1, 10_00)], [1_00, 3_00, 6_00]),
    Case("more than there is", [amount(1, 500_00)], [10_00, 30_00, 60_00]),
    Case("the better of two that stand alone", [percent(1, 10), amount(2, 11_00)], [1_10, 3_30, 6_60]),
    Case(
      "two together, in the order of their priorities",
      [percent(1, 50, priority: 2, stacks: true), amount(2, 10_00, priority: 1, stacks: true)],
      [4_50 + 1_00, 13_50 + 3_00, 27_00 + 6_00]),
    Case(
      "one alone that takes off more than two together",
      [percent(1, 5, stacks: true), percent(2, 5, stacks: true), percent(3, 20)], [2_00, 6_00, 12_00]),
    Case("buy 2, get the cheapest of 4 units free", [buy(2, get: 1)], [10_00, 0, 0]),
    Case("buy 1, get 1: the 2 cheapest of 4", [buy(1, get: 1)], [10_00, 15_00, 0]),
    Case("the same once", [buy(1, get: 1, times: 1)], [10_00, 0, 0]),
    Case("buy 1, get 2: a group of 3, and one more that is bought", [buy(1, get: 2)], [10_00, 15_00, 0]),
    Case(
      "buy 2 of a product, get another one free",
      [buy(2, get: 1, reward: PromotionScope(products: [id(3)]), scope: PromotionScope(products: [id(2)]))],
      [0, 0, 60_00]),
    Case("buy 5", [buy(5, get: 1)], [0, 0, 0]),
  ]

  @Test(arguments: cases)
  func `promotions take off what they say`(case: Case) throws {
    var cart = cart(line(1, at: 10_00), line(2, 2, at: 15_00), line(3, of: 2, at: 60_00))
    cart.promotions = `case`.promotions
    #expect(try cart.priced().lines.map(\.discount) == `case`.discounts)
  }

  @Test(
    arguments: [
      ("ended by hand", PromotionConditions(isActive: false), .notActive),
      ("not begun", PromotionConditions(startTime: now + .seconds(1)), .notStarted(now + .seconds(1))),
      ("over at this moment", PromotionConditions(endTime: now), .ended(now)),
      ("used up", PromotionConditions(usesLeft: 0), .usedUp),
      ("used up by the buyer", PromotionConditions(usesLeft: 1, usesLeftOfBuyer: 0), .usedUpByBuyer),
      ("for first orders", PromotionConditions(isForFirstOrder: true), .notFirstOrder),
      ("for another segment", PromotionConditions(segments: ["vip"]), .notForBuyer),
      ("not for this segment", PromotionConditions(excludedSegments: ["staff"]), .notForBuyer),
      ("too cheap", PromotionConditions(amountMin: eur(10_01)), .amountMissing(1)),
      ("too few", PromotionConditions(quantityMin: 3), .quantityMissing(2)),
    ] as [(String, PromotionConditions, PromotionRefusal)])
  func `a promotion says why it takes nothing off`(
    _ story: String, conditions: PromotionConditions, refusal: PromotionRefusal
  ) throws {
    var cart = cart(line(1, at: 10_00))
    cart.buyer = Buyer(segments: ["staff"])
    cart.promotions = [Promotion(id(1), .amount(eur(1)), conditions: conditions)]
    #expect(try cart.priced().promotions.map(\.result) == [.failure(refusal)], "\(story)")
  }

  @Test func `a condition that just holds is enough`() throws {
    var cart = cart(line(1, 3, at: 10_00))
    cart.buyer = Buyer(isFirstOrder: true, segments: ["vip", "staff"])
    cart.promotions = [
      Promotion(
        id(1), .amount(eur(1)),
        conditions: PromotionConditions(
          startTime: now, endTime: now + .seconds(1), usesLeft: 1, usesLeftOfBuyer: 1, isForFirstOrder: true,
          segments: ["vip"], amountMin: eur(30_00), quantityMin: 3))
    ]
    #expect(try cart.priced().promotions.map(\.result) == [.success(1)])
  }

  @Test func `others say that those applied take off more, or left nothing`() throws {
    var cart = cart(line(1, at: 10_00))
    cart.promotions = [
      Self.percent(1, 100, priority: 1, stacks: true), Self.percent(2, 10, priority: 2, stacks: true),
      Self.percent(3, 50), Self.percent(4, 10, scope: PromotionScope(products: [id(7)])),
    ]
    let results = Dictionary(
      uniqueKeysWithValues: try cart.priced().promotions.map { ($0.promotion, $0.result) })
    #expect(
      results == [
        id(1): .success(10_00), id(2): .failure(.nothingToTakeOff), id(3): .failure(.othersTakeOffMore),
        id(4): .failure(.nothingInScope),
      ])
  }

  @Test func `a threshold of free shipping counts the goods of its seller after discounts`() throws {
    var cart = cart(line(1, at: 50_00), line(2, of: 2, at: 500_00))
    cart.shipping = [
      ShippingChoice(id(1_001), price: eur(4_90), freeFrom: eur(50_00)),
      ShippingChoice(id(1_002), price: eur(9_90), freeFrom: eur(500_01)),
    ]
    #expect(try cart.priced().sellers.map(\.shipping.amount) == [0, 9_90])
    // 1.00 off would cost 4.90 of shipping: it is better not to be applied.
    cart.promotions = [Self.amount(1, 1_00, stacks: true)]
    #expect(try cart.priced().total == 559_90)
    #expect(try cart.priced().promotions.map(\.result) == [.failure(.nothingToTakeOff)])
    // Together with one that takes more off, it is left out, and the other one is applied.
    cart.promotions = [
      Promotion(id(1), .amount(eur(1_00)), scope: PromotionScope(sellers: [id(1_001)]), isStackable: true),
      Promotion(id(2), .amount(eur(30_00)), scope: PromotionScope(sellers: [id(1_002)]), isStackable: true),
    ]
    #expect(try cart.priced().total == 529_90)
  }

  @Test func `free shipping is shared by the sellers that have goods in its scope`() throws {
    var cart = cart(line(1, at: 10_00), line(2, of: 2, at: 10_00), line(3, of: 3, at: 10_00))
    cart.shipping = (1...3).map { ShippingChoice(id(1_000 + $0), price: eur(Int64($0) * 1_00)) }
    cart.promotions = [
      Promotion(
        id(1), .shipping(basisPoints: 10_000, most: eur(2_00)), scope: PromotionScope(products: [id(1), id(3)]))
    ]
    #expect(try cart.priced().sellers.map(\.shipping.amount) == [50, 2_00, 1_50])
  }
}
