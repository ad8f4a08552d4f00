/// The configuration of an ``SMTPClient``.
public struct SMTPConfiguration: Sendable, Equatable {
  /// The encryption of the connection.
  public enum Security: Sendable, Hashable {
    /// TLS from the first byte, as on port 465.
    case tls
    /// TLS as soon as the server has greeted, as on port 587; never without.
    case startTLS
    /// None: for a server on the same machine.
    case none
  }

  /// The server's name or address.
  public var host: String
  /// The server's port.
  public var port: Int
  /// The encryption of the connection.
  public var security: Security
  /// The user name; nil for none. Secret, like the password.
  public var user: String?
  /// The user's password.
  public var password: String?
  /// The client's host name in EHLO.
  public var helloName = "localhost"
  /// PEM file of the authorities that are trusted; nil for the system's.
  public var trustedCertificatesPath: String?
  /// The timeout for connecting, including TLS.
  public var connectTimeout: Duration = .seconds(10)
  /// The timeout for one command.
  public var replyTimeout: Duration = .seconds(30)
  /// The timeout for a whole mail.
  public var timeout: Duration = .seconds(60)
  /// Connections at once, each with a thread of its own.
  public var connectionsMax = 4
  /// A connection that was idle for longer is not used again, in seconds.
  public var idleSecondsMax = 30

  /// A server, reached with the usual limits.
  public init(host: String, port: Int, security: Security, user: String? = nil, password: String? = nil) {
    self.host = host
    self.port = port
    self.security = security
    self.user = user
    self.password = password
  }

  /// The URL for libcurl, without user and password, which are separate options.
  var url: String {
    let scheme = security == .tls ? "smtps" : "smtp"
    let place = host.contains(":") ? "[\(host)]" : host
    return "\(scheme)://\(place):\(port)/\(helloName)"
  }
}
