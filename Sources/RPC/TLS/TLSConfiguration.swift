/// The lowest protocol version that a TLS endpoint accepts.
public enum TLSVersion: Sendable, Equatable {
  /// TLS 1.2 (RFC 5246), for peers that cannot do better.
  case v1_2
  /// TLS 1.3 (RFC 8446).
  case v1_3
}

/// What a TLS server needs: who it is, and whom and what it accepts.
public struct TLSConfiguration: Sendable, Equatable {
  /// PEM file with the server's certificate, followed by its intermediates.
  public var certificateChainPath: String
  /// PEM file with the private key of that certificate.
  public var privateKeyPath: String
  /// Peers that speak only older versions are refused.
  public var minimumVersion: TLSVersion
  /// PEM file of authorities; when given, a client must show a certificate that one of them signed.
  public var clientAuthorityPath: String?
  /// Application protocols (ALPN), the preferred first, at most 255 bytes each. A peer that offers none is refused.
  public var applicationProtocols: [String]

  /// Settings for a server with this certificate; the other values are the strictest ones.
  public init(
    certificateChainPath: String, privateKeyPath: String, minimumVersion: TLSVersion = .v1_3,
    clientAuthorityPath: String? = nil, applicationProtocols: [String] = ["h2"]
  ) {
    self.certificateChainPath = certificateChainPath
    self.privateKeyPath = privateKeyPath
    self.minimumVersion = minimumVersion
    self.clientAuthorityPath = clientAuthorityPath
    self.applicationProtocols = applicationProtocols
  }
}

/// What a TLS client needs: whom it calls and whom it believes.
public struct TLSClientConfiguration: Sendable, Equatable {
  /// Whose word a client takes for the server's identity.
  public enum Trust: Sendable, Equatable {
    /// The authorities that the operating system trusts.
    case system
    /// The certificates in this PEM file, and no others.
    case roots(path: String)
    /// Anybody: encrypted, but not authenticated. For development only.
    case anybody
  }

  /// The DNS name or IP address that the server's certificate must carry.
  public var serverName: String
  /// Whose certificates are believed.
  public var trust: Trust
  /// Servers that speak only older versions are refused.
  public var minimumVersion: TLSVersion
  /// Application protocols (ALPN) to offer, the preferred first. At most 255 bytes each.
  public var applicationProtocols: [String]

  /// Settings for a client that calls `serverName`.
  public init(
    serverName: String, trust: Trust = .system, minimumVersion: TLSVersion = .v1_3,
    applicationProtocols: [String] = ["h2"]
  ) {
    self.serverName = serverName
    self.trust = trust
    self.minimumVersion = minimumVersion
    self.applicationProtocols = applicationProtocols
  }
}
