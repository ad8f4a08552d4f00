/// The minimum version of TLS.
public enum TLSVersion: Sendable, Equatable {
  /// TLS 1.2 (RFC 5246), for peers that cannot do better.
  case v1_2
  /// TLS 1.3 (RFC 8446).
  case v1_3
}

/// The files of a certificate and its key.
public struct TLSIdentity: Sendable, Equatable {
  /// PEM file with the certificate, followed by its intermediates.
  public var certificateChainPath: String
  /// PEM file with the private key of that certificate, not encrypted.
  public var privateKeyPath: String

  /// The identity in these two files.
  public init(certificateChainPath: String, privateKeyPath: String) {
    self.certificateChainPath = certificateChainPath
    self.privateKeyPath = privateKeyPath
  }
}

/// The client certificates that a server accepts (mutual TLS).
public struct ClientVerification: Sendable, Equatable {
  /// How a client without a certificate is treated. A client with an invalid one is always refused.
  public enum Strictness: Sendable, Equatable {
    /// It is served, without an identity.
    case optional
    /// It is refused.
    case required
  }

  /// PEM file of the authorities whose certificates count.
  public var authorityPath: String
  /// Whether a client must show one.
  public var strictness: Strictness
  /// PEM file with the authorities' lists of revoked certificates. When given, every authority that signs clients'
  /// certificates needs a list in it that has not expired: its clients are refused otherwise.
  public var revocationsPath: String?

  /// Believes the authorities in `authorityPath`.
  public init(authorityPath: String, strictness: Strictness = .required, revocationsPath: String? = nil) {
    self.authorityPath = authorityPath
    self.strictness = strictness
    self.revocationsPath = revocationsPath
  }
}

/// The configuration of a TLS server: its certificate, and the clients and versions that it accepts.
public struct TLSConfiguration: Sendable, Equatable {
  /// PEM file with the server's certificate, followed by its intermediates.
  public var certificateChainPath: String
  /// PEM file with the private key of that certificate, not encrypted.
  public var privateKeyPath: String
  /// Peers that speak only older versions are refused.
  public var minimumVersion: TLSVersion
  /// Whose certificates count; nil asks no client for one.
  public var clients: ClientVerification?
  /// Application protocols (ALPN), the preferred first, at most 255 bytes each. A peer that offers none of them is
  /// refused; one that knows no ALPN is served if `http/1.1` is among them.
  public var applicationProtocols: [String]

  /// Settings for a server with this certificate; the other values are the strictest ones.
  public init(
    certificateChainPath: String, privateKeyPath: String, minimumVersion: TLSVersion = .v1_3,
    clients: ClientVerification? = nil, applicationProtocols: [String] = ["h2", "http/1.1"]
  ) {
    self.certificateChainPath = certificateChainPath
    self.privateKeyPath = privateKeyPath
    self.minimumVersion = minimumVersion
    self.clients = clients
    self.applicationProtocols = applicationProtocols
  }
}

/// The configuration of a TLS client: the server's name, and the authorities that it trusts.
public struct TLSClientConfiguration: Sendable, Equatable {
  /// The authorities that a client trusts.
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
  /// The client certificate for servers that request one; nil for none.
  public var identity: TLSIdentity?
  /// Servers that speak only older versions are refused.
  public var minimumVersion: TLSVersion
  /// Application protocols (ALPN) to offer, the preferred first. At most 255 bytes each.
  public var applicationProtocols: [String]

  /// Settings for a client that calls `serverName`.
  public init(
    serverName: String, trust: Trust = .system, identity: TLSIdentity? = nil, minimumVersion: TLSVersion = .v1_3,
    applicationProtocols: [String] = ["h2"]
  ) {
    self.serverName = serverName
    self.trust = trust
    self.identity = identity
    self.minimumVersion = minimumVersion
    self.applicationProtocols = applicationProtocols
  }
}
