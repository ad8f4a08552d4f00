internal import CPQ
internal import Glibc

/// The server, the database and the user to connect as: a connection string parsed by libpq.
struct ConnectTarget: Sendable {
  /// Defaults for the connection string. The system detects a dead peer within about 15 s, also on an idle connection.
  private static let defaults = [
    "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "1", "tcp_user_timeout": "15000",
  ]
  /// Kinds of servers that are no replicas.
  private static let primaries: Set<String> = ["primary", "read-write"]
  /// The maximum timeout for one address, for any `connect_timeout`, in seconds.
  private static let connectSecondsMax = 60

  private(set) var settings: [String: String]
  /// What its connections wait for, off their loops.
  private(set) var blockingWork = BlockingWork.primary

  /// `sessions` is libpq's `target_session_attrs`, unless `url` has one: replicas are not accepted.
  /// - Throws: ``PostgresError/other(sqlstate:message:)`` when `url` is no connection string.
  init(url: String, applicationName: String, sessions: String = "primary") throws(PostgresError) {
    var problem: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(url, &problem) else {
      let message = problem.map { String(cString: $0) } ?? "out of memory"
      PQfreemem(problem)
      throw .other(sqlstate: "08001", message: "not a connection string: \(message)")
    }
    defer { PQconninfoFree(options) }
    settings = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { settings[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    settings["client_encoding"] = "UTF8"
    if settings["fallback_application_name"] == nil { settings["fallback_application_name"] = applicationName }
    if settings["host"] == nil, settings["hostaddr"] == nil, let host = getenv("PGHOST") {
      settings["host"] = String(cString: host)
    }
    if settings["port"] == nil, let port = getenv("PGPORT") { settings["port"] = String(cString: port) }
    settings.merge(Self.defaults) { given, _ in given }
    if settings["target_session_attrs"] == nil { settings["target_session_attrs"] = sessions }
  }

  /// A server for reads alone, which may be a replica.
  init(replica url: String, applicationName: String) throws(PostgresError) {
    try self.init(url: url, applicationName: applicationName, sessions: "any")
    blockingWork = .replica
  }

  /// The timeout for one address, if the string has one.
  var connectTimeout: Duration? {
    guard let text = settings["connect_timeout"], let seconds = Int(text), seconds > 0 else { return nil }
    return .seconds(min(seconds, Self.connectSecondsMax))
  }

  /// Whether a replica is skipped in favour of another server.
  var wantsPrimary: Bool { settings["target_session_attrs"].map(Self.primaries.contains) ?? false }

  /// The same for one server alone.
  func at(host: String?, address: String?, port: String?) -> ConnectTarget {
    var copy = self
    copy.settings["host"] = host
    copy.settings["hostaddr"] = address
    copy.settings["port"] = port
    return copy
  }

  /// Begins to connect; nil when memory is short.
  func start() -> OpaquePointer? {
    let pairs = settings.sorted { $0.key < $1.key }
    var keywords: [UnsafePointer<CChar>?] = pairs.map { UnsafePointer(strdup($0.key)) } + [nil]
    var values: [UnsafePointer<CChar>?] = pairs.map { UnsafePointer(strdup($0.value)) } + [nil]
    defer { for pointer in keywords + values { free(UnsafeMutableRawPointer(mutating: pointer)) } }
    return PQconnectStartParams(&keywords, &values, 0)
  }
}
