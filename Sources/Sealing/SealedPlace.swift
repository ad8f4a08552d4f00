/// The place of a sealed value. The value is bound to it: copied into another row or column, it does not open.
public struct SealedPlace: Hashable, Sendable {
  /// The table, with its schema: `identity.user`.
  public let table: String
  /// The column.
  public let column: String
  /// The row's key, as text.
  public let row: String

  /// A place.
  public init(table: String, column: String, row: String) {
    self.table = table
    self.column = column
    self.row = row
  }

  /// The bytes that are authenticated with the value. Lengths precede the texts, so no two places have the same bytes.
  var bytes: [UInt8] { LengthPrefixed.bytes([table, column, row]) }
}

/// Texts one after another, each preceded by its length in 4 bytes, the highest first.
enum LengthPrefixed {
  static func bytes(_ texts: [String]) -> [UInt8] {
    texts.flatMap { text in
      let utf8 = Array(text.utf8)
      return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: utf8.count >> $0) } + utf8
    }
  }
}
