internal import EventLoop
internal import Logging

/// Makes a loop's connections; what they have in common lives here.
final class ConnectionSource {
  let loop: EventLoop
  let configuration: DatabaseConfiguration
  let target: ConnectTarget
  let statements: StatementTable
  let log = Logger(label: "fastshop.postgres")
  private let parameters = Parameters()
  /// Connections that are open now.
  private(set) var openCount = 0
  /// Connections that were opened, and attempts that failed, since the beginning.
  private(set) var openedCount = 0
  private(set) var failedCount = 0
  /// Called when a connection opens: the server is there, nobody need wait any longer before trying again.
  private var whenReached: [() -> Void] = []
  private var whenSilent: [() -> Void] = []

  init(loop: EventLoop, configuration: DatabaseConfiguration, target: ConnectTarget) {
    self.loop = loop
    self.configuration = configuration
    self.target = target
    statements = StatementTable(capacity: configuration.preparedStatementsMax)
  }

  func onReached(_ body: @escaping () -> Void) { whenReached.append(body) }

  /// Calls `body` whenever a connection that is watched finds the server silent.
  func onSilence(_ body: @escaping () -> Void) { whenSilent.append(body) }

  /// Begins to connect. Exactly one of: `opened` and later `closed`; `closed` alone.
  /// - Parameters:
  ///   - shared: for reads alone, of several callers at once.
  ///   - watched: whether it is closed when the server falls silent: no statement on it may take long.
  func connect(
    shared: Bool, watched: Bool, opened: @escaping (Connection) -> Void,
    closed: @escaping (_ connection: Connection, _ wasOpen: Bool, _ error: PostgresError, _ reason: String) -> Void
  ) -> Connection {
    let connection = Connection(
      loop: loop, settings: SessionSettings(configuration, readOnly: shared), parameters: parameters,
      slots: statements.capacity, isShared: shared)
    var wasOpen = false
    connection.onOpen = { [unowned self, unowned connection] in
      wasOpen = true
      openCount += 1
      openedCount += 1
      if watched { connection.watchSilence(limit: configuration.silenceMax) }
      opened(connection)
      for body in whenReached { body() }
    }
    connection.onSilence = { [unowned self] in for body in whenSilent { body() } }
    connection.onClose = { [unowned self, unowned connection] error, reason in
      if wasOpen { openCount -= 1 } else { failedCount += 1 }
      closed(connection, wasOpen, error, reason)
    }
    connection.connect(to: target, within: configuration.connectTimeout)
    return connection
  }
}
