internal import CPQ
internal import Glibc

/// Where to connect to, and as whom: a connection string taken apart by libpq.
struct ConnectTarget: Sendable {
  /// What the string may leave out. A peer that is gone without closing is found by the system within about 15 s, also
  /// while nothing is asked. A server that is a replica is not what we look for.
  private static let defaults = [
    "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "1", "tcp_user_timeout": "15000",
    "target_session_attrs": "primary",
  ]
  /// Kinds of servers that are no replicas.
  private static let primaries: Set<String> = ["primary", "read-write"]
  /// No attempt to connect to one address may last longer, whatever `connect_timeout` says, in seconds.
  private static let connectSecondsMax = 60

  private(set) var settings: [String: String]

  /// - Throws: ``PostgresError/other(sqlstate:message:)`` when `url` is no connection string.
  init(url: String, applicationName: String) throws(PostgresError) {
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
  }

  /// How long an attempt to connect to one address may last, if the string says so.
  var connectTimeout: Duration? {
    guard let text = settings["connect_timeout"], let seconds = Int(text), seconds > 0 else { return nil }
    return .seconds(min(seconds, Self.connectSecondsMax))
  }

  /// Whether a server that turns out to be a replica is to be left for another.
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
