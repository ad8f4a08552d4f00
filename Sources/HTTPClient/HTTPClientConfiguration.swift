/// The configuration of an ``HTTPClient``: its connections and its limits.
public struct HTTPClientConfiguration: Sendable {
  /// PEM file of the authorities that are trusted; nil for the system's.
  public var trustedCertificatesPath: String?
  /// A proxy's URL. The environment's proxies are not asked: who sets those must not read what we send.
  public var proxy: String?
  /// The timeout for connecting, including TLS.
  public var connectTimeout: Duration = .seconds(5)
  /// Connections to one server at once; further requests wait for one.
  public var connectionsPerHostMax = 8
  /// Connections at once to all servers together.
  public var connectionsMax = 64
  /// Requests under way or waiting; more fail with ``HTTPClientError/overloaded(limit:)``.
  public var requestsMax = 1_000
  /// The client's `user-agent`.
  public var userAgent = "fastshop"

  /// The defaults.
  public init() {}
}
