import COpenSSL

/// Keys, certificates and rules that many connections share. It is immutable and usable from any thread.
///
/// To change a certificate, make a new context: see ``ReloadableTLSContext``. Open connections keep their context.
public final class TLSContext: @unchecked Sendable {
  enum Role { case server, client }

  let context: OpaquePointer
  let role: Role
  let protocols: ApplicationProtocols
  let serverName: String?
  /// The same for all contexts that were made of one configuration, one after another.
  let series: Int64

  /// A context for accepting connections. Throws when a file is missing, unreadable or does not fit the others.
  public convenience init(server configuration: TLSConfiguration) throws(TLSError) {
    try self.init(server: configuration, series: 0)
  }

  /// The next context of a series.
  init(server configuration: TLSConfiguration, series: Int64) throws(TLSError) {
    self.series = series
    let (context, protocols) = try Self.make(
      TLS_server_method(), configuration.minimumVersion, configuration.applicationProtocols)
    do throws(TLSError) {
      try Self.load(configuration, into: context)
    } catch {
      SSL_CTX_free(context)
      throw error
    }
    protocols.select(on: context)
    self.context = context
    self.protocols = protocols
    role = .server
    serverName = nil
  }

  /// A context for calling one server. Throws when the trust roots cannot be read.
  public init(client configuration: TLSClientConfiguration) throws(TLSError) {
    series = 0
    let (context, protocols) = try Self.make(
      TLS_client_method(), configuration.minimumVersion, configuration.applicationProtocols)
    do throws(TLSError) {
      try Self.trust(configuration.trust, in: context)
      if let identity = configuration.identity { try Self.load(identity, into: context) }
      guard protocols.offer(on: context) else { throw TLSError.setupFailed(TLSError.takeReason()) }
    } catch {
      SSL_CTX_free(context)
      throw error
    }
    self.context = context
    self.protocols = protocols
    role = .client
    serverName = configuration.serverName
  }

  deinit { SSL_CTX_free(context) }

  /// Whether clients may show certificates.
  var verifiesClients: Bool { role == .server && SSL_CTX_get_verify_mode(context) & SSL_VERIFY_PEER != 0 }

  /// When the certificate that it shows ends, in seconds since 1970; nil when it shows none.
  public var certificateEndsAt: Int64? {
    let end = openssl_certificate_end(context)
    return end < 0 ? nil : end
  }

  /// The cipher suites of TLS 1.2: forward secrecy and authenticated encryption, as HTTP/2 requires (RFC 9113, section
  /// 9.2.2). TLS 1.3 has no others.
  private static let ciphersOfTLS12 = "ECDHE+AESGCM:ECDHE+CHACHA20"

  /// The settings that servers and clients share. Session tickets are on, because they need no memory of the server.
  /// OpenSSL's session cache is off, because it is one lock for all loops. Kernel TLS is off by default, because it was
  /// slower.
  private static func make(
    _ method: OpaquePointer?, _ minimum: TLSVersion, _ names: [String]
  ) throws(TLSError) -> (OpaquePointer, ApplicationProtocols) {
    ERR_clear_error()
    guard let context = SSL_CTX_new(method) else { throw TLSError.setupFailed(TLSError.takeReason()) }
    openssl_set_modes(context)
    openssl_disable_session_cache(context)
    let version = minimum == .v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION
    guard openssl_set_minimum_version(context, version) == 1,
      SSL_CTX_set_cipher_list(context, ciphersOfTLS12) == 1
    else {
      SSL_CTX_free(context)
      throw TLSError.setupFailed(TLSError.takeReason())
    }
    return (context, ApplicationProtocols(names))
  }

  private static func load(_ configuration: TLSConfiguration, into context: OpaquePointer) throws(TLSError) {
    try load(
      TLSIdentity(
        certificateChainPath: configuration.certificateChainPath, privateKeyPath: configuration.privateKeyPath),
      into: context)
    // Tickets are refused on resumption under client certificates unless the context has a name of its own.
    let name = Array("fastshop".utf8)
    SSL_CTX_set_session_id_context(context, name, UInt32(name.count))
    if let clients = configuration.clients { try verify(clients, in: context) }
  }

  private static func load(_ identity: TLSIdentity, into context: OpaquePointer) throws(TLSError) {
    // An encrypted key is an error: without this, OpenSSL would ask the terminal for its password.
    SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in -1 }
    let chain = identity.certificateChainPath
    guard SSL_CTX_use_certificate_chain_file(context, chain) == 1 else { throw unusable(chain) }
    let key = identity.privateKeyPath
    guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 else { throw unusable(key) }
    guard SSL_CTX_check_private_key(context) == 1 else { throw unusable(key) }
  }

  private static func verify(_ clients: ClientVerification, in context: OpaquePointer) throws(TLSError) {
    let authorities = clients.authorityPath
    guard SSL_CTX_load_verify_file(context, authorities) == 1, let names = SSL_load_client_CA_file(authorities) else {
      throw unusable(authorities)
    }
    SSL_CTX_set_client_CA_list(context, names)
    if let revocations = clients.revocationsPath, openssl_load_revocations(context, revocations) <= 0 {
      throw unusable(revocations)
    }
    let refusal = clients.strictness == .required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | refusal, nil)
  }

  private static func trust(_ trust: TLSClientConfiguration.Trust, in context: OpaquePointer) throws(TLSError) {
    switch trust {
    case .anybody:
      SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
      return
    case .system:
      guard SSL_CTX_set_default_verify_paths(context) == 1 else { throw TLSError.setupFailed(TLSError.takeReason()) }
    case .roots(let path):
      guard SSL_CTX_load_verify_file(context, path) == 1 else { throw unusable(path) }
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
  }

  private static func unusable(_ path: String) -> TLSError {
    .unusableFile(path: path, reason: TLSError.takeReason())
  }
}
