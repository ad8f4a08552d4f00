import RPC

/// The sockets at every address where the shop is to be reached. They are opened before anything else is begun: a
/// start that finds an address taken has changed nothing yet.
struct ServingSockets: Sendable {
  /// Clear text, in the order of the settings.
  let clear: [[ListeningSocket]]
  /// TLS.
  let encrypted: [[ListeningSocket]]

  /// Opens them all, or none.
  /// - Throws: `ListenError`.
  init(_ settings: ServeSettings) throws(ListenError) {
    var opened: [[ListeningSocket]] = []
    do throws(ListenError) {
      for endpoint in Self.endpoints(settings) {
        opened.append(try ListeningSocket.open(endpoint, loops: settings.loops))
      }
    } catch {
      for socket in opened.joined() { socket.closeAndRemove() }
      throw error
    }
    self.init(opened, settings)
  }

  /// Adopts those that another program has opened for the same settings. With `files`, those of Unix sockets are ours
  /// to remove in the end.
  /// - Throws: `ListenError` when they are not what the settings say.
  init(
    adopting descriptors: [[Int32]], files: [[ListeningSocket.FileIdentity?]]? = nil, _ settings: ServeSettings
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

  private init(_ all: [[ListeningSocket]], _ settings: ServeSettings) {
    clear = Array(all.prefix(settings.listen.count))
    encrypted = Array(all.dropFirst(settings.listen.count))
  }

  /// In the order of the settings, clear text first.
  var all: [[ListeningSocket]] { clear + encrypted }

  func close() { for socket in all.joined() { socket.closeAndRemove() } }

  private static func endpoints(_ settings: ServeSettings) -> [RPCServer.Endpoint] {
    (settings.listen + settings.tlsListen).map { address in
      var endpoint = RPCServer.Endpoint.clearText(address)
      endpoint.spread = settings.connections.spread
      endpoint.unixPermissions = settings.connections.socketMode
      return endpoint
    }
  }
}
