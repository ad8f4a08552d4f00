internal import EventLoop
internal import Logging

/// Makes a loop's connections, and holds what they share.
final class ConnectionSource {
  /// The minimum interval of new connections after a server refused to write.
  private static let readOnlyInterval: Duration = .seconds(5)

  let loop: EventLoop
  let configuration: DatabaseConfiguration
  let route: ConnectRoute
  let statements: StatementTable
  var log = Logger(label: "fastshop.postgres")
  private let parameters = Parameters()
  /// Connections that are open now.
  private(set) var openCount = 0
  /// Connections that were opened, and attempts that failed, since the beginning.
  private(set) var openedCount = 0
  private(set) var failedCount = 0
  /// Transactions and changes that were tried again after a conflict with others.
  var retriedCount = 0
  /// Called when the server accepts a session: it is there, so that retries need not wait any longer.
  private var whenReached: [() -> Void] = []
  private var whenUnresponsive: [() -> Void] = []
  private var whenReadOnly: [() -> Void] = []
  private var readOnlyAt: Int64?

  init(loop: EventLoop, configuration: DatabaseConfiguration, target: ConnectTarget) {
    self.loop = loop
    self.configuration = configuration
    route = ConnectRoute(target, on: loop)
    statements = StatementTable(capacity: configuration.preparedStatementsMax)
  }

  func onReached(_ body: @escaping () -> Void) { whenReached.append(body) }

  /// Calls `body` whenever a connection finds that the server does not respond.
  func onUnresponsive(_ body: @escaping () -> Void) { whenUnresponsive.append(body) }

  /// Calls `body` when a server that we write to has become a replica.
  func onReadOnly(_ body: @escaping () -> Void) { whenReadOnly.append(body) }

  /// A server refuses to write: all connections look for one that does, but not over and over again.
  private func foundReadOnly() {
    if let readOnlyAt, loop.now - readOnlyAt < Self.readOnlyInterval.nanoseconds { return }
    readOnlyAt = loop.now
    log.error("Postgres refuses to write: it is read-only, or a replica")
    for body in whenReadOnly { body() }
  }

  /// Logs that there is a connection again, if the log says that there is none: attempts have failed.
  func logOpening(_ kind: ConnectionKind, after backoff: Backoff) {
    if backoff.failures > 0 { log.notice("connected to Postgres again", metadata: ["for": "\(kind)"]) }
  }

  /// Logs that a connection was lost, or that there is none: the first attempt that fails says so.
  func logEnd(_ kind: ConnectionKind, wasOpen: Bool, _ reason: String, after backoff: Backoff) {
    let metadata: Logger.Metadata = ["for": "\(kind)", "reason": "\(reason)"]
    if wasOpen {
      log.warning("a connection to Postgres was lost", metadata: metadata)
    } else if backoff.failures == 0 {
      log.error("no connection to Postgres", metadata: metadata)
    }
  }

  /// Begins to connect. Exactly one of: `opened` and later `closed`; `closed` alone. In between, `accepted`, unless the
  /// server refuses the session's settings.
  func connect(
    _ kind: ConnectionKind, opened: @escaping (Connection) -> Void, accepted: @escaping () -> Void = {},
    closed: @escaping (_ connection: Connection, _ wasOpen: Bool, _ error: PostgresError, _ reason: String) -> Void
  ) -> Connection {
    let connection = Connection(
      loop: loop, kind: kind, settings: SessionSettings(configuration, for: kind), parameters: parameters,
      statements: statements, cancels: route.target.blockingWork.cancels,
      within: configuration.cancelTimeout)
    var wasOpen = false
    connection.onOpen = { [unowned self, unowned connection] in
      wasOpen = true
      openCount += 1
      openedCount += 1
      connection.probeLiveness(limit: configuration.unresponsiveAfter(of: kind), asking: kind.isProbed)
      opened(connection)
    }
    connection.onAccepted = { [unowned self] in
      accepted()
      for body in whenReached { body() }
    }
    connection.onWarning = { [unowned self] in log.warning("Postgres warns", metadata: ["warning": "\($0)"]) }
    connection.onUnresponsive = { [unowned self] in for body in whenUnresponsive { body() } }
    connection.onReadOnly = { [unowned self] in foundReadOnly() }
    connection.onClose = { [unowned self, unowned connection] error, reason in
      if wasOpen { openCount -= 1 } else { failedCount += 1 }
      closed(connection, wasOpen, error, reason)
    }
    connection.connect(by: route, within: connectTimeout)
    return connection
  }

  /// The timeout for connecting to one address.
  var connectTimeout: Duration { route.target.connectTimeout ?? configuration.connectTimeout }
}
