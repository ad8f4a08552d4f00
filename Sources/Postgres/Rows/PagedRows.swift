internal import CPQ
public import Protobuf

extension QueryRunner {
  /// The first `size` rows as messages, and when the query has more, the keys of the last of them.
  ///
  /// `query` asks for at least one row more than `size`. Columns behind all others may be named `page_key.` and more:
  /// they fill no field.
  /// - Parameters:
  ///   - size: the maximum number of messages, at least 1.
  ///   - keys: the names of the columns with the keys. A key is the column's text, as Postgres writes it.
  /// - Throws: ``PostgresError``; `mapping` when a key is NULL or there is no such column.
  public nonisolated(nonsending) func page<M: Message>(
    _ type: M.Type, _ query: Query, size: Int, keys: [String], in arena: Arena
  ) async throws(PostgresError) -> (elements: RepeatedField<M>, last: [String]?) {
    let answer = try await run(query, access: .read)
    let elements = RepeatedField<M>(in: arena)
    let count = answer.result.rowCount
    guard count > 0, size > 0 else { return (elements, nil) }
    var last: [String]?
    if count > size {
      let row = Row(result: answer.result, index: size - 1)
      var texts: [String] = []
      for key in keys { texts.append(try row.string(key)) }
      last = texts
    }
    let messages = try answer.messages(of: M.descriptor, in: arena)
    for row in 0..<min(count, size) { elements.append(M(storage: try messages.message(row))) }
    return (elements, last)
  }
}
