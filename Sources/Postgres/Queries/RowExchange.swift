internal import CPQ
internal import EventLoop

/// One query whose rows are taken one by one, on a connection that leaves pipeline mode for it. While nobody waits for
/// a row, nothing is read from the socket, so the server stops sending: memory holds a row and a buffer.
final class RowExchange: DirectExchange, LoopWait {
  private let connection: Connection
  private let sql: String
  private var isEnded = false
  private var isAbandoned = false
  private var error: PostgresError?
  var waiter = WaitingTask()

  /// Sends `query`. The connection must be quiet.
  init(_ query: Query, on connection: Connection, parameters: Parameters) throws(PostgresError) {
    self.connection = connection
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
      if isEnded { return nil }
      connection.read()  // OpenSSL may hold input that the socket does not tell of
      if isOver || PQisBusy(connection.handle) == 0 { await goOnLater() } else { await waitForInput() }
    }
  }

  /// Nobody takes rows any more: what still arrives is dropped.
  func abandon() {
    isAbandoned = true
    if isEnded { return }
    connection.pausesReading = false
    dropRows()
  }

  /// What libpq has in its buffer.
  private func take() -> ServerResult? {
    while !isEnded, connection.state == .open, PQisBusy(connection.handle) == 0 {
      guard let result = PQgetResult(connection.handle) else {
        end()
        connection.endDirect()
        return nil
      }
      let status = PQresultStatus(result)
      if status == PGRES_SINGLE_TUPLE { return ServerResult(result) }
      if status == PGRES_FATAL_ERROR && error == nil {
        error = ServerError(result).readError(cancelled: isAbandoned, sql: sql)
      }
      PQclear(result)
      if [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(status) {
        connection.fail(.connectionLost, reason: "a stream of rows began a COPY")
      }
    }
    return nil
  }

  private func dropRows() {
    while take() != nil {}
  }

  private func end() {
    isEnded = true
    connection.pausesReading = false
  }

  // MARK: From the connection

  /// Who takes the rows has a limit for all of them.
  var isAnswerDue: Bool { false }

  func received() {
    if isAbandoned { dropRows() } else { waiter.resume() }
  }

  func drained() {}

  func closed(_ reason: PostgresError) {
    isEnded = true
    if error == nil { error = reason }
    waiter.resume()
  }

  // MARK: From the waiting task

  var isOver: Bool { isEnded || error != nil }

  /// There is no next row.
  func cancel() {
    if error == nil { error = .queryCancelled }
    waiter.resume()
  }

  /// Lets the loop's other work go first: a server may send for hours without a pause.
  private func goOnLater() async {
    await connection.loop.yield()
    if Task.isCancelled { cancel() }
  }

  private func waitForInput() async {
    connection.pausesReading = false
    await wait(on: connection.loop)
    if !isEnded { connection.pausesReading = true }
  }
}
