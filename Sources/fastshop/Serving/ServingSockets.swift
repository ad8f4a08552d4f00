import RPC

/// The sockets at all addresses of the shop. They are opened before anything else, so a start that finds an address in
/// use has changed nothing.
struct ServingSockets: Sendable {
  /// Clear text, in the order of the settings.
  let clear: [[ListeningSocket]]
  /// TLS.
  let encrypted: [[ListeningSocket]]
  /// Metrics alone.
  let metrics: [[ListeningSocket]]

  /// Opens them all, or none.
  /// - Throws: `ListenError`.
  init(_ settings: ShopSettings) throws(ListenError) {
    var opened: [[ListeningSocket]] = []
    do throws(ListenError) {
      for endpoint in Self.endpoints(settings) {
        opened.append(try ListeningSocket.open(endpoint, loops: settings.serve.loops))
      }
    } catch {
      for socket in opened.joined() { socket.closeAndRemove() }
      throw error
    }
    self.init(opened, settings)
  }

  /// Adopts sockets that another program opened for the same settings. With `files`, this program removes the files of
  /// Unix sockets at the end.
  /// - Throws: `ListenError` when they do not match the settings.
  init(
    adopting descriptors: [[Int32]], files: [[ListeningSocket.FileIdentity?]]? = nil, _ settings: ShopSettings
  ) throws(ListenError) {
    let endpoints = Self.endpoints(settings)
    var adopted: [[ListeningSocket]] = []
    for (index, endpoint) in endpoints.enumerated() {
      guard descriptors.count == endpoints.count, !descriptors[index].isEmpty else {
        throw ListenError(address: endpoint.address, reason: "no socket was handed over")
      }
      var sockets: [ListeningSocket] = []
      for (number, descriptor) in descriptors[index].enumerated() {
        let known = files.flatMap { $0.indices.contains(index) ? $0[index] : nil }
        let file = known.flatMap { $0.indices.contains(number) ? $0[number] : nil }
        sockets.append(try ListeningSocket(adopting: descriptor, for: endpoint.address, file: file))
      }
      adopted.append(sockets)
    }
    self.init(adopted, settings)
  }

  private init(_ all: [[ListeningSocket]], _ settings: ShopSettings) {
    let (clearCount, encryptedCount) = (settings.serve.listen.count, settings.serve.tlsListen.count)
    clear = Array(all.prefix(clearCount))
    encrypted = Array(all.dropFirst(clearCount).prefix(encryptedCount))
    metrics = Array(all.dropFirst(clearCount + encryptedCount))
  }

  /// In the order of the settings: clear text, TLS, metrics.
  var all: [[ListeningSocket]] { clear + encrypted + metrics }

  func close() { for socket in all.joined() { socket.closeAndRemove() } }

  private static func endpoints(_ settings: ShopSettings) -> [RPCServer.Endpoint] {
    let serve = settings.serve
    return (serve.listen + serve.tlsListen + (settings.telemetry.metrics?.listen ?? [])).map { address in
      var endpoint = RPCServer.Endpoint.clearText(address)
      endpoint.spread = serve.connections.spread
      endpoint.unixPermissions = serve.connections.socketMode
      return endpoint
    }
  }
}
