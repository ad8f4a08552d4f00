internal import CPQ
internal import EventLoop

/// One query whose rows are taken one by one, on a connection that leaves pipeline mode for it. While nobody waits for
/// a row, nothing is read from the socket, so the server stops sending: memory holds a row and a buffer.
final class RowExchange: DirectExchange {
  private let connection: Connection
  /// A wait for a row that is longer means that the server has fallen silent.
  private let waitMax: Duration
  private let sql: String
  private var isOver = false
  private var isAbandoned = false
  private var error: PostgresError?
  private var waiter: UnsafeContinuation<Void, Never>?

  /// Sends `query`. The connection must be quiet.
  init(
    _ query: Query, on connection: Connection, parameters: Parameters, waitMax: Duration
  ) throws(PostgresError) {
    self.connection = connection
    self.waitMax = waitMax
    sql = Query.sql(of: query.pieces)
    guard connection.state == .open else { throw .connectionLost }
    try parameters.set(query.values)
    guard connection.beginDirect(self) else {
      throw .other(sqlstate: SQLState.featureNotSupported, message: "the connection is busy with something else")
    }
    let handle = connection.handle
    guard PQsendQueryParams(handle, sql, parameters.count, nil, parameters.pointers, nil, nil, 0) == 1,
      PQsetSingleRowMode(handle) == 1
    else {
      connection.fail(.connectionLost, reason: connection.reason)
      throw .connectionLost
    }
    connection.pausesReading = true
    connection.flush()
  }

  /// The next row, as a result of one row; nil after the last one.
  func next() async throws(PostgresError) -> ServerResult? {
    while true {
      if let row = take() { return row }
      if let error { throw error }
      if isOver { return nil }
      connection.read()  // OpenSSL may hold input that the socket does not tell of
      if isOver || error != nil || PQisBusy(connection.handle) == 0 { await goOnLater() } else { await wait() }
    }
  }

  /// Nobody takes rows any more: what still arrives is dropped.
  func abandon() {
    isAbandoned = true
    if isOver { return }
    connection.pausesReading = false
    dropRows()
  }

  /// What libpq has in its buffer.
  private func take() -> ServerResult? {
    while !isOver, connection.state == .open, PQisBusy(connection.handle) == 0 {
      guard let result = PQgetResult(connection.handle) else {
        end()
        connection.endDirect()
        return nil
      }
      let status = PQresultStatus(result)
      if status == PGRES_SINGLE_TUPLE { return ServerResult(result) }
      if status == PGRES_FATAL_ERROR && error == nil { error = refusal(ServerError(result)) }
      PQclear(result)
      if [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(status) {
        connection.fail(.connectionLost, reason: "a stream of rows began a COPY")
      }
    }
    return nil
  }

  private func refusal(_ error: ServerError) -> PostgresError {
    let typed = error.error(cancelled: isAbandoned, sql: sql)
    return typed == .readOnly ? error.other(sql) : typed  // a stream is to read only
  }

  private func dropRows() {
    while take() != nil {}
  }

  private func end() {
    isOver = true
    connection.pausesReading = false
  }

  // MARK: From the connection

  func received() {
    if isAbandoned { dropRows() } else { wake() }
  }

  func drained() {}

  func closed(_ reason: PostgresError) {
    isOver = true
    if error == nil { error = reason }
    wake()
  }

  private func wake() {
    guard let waiter else { return }
    self.waiter = nil
    waiter.resume()
  }

  /// Lets the loop's other work go first: a server may send for hours without a pause.
  private func goOnLater() async {
    await connection.loop.yield()
    if Task.isCancelled { cancelled() }
  }

  /// Waits for input. When the task is cancelled, there is no next row.
  private func wait() async {
    let loop = connection.loop
    let silence = Timer { [unowned self] in
      connection.fail(.connectionLost, reason: "the server does not respond")
    }
    loop.schedule(silence, after: waitMax)
    connection.pausesReading = false
    let bound = LoopBound(self, on: loop)
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        if isOver || error != nil { return continuation.resume() }
        waiter = continuation
      }
    } onCancel: {
      if loop.isCurrent {
        bound.value.cancelled()
      } else {
        loop.execute { bound.value.cancelled() }
      }
    }
    silence.cancel()
    if !isOver { connection.pausesReading = true }
  }

  private func cancelled() {
    if error == nil { error = .queryCancelled }
    wake()
  }
}
