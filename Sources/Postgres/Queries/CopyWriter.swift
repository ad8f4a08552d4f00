/// Takes the data of a `COPY … FROM STDIN`, in Postgres's text or CSV format, no faster than the server does.
public struct CopyWriter {
  private let exchange: SimpleQueryExchange

  init(_ exchange: SimpleQueryExchange) { self.exchange = exchange }

  /// Sends data; a row may be spread over several calls.
  public func write(_ bytes: [UInt8]) async throws(PostgresError) {
    let data = CopyData(bytes)
    defer { data.free() }
    try await exchange.send(data.bytes)
  }
}

/// Bytes at a place that does not move while a task waits.
private struct CopyData {
  let bytes: UnsafeRawBufferPointer

  init(_ source: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 1)
    copy.copyBytes(from: source)
    bytes = UnsafeRawBufferPointer(copy)
  }

  func free() { bytes.deallocate() }
}

extension Transaction {
  /// Fills a table: `query` is a `COPY … FROM STDIN` without values, `body` writes the data.
  /// - Returns: the number of rows.
  /// - Throws: what `body` throws, and then nothing was copied; ``PostgresError``.
  @discardableResult
  public func copy(_ query: Query, _ body: (CopyWriter) async throws -> Void) async throws -> Int {
    let exchange = try await beginCopy(query)
    do {
      try await body(CopyWriter(exchange))
    } catch {
      exchange.endCopy(failing: "given up")
      _ = try? await exchange.result()
      throw error
    }
    return try await end(exchange)
  }

  /// Fills a table with `bytes`.
  /// - Returns: the number of rows.
  @discardableResult
  public func copy(_ query: Query, _ bytes: [UInt8]) async throws(PostgresError) -> Int {
    let exchange = try await beginCopy(query)
    try await CopyWriter(exchange).write(bytes)
    return try await end(exchange)
  }

  private func beginCopy(_ query: Query) async throws(PostgresError) -> SimpleQueryExchange {
    guard query.values.isEmpty else { throw .mapping("a COPY takes no values") }
    try await begin()
    let exchange = try SimpleQueryExchange(Query.sql(of: query.pieces), on: connection)
    try await exchange.copyBegins()
    return exchange
  }

  private func end(_ exchange: SimpleQueryExchange) async throws(PostgresError) -> Int {
    exchange.endCopy()
    return try await exchange.result()?.affectedRows ?? 0
  }
}
