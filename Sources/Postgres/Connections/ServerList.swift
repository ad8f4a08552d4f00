internal import Glibc

/// The servers that a connection string names. libpq tries one after another within one attempt, and waits for an
/// unresponsive one as long as the system does. Here each server has a time limit of its own.
struct ServerList {
  /// One server of the connection string.
  struct Server: Equatable {
    /// A name, an address or the folder of a socket; nil for libpq's own default.
    var host: String?
    /// Its address; then nothing is looked up.
    var address: String?
    var port: String?

    /// Whether its name needs a lookup, which blocks.
    var needsLookup: Bool {
      guard address == nil, let host, !host.isEmpty else { return false }
      return !host.hasPrefix("/") && !host.hasPrefix("@")
    }
  }

  /// Addresses that are tried in one attempt, at most.
  static let addressesMax = 16

  let servers: [Server]

  /// Nil when the lists of hosts, addresses and ports have different lengths; libpq reports that error.
  init?(_ settings: [String: String]) {
    let (hosts, addresses) = (Self.list(settings["host"]), Self.list(settings["hostaddr"]))
    let ports = Self.list(settings["port"])
    let count = max(hosts.count, addresses.count, 1)
    guard hosts.isEmpty || hosts.count == count, addresses.isEmpty || addresses.count == count else { return nil }
    guard ports.count <= 1 || ports.count == count else { return nil }
    servers = (0..<count).map { index in
      Server(
        host: hosts.isEmpty ? nil : hosts[index], address: addresses.isEmpty ? nil : Self.given(addresses[index]),
        port: ports.isEmpty ? nil : Self.given(ports.count == 1 ? ports[0] : ports[index]))
    }
  }

  /// The addresses of a name, or why there are none.
  typealias Lookup = Result<[String], LookupProblem>

  struct LookupProblem: Error {
    let text: String
  }

  /// The names that have to be looked up.
  var names: Set<String> { Set(servers.filter(\.needsLookup).compactMap(\.host)) }

  /// Every address of every server, in order, by the names that were looked up so far.
  /// - Returns: the servers with their addresses, and what is wrong with the names that are not known.
  func located(by lookups: [String: Lookup]) -> (servers: [Server], problems: [String]) {
    var found: [Server] = []
    var problems: [String] = []
    for server in servers {
      guard server.needsLookup, let host = server.host else {
        found.append(server)
        continue
      }
      switch lookups[host] {
      case .success(let addresses)?:
        for address in addresses { found.append(Server(host: host, address: address, port: server.port)) }
      case .failure(let problem)?: problems.append(problem.text)
      case nil: problems.append("the lookup of host name \"\(host)\" takes too long")
      }
    }
    return (Array(found.prefix(Self.addressesMax)), problems)
  }

  private static func list(_ text: String?) -> [String] {
    guard let text, !text.isEmpty else { return [] }
    return text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  private static func given(_ text: String) -> String? { text.isEmpty ? nil : text }

  /// Looks a name up. Blocks.
  static func addresses(of host: String) -> Lookup {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, nil, &hints, &found)
    guard status == 0 else {
      let reason = gai_strerror(status).map { String(cString: $0) } ?? "error \(status)"
      return .failure(LookupProblem(text: "could not translate host name \"\(host)\" to address: \(reason)"))
    }
    defer { freeaddrinfo(found) }
    var addresses: [String] = []
    var next = found
    while let entry = next, addresses.count < addressesMax {
      if let address = numeric(entry.pointee), !addresses.contains(address) { addresses.append(address) }
      next = entry.pointee.ai_next
    }
    return .success(addresses)
  }

  private static func numeric(_ entry: addrinfo) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { name in
      let result = getnameinfo(
        entry.ai_addr, entry.ai_addrlen, name.baseAddress, socklen_t(NI_MAXHOST), nil, 0, NI_NUMERICHOST)
      return result == 0 ? name.baseAddress.map { String(cString: $0) } : nil
    }
  }
}
