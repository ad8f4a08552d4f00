import Platform
import Pricing
import SeededRandom

/// An id that a number names.
func id(_ number: Int) -> ID {
  ID("00000000-0000-7000-8000-" + String(repeating: "0", count: 12 - String(number).count) + String(number)) ?? .none
}

/// An amount of euros, in cents.
func eur(_ cents: Int64) -> Money { Money(minorUnits: cents, in: .euro) }

/// The time at which test carts are priced.
let now = Instant(clamping: 1_800_000_000_000_000)

/// A line: its number is the number of its product, too.
func line(_ number: Int, of seller: Int = 1, _ quantity: Int64 = 1, at cents: Int64, taxes: TaxRates = TaxRates())
  -> CartLine
{
  CartLine(
    id(number), of: id(1_000 + seller), product: id(number), categories: [id(2_000 + number % 3)], quantity: quantity,
    unitPrice: eur(cents), taxes: taxes)
}

/// A cart of lines in euros.
func cart(_ lines: CartLine...) -> UnpricedCart { UnpricedCart(in: .euro, lines: lines, at: now) }

/// Carts of every kind that random numbers make.
struct RandomCarts {
  var random: SplitMix

  init(seed: UInt64) { random = SplitMix(seed: seed) }

  private mutating func amount(below bound: Int) -> Money {
    eur(Int64(random.chance(1, in: 8) ? 0 : random.below(bound)))
  }

  mutating func cart() -> UnpricedCart {
    let lines = (0..<1 + random.below(12)).map { line in self.line(line) }
    var cart = UnpricedCart(in: .euro, lines: lines, at: now)
    cart.taxation = Taxation(
      pricesIncludeTax: random.chance(1, in: 2), level: Taxation.RoundingLevel.allCases.randomElement(using: &random)!,
      rounding: random.chance(1, in: 2) ? .halfUp : .halfEven)
    cart.promotions = (0..<random.below(6)).map { promotion in self.promotion(promotion) }
    cart.shipping = (1...3).filter { _ in random.chance(2, in: 3) }.map { seller in
      ShippingChoice(
        id(1_000 + seller), price: amount(below: 2_000),
        freeFrom: random.chance(1, in: 2) ? amount(below: 20_000) : nil,
        tax: random.chance(1, in: 2) ? .ofGoods : .rates(rates()))
    }
    cart.tenders = (0..<random.below(4)).map { tender in
      Tender(
        id(4_000 + tender), tender == 3 ? .storeCredit : .giftCard(expires: random.chance(1, in: 2) ? now : nil),
        available: amount(below: 30_000))
    }
    cart.buyer = Buyer(isFirstOrder: random.chance(1, in: 2), segments: random.chance(1, in: 2) ? ["vip"] : [])
    return cart
  }

  private mutating func line(_ number: Int) -> CartLine {
    CartLine(
      id(100 + number), of: id(1_001 + random.below(3)), product: id(random.below(9)),
      categories: [id(2_000 + random.below(3))], quantity: Int64(1 + random.below(random.chance(1, in: 5) ? 1_000 : 5)),
      unitPrice: amount(below: random.chance(1, in: 3) ? 10 : 9_999), taxes: rates())
  }

  private mutating func rates() -> TaxRates {
    let known = [
      TaxRate(id(3_001), millionths: 190_000), TaxRate(id(3_002), millionths: 70_000),
      TaxRate(id(3_003), millionths: 99_750, isCompound: true), TaxRate(id(3_004), millionths: 88_750),
      TaxRate(id(3_005), millionths: 1), TaxRate(id(3_006), millionths: 10_000_000, isCompound: true),
    ]
    var charged = known.filter { _ in random.chance(1, in: 4) }
    if random.chance(1, in: 8) { charged.shuffle(using: &random) }
    let included = random.chance(1, in: 4) ? known.filter { _ in random.chance(1, in: 4) } : nil
    return TaxRates(charged: charged, included: included)
  }

  private mutating func scope() -> PromotionScope {
    func some(_ base: Int, _ count: Int, _ random: inout SplitMix) -> [ID] {
      (0..<count).filter { _ in random.chance(1, in: 4) }.map { id(base + $0) }
    }
    return PromotionScope(
      products: some(0, 9, &random), categories: some(2_000, 3, &random), sellers: some(1_001, 3, &random),
      excludedProducts: random.chance(1, in: 4) ? some(0, 9, &random) : [])
  }

  private mutating func promotion(_ number: Int) -> Promotion {
    let effect: Promotion.Effect =
      switch random.below(5) {
      case 0: .percentage(basisPoints: 10_000, most: random.chance(1, in: 2) ? amount(below: 5_000) : nil)
      case 1: .percentage(basisPoints: Int64(random.below(10_001)), most: nil)
      case 2: .amount(amount(below: 30_000))
      case 3: .shipping(basisPoints: Int64(random.below(10_001)), most: nil)
      default:
        .buyXGetY(
          BuyXGetY(
            buy: Int64(1 + random.below(3)), get: Int64(1 + random.below(2)), basisPoints: Int64(random.below(10_001)),
            timesMax: random.chance(1, in: 2) ? Int64(random.below(3)) : nil,
            reward: random.chance(1, in: 3) ? scope() : nil))
      }
    return Promotion(
      id(5_000 + number), effect, scope: random.chance(1, in: 2) ? scope() : PromotionScope(),
      conditions: PromotionConditions(
        usesLeft: random.chance(1, in: 8) ? 0 : nil, isForFirstOrder: random.chance(1, in: 8),
        segments: random.chance(1, in: 8) ? ["vip"] : [],
        amountMin: random.chance(1, in: 3) ? amount(below: 20_000) : nil,
        quantityMin: random.chance(1, in: 8) ? Int64(random.below(6)) : nil),
      priority: Int32(random.below(3)), isStackable: random.chance(2, in: 3),
      bearer: random.chance(1, in: 2) ? .platform : .seller)
  }
}
