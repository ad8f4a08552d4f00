import RPC

/// The limits and lifetimes of callers' connections: validated.
struct ConnectionSettings: Equatable, Sendable {
  /// No time of a connection's is longer than thirty days.
  private static let secondsMax = 30 * 86_400

  let spread: RPCServer.Endpoint.Spread
  /// Permissions of Unix sockets.
  let socketMode: UInt32
  let lifetime: ConnectionLifetime
  /// Connections that one address may have; nil for the usual number.
  let connectionsPerAddress: Int?
  /// Calls and streams that one address may have open; nil for the usual number.
  let callsPerAddress: Int?

  /// The default idle timeout: longer than the reading of a page, shorter than a lunch break.
  private static let idleUsual = Duration.seconds(300)
  /// The timeout for the first call of a connection. A client that connects ahead of need connects again.
  private static let firstCallMax = Duration.seconds(30)
  /// The value for no limit; the server's own limits still apply.
  private static let unbounded = Int.max

  init(_ options: ConnectionOptions, _ source: SettingSource) throws(SettingError) {
    spread =
      try source.value(
        flag: "--spread-connections", options.spreadConnections, variable: "FASTSHOP_SPREAD_CONNECTIONS",
        wanted: #""turn" or "kernel""#
      ) { ["turn": .inTurn, "kernel": .byKernel][$0] } ?? .inTurn
    socketMode =
      try source.value(
        flag: "--socket-mode", options.socketMode, variable: "FASTSHOP_SOCKET_MODE",
        wanted: "three octal digits such as 660"
      ) { $0.count == 3 ? UInt32($0, radix: 8) : nil } ?? 0o660
    lifetime = try Self.lifetime(options, source)
    connectionsPerAddress = try Self.bound(
      "--connections-per-address", options.connectionsPerAddress, "FASTSHOP_CONNECTIONS_PER_ADDRESS", source)
    callsPerAddress = try Self.bound(
      "--calls-per-address", options.callsPerAddress, "FASTSHOP_CALLS_PER_ADDRESS", source)
  }

  private static func bound(
    _ flag: String, _ given: String?, _ variable: String, _ source: SettingSource
  ) throws(SettingError) -> Int? {
    try source.value(
      flag: flag, given, variable: variable, wanted: #"a whole number from 1 to \#(boundMax), or "off""#
    ) { text in
      if text == "off" { return unbounded }
      guard let number = Int(text), (1...boundMax).contains(number) else { return nil }
      return number
    }
  }

  /// No server holds more.
  private static let boundMax = 1_000_000

  private static func lifetime(
    _ options: ConnectionOptions, _ source: SettingSource
  ) throws(SettingError) -> ConnectionLifetime {
    var lifetime = ConnectionLifetime()
    func seconds(
      _ flag: String, _ given: String?, _ variable: String, _ set: (inout ConnectionLifetime, Duration) -> Void
    ) throws(SettingError) {
      let wanted = "a whole number of seconds from 1 to \(secondsMax)"
      let value = try source.value(flag: flag, given, variable: variable, wanted: wanted, parse: whole)
      if let value { set(&lifetime, .seconds(value)) }
    }
    func limit(
      _ flag: String, _ given: String?, _ variable: String, usual: Duration? = nil
    ) throws(SettingError) -> Duration? {
      let wanted = #"a whole number of seconds from 1 to \#(secondsMax), or "off""#
      let value = try source.value(flag: flag, given, variable: variable, wanted: wanted) {
        $0 == "off" ? 0 : whole($0)
      }
      guard let value else { return usual }
      return value > 0 ? .seconds(value) : nil
    }
    lifetime.idleMax = try limit(
      "--idle-seconds", options.idleSeconds, "FASTSHOP_IDLE_SECONDS", usual: idleUsual)
    lifetime.firstCallMax = firstCallMax
    lifetime.ageMax = try limit("--age-seconds", options.ageSeconds, "FASTSHOP_AGE_SECONDS")
    lifetime.ageGrace = try limit("--age-grace-seconds", options.ageGraceSeconds, "FASTSHOP_AGE_GRACE_SECONDS")
    try seconds("--keepalive-seconds", options.keepaliveSeconds, "FASTSHOP_KEEPALIVE_SECONDS") {
      $0.keepaliveInterval = $1
    }
    try seconds(
      "--keepalive-timeout-seconds", options.keepaliveTimeoutSeconds, "FASTSHOP_KEEPALIVE_TIMEOUT_SECONDS"
    ) { $0.keepaliveTimeout = $1 }
    try seconds("--ping-seconds", options.pingSeconds, "FASTSHOP_PING_SECONDS") { $0.pingIntervalMin = $1 }
    lifetime.permitsPingsWithoutCalls =
      try source.value(
        flag: "--pings-without-calls", options.pingsWithoutCalls, variable: "FASTSHOP_PINGS_WITHOUT_CALLS",
        wanted: "true or false"
      ) { Bool($0) } ?? false
    return lifetime
  }

  private static func whole(_ text: String) -> Int? {
    guard let number = Int(text), (1...secondsMax).contains(number) else { return nil }
    return number
  }
}
