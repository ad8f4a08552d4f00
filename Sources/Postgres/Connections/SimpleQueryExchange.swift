internal import CPQ
internal import EventLoop

/// One exchange in the simple query protocol, on a connection that leaves pipeline mode for it: scripts of several
/// statements, and COPY, which pipelines do not support. The caller has the connection to itself.
final class SimpleQueryExchange: DirectExchange, LoopWait {
  private enum Phase { case asked, copying, over }

  /// The bytes that are passed to libpq at a time; it buffers no more than this beyond what the socket takes.
  private static let chunkBytes = 64 << 10

  private let connection: Connection
  private var phase = Phase.asked
  private var last: ServerResult?
  private var error: PostgresError?
  private let isCopy: Bool
  var waiter = WaitingTask()

  /// Sends `sql`, a script or a COPY. The connection must be quiet.
  init(_ sql: String, on connection: Connection, isCopy: Bool = false) throws(PostgresError) {
    self.connection = connection
    self.isCopy = isCopy
    guard connection.state == .open else { throw .connectionLost }
    guard connection.beginDirect(self) else {
      throw .other(sqlstate: SQLState.featureNotSupported, message: "the connection is busy with something else")
    }
    if PQsendQuery(connection.handle, sql) == 1 {
      connection.flush()
    } else {
      connection.fail(.connectionLost, reason: connection.reason)
    }
  }

  /// Waits for the end.
  /// - Returns: the last statement's result.
  func result() async throws(PostgresError) -> ServerResult? {
    while phase != .over {
      if phase == .copying { endCopy(failing: "no data was sent for a COPY") }
      await wait(on: connection.loop)
    }
    if let error { throw error }
    return last
  }

  // MARK: COPY

  /// Waits until the server is ready to take data.
  func copyBegins() async throws(PostgresError) {
    while phase == .asked { await wait(on: connection.loop) }
    if phase == .copying { return }
    throw error ?? .other(sqlstate: SQLState.featureNotSupported, message: "the statement is no COPY FROM STDIN")
  }

  /// Sends data, no faster than the server takes it.
  func send(_ bytes: UnsafeRawBufferPointer) async throws(PostgresError) {
    var sent = 0
    while sent < bytes.count {
      guard phase == .copying else { throw error ?? .connectionLost }
      let count = min(Self.chunkBytes, bytes.count - sent)
      let start = bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self) + sent
      guard PQputCopyData(connection.handle, start, Int32(count)) == 1 else {
        connection.fail(.connectionLost, reason: connection.reason)
        continue
      }
      sent += count
      connection.flush()
      while phase == .copying && connection.hasUnsentOutput { await wait(on: connection.loop) }
    }
  }

  /// Ends the data; with a reason, the server discards it.
  func endCopy(failing reason: String? = nil) {
    guard phase == .copying else { return }
    phase = .asked
    connection.lastProgress = connection.loop.now
    guard PQputCopyEnd(connection.handle, reason) == 1 else {
      return connection.fail(.connectionLost, reason: connection.reason)
    }
    connection.flush()
  }

  // MARK: From the connection

  /// A script may take any time; a COPY, no more than a statement.
  var isAnswerDue: Bool { isCopy && phase == .asked }

  func received() {
    while phase == .asked, connection.state == .open, PQisBusy(connection.handle) == 0 {
      guard let result = PQgetResult(connection.handle) else {
        phase = .over
        connection.endDirect()
        break
      }
      switch PQresultStatus(result) {
      case PGRES_COPY_IN:
        PQclear(result)
        phase = .copying
      case PGRES_FATAL_ERROR:
        if error == nil { error = ServerError(result).error() }
        PQclear(result)
      case PGRES_COPY_OUT, PGRES_COPY_BOTH:
        PQclear(result)
        connection.fail(.connectionLost, reason: "a COPY to the program, which is not supported")
      default: last = ServerResult(result)
      }
    }
    waiter.resume()
  }

  func drained() { waiter.resume() }

  func closed(_ reason: PostgresError) {
    phase = .over
    if error == nil { error = reason }
    waiter.resume()
  }

  // MARK: From the waiting task

  var isOver: Bool { phase == .over }

  /// The connection is given up: the server rolls back.
  func cancel() { connection.fail(.queryCancelled, reason: "its task was cancelled") }
}
