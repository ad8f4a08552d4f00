extension RPCServer.Endpoint {
  /// Listens and stops again, to find out whether one may: before anything is done that a refusal would come too late
  /// for.
  /// - Throws: ``ListenError``.
  public func check() throws(ListenError) {
    try ListeningSocket(on: self, sharesPort: isSpreadByKernel).closeAndRemove()
  }
}
