internal import Platform
internal import Postgres
internal import Pricing
internal import Protobuf
internal import TaxesAPI
internal import TypeAPI

/// The tax of goods that are sent to a destination.
struct TaxCalculation {
  private static let linesMax = 100
  private static let categoriesMax = 20
  private static let quantities: ClosedRange<Int32> = 0...1_000_000
  private static let prices: ClosedRange<Int64> = 0...100_000_000_000
  private static let postalCharactersMax = 20
  /// All goods are of one seller: each seller writes an invoice, and only one is asked for.
  private static let seller = ID.none

  private struct Line {
    let goods: TaxableGoods
    let quantity: Int64
    let price: Platform.Money
  }

  private var lines: [Line] = []
  private let currency: Currency
  private let destination: TaxedDestination
  private let shipping: Platform.Money?
  private let buyer: TaxedBuyer

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: CalculateTaxRequest, for caller: Caller) throws {
    var check = RequestCheck()
    let count = request.lines.count
    check.require(
      (1...Self.linesMax).contains(count), "lines", "Must have 1 to \(Self.linesMax) elements, and has \(count).")
    for (index, line) in request.lines.prefix(Self.linesMax).enumerated() {
      lines.append(Self.line(line, "lines[\(index)]", &check))
    }
    currency = lines.first?.price.currency ?? .euro
    for (index, line) in lines.enumerated() where line.price.currency != currency {
      check.refuse("lines[\(index)].unit_price.currency", "Must be that of the first line.")
    }
    let place = request.destination
    destination = TaxedDestination(
      country: check.taxCountry(place?.country ?? "", "destination.country"),
      region: check.taxRegion(place?.region ?? "", "destination.region"),
      postalCode: check.line(
        place?.postalCode ?? "", "destination.postal_code", upTo: Self.postalCharactersMax))
    shipping = request.shippingPrice.flatMap { check.money($0, "shipping_price", Self.prices) }
    if let shipping, shipping.currency != currency {
      check.refuse("shipping_price.currency", "Must be that of the lines.")
    }
    let number = check.plainTaxNumber(request.taxNumber, "tax_number")
    buyer = TaxedBuyer(user: caller.kind == .user ? caller.id : nil, taxNumber: number.isEmpty ? nil : number)
    let sum = lines.reduce(Int128(0)) { $0 + Int128($1.price.minorUnits) * Int128($1.quantity) }
    check.require(
      sum <= Int128(PricingLimits.amountMax), "lines", "Must cost at most \(PricingLimits.amountMax) minor units.")
    try check.verify()
  }

  private static func line(_ line: TaxableLine, _ path: String, _ check: inout RequestCheck) -> Line {
    check.require(quantities.contains(line.quantity), "\(path).quantity", "Must be from 0 to 1000000.")
    check.require(line.unitPrice != nil, "\(path).unit_price", "Must be set.")
    let price = line.unitPrice.flatMap { check.money($0, "\(path).unit_price", prices) }
    let category = check.taxCategory(line.taxCategory, "\(path).tax_category")
    return Line(
      goods: TaxableGoods(
        product: check.optionalID(line.productID, "\(path).product_id"),
        categories: check.ids(line.categoryIDs, "\(path).category_ids", count: 0...categoriesMax),
        taxCategory: category.isEmpty ? nil : category),
      quantity: Int64(max(1, line.quantity)), price: price ?? .zero(in: .euro))
  }

  func carryOut(in runner: some QueryRunner, at now: Instant, in arena: Arena) async throws -> CalculateTaxResponse {
    let taxes = try await TaxRules.rates(
      for: lines.map(\.goods), to: destination, buyer: buyer, at: now, in: runner)
    let ids = lines.map { _ in ID.made(at: now) }.sorted()
    var cart = UnpricedCart(
      in: currency,
      lines: lines.indices.map { index in
        CartLine(
          ids[index], of: Self.seller, product: lines[index].goods.product ?? .none,
          quantity: lines[index].quantity, unitPrice: lines[index].price, taxes: taxes.goods[index].rates)
      }, at: now)
    cart.taxation = taxes.taxation
    if let shipping { cart.shipping = [ShippingChoice(Self.seller, price: shipping, tax: taxes.shippingTax)] }
    return response(try cart.priced(), taxes, in: arena)
  }

  private func response(_ cart: PricedCart, _ taxes: CartTaxes, in arena: Arena) -> CalculateTaxResponse {
    let writer = TaxedAmountWriter(taxes: taxes, currency: currency, arena: arena)
    let response = CalculateTaxResponse(in: arena)
    for (line, explained) in zip(cart.lines, taxes.goods) {
      response.lines.append(writer.amount(net: line.net, line.taxes, explained))
    }
    if shipping != nil, let priced = cart.sellers.first?.shipping {
      // Shipping that is taxed as the goods has the reason of the first of them.
      response.shipping = writer.amount(net: priced.net, priced.taxes, taxes.shipping ?? taxes.goods[0])
    }
    response.total = writer.money(cart.total)
    response.tax = writer.money(cart.tax)
    response.pricesIncludeTax = taxes.taxation.pricesIncludeTax
    response.taxNumberStatus =
      switch taxes.number {
      case .none: .unspecified
      case .malformed: .malformed
      case .wrongCheckDigits: .wrongCheckDigits
      case .notChecked: .notChecked
      case .notRegistered: .notRegistered
      case .registered: .registered
      }
    return response
  }
}
