import RPC

extension ServeSettings {
  /// Finds out whether the server may listen where it is to, also at `others`, before the database is touched.
  /// - Throws: `ListenError`.
  func checkListening(and others: [ListenAddress]) throws {
    for address in listen + tlsListen + others {
      var endpoint = RPCServer.Endpoint.clearText(address)
      endpoint.spread = connections.spread
      endpoint.unixPermissions = connections.socketMode
      try endpoint.check()
    }
  }
}
