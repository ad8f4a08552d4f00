public import EventLoop
internal import Logging

/// Listens for NOTIFY on one channel, over a connection of its own that reconnects by itself. Confined to its loop.
public final class NotificationListener {
  let source: ConnectionSource
  private let listen: String
  private let lock: String?
  private let onConnect: () -> Void
  private let onNotification: (_ payload: String) -> Void
  private let onUnresponsive: () -> Void
  private var connection: Connection?
  private var backoff = Backoff()
  private var isClosed = false
  private lazy var retry = Timer { [unowned self] in connect() }

  /// Begins to connect and to listen. Only on `loop`.
  /// - Parameters:
  ///   - channel: the channel's name.
  ///   - sharedLock: the key of an advisory lock that its connection holds, shared with others, while it lasts; nil for
  ///     none.
  ///   - onConnect: called each time listening begins, also after an interruption: notifications may have been missed.
  ///   - onNotification: called with each payload.
  ///   - onUnresponsive: called when the server does not even answer here, where nothing takes time: see
  ///     ``Database/serverBecameUnresponsive()``.
  /// - Throws: ``PostgresError/other(sqlstate:message:)`` when the URL is no connection string.
  public init(
    loop: EventLoop, configuration: DatabaseConfiguration, channel: StaticString, sharedLock: Int64? = nil,
    onConnect: @escaping () -> Void, onNotification: @escaping (_ payload: String) -> Void,
    onUnresponsive: @escaping () -> Void = {}
  ) throws(PostgresError) {
    let target = try ConnectTarget(url: configuration.url, applicationName: configuration.applicationName)
    source = ConnectionSource(loop: loop, configuration: configuration, target: target)
    listen = "LISTEN \"\(channel)\""
    lock = sharedLock.map { "SELECT pg_advisory_lock_shared(\($0))" }
    self.onConnect = onConnect
    self.onNotification = onNotification
    self.onUnresponsive = onUnresponsive
    source.onUnresponsive { [unowned self] in self.onUnresponsive() }
    connect()
  }

  /// Ends listening. Only on the loop; to be called before the listener is let go.
  public func close() {
    isClosed = true
    retry.cancel()
    connection?.fail(.connectionLost, reason: "closed by the program")
  }

  private func connect() {
    connection = source.connect(
      .listening, opened: { [unowned self] in opened($0) },
      closed: { [weak self] _, _, _, reason in self?.lost(reason) })
  }

  private func opened(_ connection: Connection) {
    connection.onNotification = { [unowned self] _, payload in onNotification(payload) }
    if let lock { send(lock, over: connection) {} }
    send(listen, over: connection) { [weak self] in
      guard let self else { return }
      if backoff.failures > 0 { source.log.notice("listening to Postgres again") }
      backoff.succeeded()
      onConnect()
    }
  }

  /// Sends a statement of the connection's own. Without it, the connection is of no use.
  private func send(_ statement: String, over connection: Connection, _ done: @escaping () -> Void) {
    let request = Request(plain: statement)
    request.whenEnded { [unowned connection] in
      if case .failure(let error) = request.result {
        return connection.fail(.connectionLost, reason: "\(statement): \(error)")
      }
      done()
    }
    connection.submit(request)
    connection.sync()
  }

  private func lost(_ reason: String) {
    connection = nil
    if isClosed { return }
    if backoff.failures == 0 { source.log.error("not listening to Postgres", metadata: ["reason": "\(reason)"]) }
    source.loop.schedule(retry, after: backoff.nextDelay(random: .random(in: 0..<1)))
  }
}
