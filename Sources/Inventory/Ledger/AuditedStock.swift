internal import FoundationEssentials
internal import InventoryAPI
internal import Platform

/// A variant's stock in an entry of the audit log, with the movement that led to it: what ``StockAdjustment`` writes by
/// its statement.
struct AuditedStock: Encodable {
  private static let type = "fastshop.inventory.v1.Stock"

  private let onHand: Int64
  private let reserved: Int64
  private let version: Int64
  private var delta: Int64?
  private var reason: String?
  private var note: String?
  private var warehouse: String?

  /// As ``StockAdjustment`` spells them.
  private enum CodingKeys: String, CodingKey {
    case onHand, reserved, version, delta, reason, note
    case warehouse = "warehouseId"
  }

  /// The stock before a movement.
  private init(before entry: LedgerEntry, reserved: Int64) {
    (onHand, self.reserved, version) = (entry.onHand - entry.delta, reserved, entry.version - 1)
  }

  /// The stock after a movement, and the movement.
  private init(after entry: LedgerEntry, reserved: Int64) {
    (onHand, self.reserved, version) = (entry.onHand, reserved, entry.version)
    (delta, reason, note) = (entry.delta, entry.reason.ledgerName, entry.note)
    warehouse = entry.warehouse?.description
  }

  private var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  /// Writes the entry of a movement. `reserved` is what is reserved of the variant, which a movement does not change.
  static func audit(_ action: String, _ entry: LedgerEntry, reserved: Int64, in work: Work) throws {
    work.audit(
      AuditedAction(
        action, on: type, entry.variant, by: work.origin, requestID: work.requestID, now: work.now),
      beforeJSON: try AuditedStock(before: entry, reserved: reserved).json,
      afterJSON: try AuditedStock(after: entry, reserved: reserved).json)
  }
}
