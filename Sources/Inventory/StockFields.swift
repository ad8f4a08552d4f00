internal import InventoryAPI
internal import Platform
internal import Protobuf

extension RequestCheck {
  /// The largest quantity that one request may move or set.
  static let quantityMax: Int64 = 1_000_000_000
  private static let noteCharactersMax = 500

  /// A field with what is added to a quantity, or taken from it.
  mutating func delta(_ delta: Int64, _ field: String) -> Int64 {
    let isInRange = (-Self.quantityMax...Self.quantityMax).contains(delta) && delta != 0
    require(isInRange, field, "Must be from -1000000000 to 1000000000, but not 0.")
    return delta
  }

  /// A field with what was counted.
  mutating func counted(_ quantity: Int64, _ field: String) -> Int64 {
    require((0...Self.quantityMax).contains(quantity), field, "Must be from 0 to 1000000000.")
    return quantity
  }

  /// A field with the reason that a caller gives for a movement.
  mutating func reason(_ reason: StockReason, _ field: String) -> StockReason {
    require(reason.isRequestable, field, "Must be a StockReason that is allowed, such as STOCK_REASON_RECEIVED.")
    return reason
  }

  /// A field with a note for readers of the ledger.
  mutating func stockNote(_ note: Text, _ field: String) -> String {
    self.note(note, field, upTo: Self.noteCharactersMax)
  }
}
