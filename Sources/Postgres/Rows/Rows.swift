internal import CPQ

/// The rows of a result, for the program's own use. Responses are made by mapping rows to messages instead.
public struct Rows: RandomAccessCollection {
  let result: ServerResult

  init(_ result: ServerResult) { self.result = result }

  /// The first row's index, 0.
  public var startIndex: Int { 0 }
  /// The number of rows.
  public var endIndex: Int { result.rowCount }
  /// The row at `position`, which must be one of the collection's.
  public subscript(position: Int) -> Row {
    precondition(position >= 0 && position < endIndex, "no such row")
    return Row(result: result, index: position)
  }

  /// A column of the first `count` rows as texts.
  /// - Throws: ``PostgresError/mapping(_:)`` when it is NULL or there is no such column.
  func texts(_ column: String, first count: Int) throws(PostgresError) -> [String] {
    let position = try Row(result: result, index: 0).position(column)
    var texts: [String] = []
    texts.reserveCapacity(count)
    for row in 0..<count {
      guard PQgetisnull(result.handle, Int32(row), position) == 0,
        let text = PQgetvalue(result.handle, Int32(row), position)
      else { throw .mapping("column \(column) is NULL") }
      texts.append(String(cString: text))
    }
    return texts
  }
}

/// One row. Columns are accessed by name.
public struct Row {
  let result: ServerResult
  let index: Int

  /// Whether the column is NULL.
  /// - Throws: ``PostgresError/mapping(_:)`` when there is no such column.
  public func isNull(_ column: String) throws(PostgresError) -> Bool {
    PQgetisnull(result.handle, Int32(index), try position(column)) == 1
  }

  /// The column as text; nil when it is NULL.
  /// - Throws: ``PostgresError/mapping(_:)`` when there is no such column.
  public func optionalString(_ column: String) throws(PostgresError) -> String? {
    let position = try position(column)
    guard PQgetisnull(result.handle, Int32(index), position) == 0 else { return nil }
    return PQgetvalue(result.handle, Int32(index), position).map { String(cString: $0) }
  }

  /// The column as text.
  /// - Throws: ``PostgresError/mapping(_:)`` when there is no such column or it is NULL.
  public func string(_ column: String) throws(PostgresError) -> String {
    guard let text = try optionalString(column) else { throw .mapping("column \(column) is NULL") }
    return text
  }

  /// The column as a whole number; nil when it is NULL.
  /// - Throws: ``PostgresError/mapping(_:)`` when there is no such column or it is no whole number.
  public func optionalInt64(_ column: String) throws(PostgresError) -> Int64? {
    guard let text = try optionalString(column) else { return nil }
    guard let value = Int64(text) else { throw .mapping("column \(column) is not a whole number") }
    return value
  }

  /// The column as a whole number.
  /// - Throws: ``PostgresError/mapping(_:)`` when there is no such column, it is NULL, or it is no whole number.
  public func int64(_ column: String) throws(PostgresError) -> Int64 {
    guard let value = try optionalInt64(column) else { throw .mapping("column \(column) is NULL") }
    return value
  }

  /// The column as a boolean.
  /// - Throws: ``PostgresError/mapping(_:)`` when there is no such column, it is NULL, or it is no boolean.
  public func bool(_ column: String) throws(PostgresError) -> Bool {
    switch try string(column) {
    case "t": return true
    case "f": return false
    default: throw .mapping("column \(column) is not a boolean")
    }
  }

  /// The column as a floating-point number.
  /// - Throws: ``PostgresError/mapping(_:)`` when there is no such column, it is NULL, or it is no number.
  public func double(_ column: String) throws(PostgresError) -> Double {
    guard let value = Double(try string(column)) else { throw .mapping("column \(column) is not a number") }
    return value
  }

  fileprivate func position(_ column: String) throws(PostgresError) -> Int32 {
    for position in 0..<PQnfields(result.handle) {
      if let name = PQfname(result.handle, position), String(cString: name) == column { return position }
    }
    throw .mapping("the query has no column named \(column)")
  }
}
