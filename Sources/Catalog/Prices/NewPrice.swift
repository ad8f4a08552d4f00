internal import CatalogAPI
internal import Platform
internal import Protobuf
internal import TypeAPI

/// Which price it is: of a variant, in a list or its own, from a quantity on.
struct PriceKey: Hashable {
  let variant: ID
  /// Nil for the variant's own price.
  let list: ID?
  let quantityMin: Int32
}

extension PriceKey {
  /// The key of a price that the database has.
  init(_ price: Price) {
    self.init(
      variant: ID(price.variantID.string) ?? .none, list: ID(price.priceListID.string),
      quantityMin: price.quantityMin)
  }
}

/// A row of a batch of prices.
struct NewPrice {
  private static let rowsMax = 250
  private static let quantityMax: Int32 = 1_000_000

  let key: PriceKey
  /// Nil to end the price.
  let price: Platform.Money?

  /// Reads the rows of a batch. What is wrong with a row is its outcome.
  /// - Parameter currency: that of the shop.
  static func rows(
    _ list: RepeatedField<PriceRow>, in currency: Currency, canEnd: Bool, _ check: inout RequestCheck
  ) -> [Result<NewPrice, RowRefusal>] {
    guard (1...rowsMax).contains(list.count) else {
      check.refuse("rows", "Must have 1 to \(rowsMax) elements, and has \(list.count).")
      return []
    }
    var keys: Set<PriceKey> = []
    return list.map { row in
      var check = RequestCheck()
      let price = read(row, in: currency, canEnd: canEnd, &check)
      check.require(keys.insert(price.key).inserted, "variant_id", "Must be another price than those of rows before.")
      return Result { () throws(RowRefusal) in
        try check.verifyRow()
        return price
      }
    }
  }

  private static func read(
    _ row: PriceRow, in currency: Currency, canEnd: Bool, _ check: inout RequestCheck
  ) -> NewPrice {
    let variant = check.id(row.variantID, "variant_id")
    let list = check.optionalID(row.priceListID, "price_list_id")
    check.require(
      (0...quantityMax).contains(row.quantityMin), "quantity_min", "Must be from 0 to \(quantityMax).")
    check.require(
      list != nil || row.quantityMin <= 1, "quantity_min", "Must be 0 or 1: only lists have prices of quantities.")
    let price = check.variantPrice(
      row.price, "price", in: row.priceListID.isEmpty ? currency : nil, isRequired: list == nil || !canEnd)
    return NewPrice(key: PriceKey(variant: variant, list: list, quantityMin: max(row.quantityMin, 1)), price: price)
  }
}
