extension [UInt8]: QueryValue {
  /// A `bytea`.
  public var queryBind: QueryBind { .bytes(self) }
}

extension Row {
  /// A `bytea` column; nil when it is NULL.
  /// - Throws: ``PostgresError/mapping(_:)`` when there is no such column or it is no `bytea`.
  public func optionalBytes(_ column: String) throws(PostgresError) -> [UInt8]? {
    guard let text = try optionalString(column) else { return nil }
    guard let bytes = Self.bytes(hex: text) else { throw .mapping("column \(column) is not a bytea") }
    return bytes
  }

  /// A `bytea` column.
  /// - Throws: ``PostgresError/mapping(_:)`` when there is no such column, it is NULL, or it is no `bytea`.
  public func bytes(_ column: String) throws(PostgresError) -> [UInt8] {
    guard let bytes = try optionalBytes(column) else { throw .mapping("column \(column) is NULL") }
    return bytes
  }

  /// The bytes of text such as `\x00ff`.
  private static func bytes(hex text: String) -> [UInt8]? {
    guard text.hasPrefix("\\x"), text.utf8.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count / 2 - 1)
    var high: UInt8?
    for letter in text.utf8.dropFirst(2) {
      guard let digit = digit(letter) else { return nil }
      if let known = high {
        bytes.append(known << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return bytes
  }

  private static func digit(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): letter - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): letter - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
