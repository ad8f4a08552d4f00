/// Sends the data of a `COPY … FROM STDIN`, in Postgres's text or CSV format, at the speed of the server.
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

/// Bytes at a fixed address while a task waits.
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
      failed(.other(sqlstate: SQLState.failedTransaction, message: "a COPY was given up"))
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
    _ = try? await CopyWriter(exchange).write(bytes)  // what it fails with, the end does, too
    return try await end(exchange)
  }

  private func beginCopy(_ query: Query) async throws(PostgresError) -> SimpleQueryExchange {
    guard query.values.isEmpty else { throw .mapping("a COPY takes no values") }
    try await begin()
    do {
      let exchange = try SimpleQueryExchange(Query.sql(of: query.pieces), on: connection, isCopy: true)
      try await exchange.copyBegins()
      return exchange
    } catch {
      failed(error)
      throw error
    }
  }

  private func end(_ exchange: SimpleQueryExchange) async throws(PostgresError) -> Int {
    exchange.endCopy()
    do {
      return try await exchange.result()?.affectedRows ?? 0
    } catch {
      failed(error)
      throw error
    }
  }
}
