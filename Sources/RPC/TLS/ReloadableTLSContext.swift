import Synchronization

/// A server's current TLS context, which can be reloaded from its files while connections are open.
public final class ReloadableTLSContext: Sendable {
  private let configuration: TLSConfiguration
  private let series = ProcessServers.nextID()
  private let context: Mutex<TLSContext>

  /// Reads the files of `configuration`; throws when they cannot be used.
  public init(_ configuration: TLSConfiguration) throws(TLSError) {
    self.configuration = configuration
    context = Mutex(try TLSContext(server: configuration, series: series))
  }

  /// The context for a connection that begins now.
  public var current: TLSContext {
    context.withLock { $0 }
  }

  /// Reads the files again. New connections get the new certificate, open ones keep theirs; but those whose client has
  /// shown a certificate that does not count any more are closed.
  /// Throws, and changes nothing, when the files cannot be used. It reads files: not for a loop's thread.
  public func reload() throws(TLSError) {
    let fresh = try TLSContext(server: configuration, series: series)
    context.withLock { $0 = fresh }
    if fresh.verifiesClients { for server in ProcessServers.all { server.closeUntrusted(by: fresh) } }
  }
}
