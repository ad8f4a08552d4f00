internal import CPQ
internal import EventLoop

/// Asks the server to end what it does on a connection. libpq's request to cancel blocks, so it has threads of its own.
enum StatementCancel {
  /// Calls `done` on the loop when the server has dealt with the request, or the connection is closed for want of that.
  /// Until then no statement should be sent that must not be hit.
  static func send(on connection: Connection, done: @escaping () -> Void) {
    guard connection.state == .open, let ticket = PQgetCancel(connection.handle) else { return done() }
    let (loop, canceller, limit) = (connection.loop, Canceller(ticket), connection.cancelTimeout)
    var done: (() -> Void)? = done
    let end = {
      let body = done
      done = nil
      body?()
    }
    var work: SubmittedWork?
    let tooLate = Timer {
      work?.giveUp()
      connection.fail(.connectionLost, reason: "its statement could not be cancelled within \(limit)")
      end()
    }
    loop.schedule(tooLate, after: limit)
    let bound = LoopBound((tooLate, end), on: loop)
    work = connection.cancelWorkers.submitted {
      canceller.send()
      loop.execute {
        bound.value.0.cancel()
        bound.value.1()
      }
    }
    if work != nil { return }
    tooLate.cancel()
    connection.fail(.connectionLost, reason: "too many statements are being cancelled")
    end()
  }
}

/// libpq's handle to cancel a connection's query, usable from another thread.
private final class Canceller: @unchecked Sendable {
  private let ticket: OpaquePointer

  init(_ ticket: OpaquePointer) { self.ticket = ticket }

  deinit { PQfreeCancel(ticket) }

  /// Opens a connection of its own to the server, and blocks until the server has closed it: for ever, if it is frozen.
  func send() {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { error in
      _ = PQcancel(ticket, error.baseAddress, 256)
    }
  }
}
