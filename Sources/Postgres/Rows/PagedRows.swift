internal import CPQ
public import Protobuf

/// The rows of a page.
public struct PagedRows {
  let answer: QueryResult
  private let size: Int
  private let keys: [String]

  /// The number of rows of the page.
  public var count: Int { min(answer.result.rowCount, size) }

  /// The keys of the last row when the query has more rows than the page; else nil. A key is the column's text, as
  /// Postgres writes it.
  /// - Throws: `mapping` when a key is NULL or there is no such column.
  public var last: [String]? {
    get throws(PostgresError) {
      guard answer.result.rowCount > size, size > 0 else { return nil }
      let row = Row(result: answer.result, index: size - 1)
      var texts: [String] = []
      for key in keys { texts.append(try row.string(key)) }
      return texts
    }
  }

  /// The rows as messages. Columns behind all others may be named `page_key.` and more: they fill no field.
  public func messages<M: Message>(_ type: M.Type, in arena: Arena) throws(PostgresError) -> RepeatedField<M> {
    let elements = RepeatedField<M>(in: arena)
    guard count > 0 else { return elements }
    let messages = try answer.messages(of: M.descriptor, in: arena)
    for row in 0..<count { elements.append(M(storage: try messages.message(row))) }
    return elements
  }

  /// A column of all rows as texts.
  /// - Throws: `mapping` when it is NULL or there is no such column.
  public func texts(_ column: String) throws(PostgresError) -> [String] {
    guard count > 0 else { return [] }
    return try Rows(answer.result).texts(column, first: count)
  }

  fileprivate init(_ answer: QueryResult, size: Int, keys: [String]) {
    (self.answer, self.size, self.keys) = (answer, size, keys)
  }
}

extension QueryRunner {
  /// The first `size` rows, and when the query has more, the keys of the last of them.
  ///
  /// `query` asks for at least one row more than `size`.
  /// - Parameters:
  ///   - size: the maximum number of rows, at least 1.
  ///   - keys: the names of the columns with the keys.
  public nonisolated(nonsending) func page(
    _ query: Query, size: Int, keys: [String]
  ) async throws(PostgresError) -> PagedRows {
    PagedRows(try await run(query, access: .read), size: size, keys: keys)
  }
}
