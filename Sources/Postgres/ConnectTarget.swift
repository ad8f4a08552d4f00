internal import CPQ
internal import Glibc

/// Where to connect to, and as whom: a connection string taken apart by libpq.
struct ConnectTarget: Sendable {
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
  }

  /// Whether connecting would look a name up, which blocks.
  var needsResolving: Bool {
    guard settings["hostaddr"] == nil else { return false }
    return hosts.contains { !$0.isEmpty && !$0.hasPrefix("/") && !$0.hasPrefix("@") }
  }

  /// The same with the addresses of its hosts. Blocks while names are looked up. A name that is not known stays, so
  /// that libpq says what is wrong with it.
  func resolved() -> ConnectTarget {
    var copy = self
    let addresses = hosts.map { Self.address(of: $0) }
    if !addresses.contains(nil) { copy.settings["hostaddr"] = addresses.map { $0 ?? "" }.joined(separator: ",") }
    return copy
  }

  private var hosts: [String] {
    guard let list = settings["host"] else { return [] }
    return list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  private static func address(of host: String) -> String? {
    if host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") { return nil }
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &found) == 0, let first = found else { return nil }
    defer { freeaddrinfo(found) }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { name in
      let result = getnameinfo(
        first.pointee.ai_addr, first.pointee.ai_addrlen, name.baseAddress, socklen_t(NI_MAXHOST), nil, 0,
        NI_NUMERICHOST)
      return result == 0 ? name.baseAddress.map { String(cString: $0) } : nil
    }
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
