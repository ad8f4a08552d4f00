internal import EventLoop
internal import Synchronization

/// Sends mails to a mail server, on threads of its own.
///
/// libcurl blocks the thread while it waits for the server's answer to a mail and to QUIT, even with its multi
/// interface. So no loop runs this. Connections are reused. Usable from any task.
public final class SMTPClient: Sendable {
  private struct Idle {
    var sessions: [SMTPSession] = []
    var isClosed = false
  }

  private let configuration: SMTPConfiguration
  private let workers: OffLoopWorkers
  private let idle = Mutex(Idle())
  private let ending = Flag()

  /// A client of one server; it connects when there is something to send.
  public init(_ configuration: SMTPConfiguration) {
    self.configuration = configuration
    workers = OffLoopWorkers(count: configuration.connectionsMax, named: "smtp")
  }

  deinit {
    ending.raise()
    // Not here: this may be a loop, and the threads may have to say goodbye to a slow server.
    let workers = workers
    Task.detached { workers.shutdown() }
  }

  /// Sends a mail, and returns once the server has accepted it.
  ///
  /// A cancelled task ends within about a second; whether the server accepted the mail is then unknown.
  public func send(_ message: SMTPMessage) async throws(SMTPError) {
    if let fault = message.fault { throw .invalidMessage(fault) }
    let flag = Flag()
    do {
      try await withTaskCancellationHandler {
        try await workers.run { [self] in try exchange(message, flag) }
      } onCancel: {
        flag.raise()
      }
    } catch let error as SMTPError {
      throw error
    } catch {
      throw .overloaded
    }
  }

  /// On one of the workers.
  private func exchange(_ message: SMTPMessage, _ cancelled: Flag) throws(SMTPError) {
    if cancelled.isRaised { throw .cancelled }
    let session = idle.withLock { idle in idle.isClosed ? nil : idle.sessions.popLast() ?? SMTPSession(configuration) }
    guard let session else { throw .closed }
    try session.send(message) { [ending] in cancelled.isRaised || ending.isRaised }
    // A failed session is closed in any state of its connection.
    idle.withLock { idle in
      if !idle.isClosed { idle.sessions.append(session) }
    }
  }

  /// Breaks off what is under way and lets go of every connection.
  public func close() async {
    let sessions = idle.withLock { idle in
      idle.isClosed = true
      defer { idle.sessions = [] }
      return idle.sessions
    }
    ending.raise()
    let workers = workers
    await Task.detached {
      for session in sessions { session.close() }
      workers.shutdown()
    }.value
  }
}

/// A flag that any thread sets once.
final class Flag: Sendable {
  private let raised = Atomic<Bool>(false)

  init() {}

  var isRaised: Bool { raised.load(ordering: .acquiring) }

  func raise() { raised.store(true, ordering: .releasing) }
}
