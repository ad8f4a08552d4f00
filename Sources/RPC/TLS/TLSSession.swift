import CLinux
import COpenSSL
import Glibc

/// The TLS session of one connection. It has no socket: the connection feeds and drains ciphertext. Confined to a loop.
///
/// After any error but `closedByPeer`, `outgoing` may hold an alert: send it, then close.
final class TLSSession {
  /// Ciphertext that may wait unread, in bytes: a full receive buffer and then some.
  static let unreadLimitBytes = 512 * 1024
  /// Plaintext that may be written before the handshake is over, in bytes: enough for settings and first requests.
  static let earlyWriteLimitBytes = 256 * 1024

  let context: TLSContext
  private let session: OpaquePointer
  private let transport = TLSTransport()
  /// Plaintext written before the handshake was over; nil afterwards.
  private var early: CiphertextQueue? = CiphertextQueue()

  /// Whether the handshake is over and its application protocol accepted.
  private(set) var isEstablished = false

  /// A client's session has its first flight in `outgoing` at once; a server's waits to be fed.
  init(context: TLSContext) throws(TLSError) {
    ERR_clear_error()
    guard let session = SSL_new(context.context) else { throw TLSError.setupFailed(TLSError.takeReason()) }
    self.context = context
    self.session = session
    guard transport.attach(to: session) else { throw TLSError.setupFailed(TLSError.takeReason()) }
    switch context.role {
    case .server:
      SSL_set_accept_state(session)
    case .client:
      SSL_set_connect_state(session)
      try expect(serverName: context.serverName ?? "")
      _ = try proceed(SSL_do_handshake(session))
    }
  }

  deinit { SSL_free(session) }

  /// Ciphertext for the socket: the connection sends and consumes it.
  var outgoing: CiphertextQueue { transport.outgoing }

  /// The application protocol that the peers agreed on, e.g. "h2"; nil before the handshake's end or without ALPN.
  var negotiatedProtocol: String? {
    var start: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    SSL_get0_alpn_selected(session, &start, &length)
    guard let start, length > 0 else { return nil }
    return String(decoding: UnsafeBufferPointer(start: start, count: Int(length)), as: UTF8.self)
  }

  /// The verified certificate of the peer; nil when it sent none. Only after the handshake.
  private(set) lazy var peerCertificate: PeerCertificate? = SSL_get0_peer_certificate(session).map(PeerCertificate.init)

  /// Whether another context of the same series believes who the peer is. A handshake that is under way goes by former
  /// rules: its peer is not believed.
  func isPeerTrusted(by other: TLSContext) -> Bool {
    guard isEstablished else { return false }
    guard let certificate = SSL_get0_peer_certificate(session) else { return true }
    guard let check = X509_STORE_CTX_new() else { return false }
    defer {
      X509_STORE_CTX_free(check)
      ERR_clear_error()
    }
    return X509_STORE_CTX_init(
      check, SSL_CTX_get_cert_store(other.context), certificate, SSL_get_peer_cert_chain(session)) == 1
      && X509_STORE_CTX_set_default(check, "ssl_client") == 1 && X509_verify_cert(check) == 1
  }

  /// The protocol version in use, e.g. "TLSv1.3".
  var version: String { String(cString: SSL_get_version(session)) }

  /// The cipher in use, by OpenSSL's name for it.
  var cipher: String { SSL_CIPHER_get_name(SSL_get_current_cipher(session)).map { String(cString: $0) } ?? "" }

  /// The protection of the connection; nil until the handshake is complete.
  var description: TLSDescription? { isEstablished ? TLSDescription(session) : nil }

  /// Lends bytes that arrived. They must stay where they are until `read` returned 0 or `keepUnread` was called.
  func feed(_ ciphertext: UnsafeRawBufferPointer) {
    transport.lend(ciphertext)
  }

  /// Copies what `read` has not yet taken of the bytes fed, for a connection that stops reading halfway.
  func keepUnread() throws(TLSError) {
    guard transport.keepBorrowed(limit: Self.unreadLimitBytes) else {
      throw TLSError.bufferFull(limit: Self.unreadLimitBytes)
    }
  }

  /// Decrypts into `target`, returns how many bytes; 0 when more ciphertext is needed. Carries the handshake on.
  func read(into target: UnsafeMutableRawBufferPointer) throws(TLSError) -> Int {
    ERR_clear_error()
    let capacity = Int32(clamping: target.count)
    if !isEstablished {
      guard try proceed(SSL_do_handshake(session)) else { return 0 }
      try establish()
    }
    let length = SSL_read(session, target.baseAddress, capacity)
    return try proceed(length) ? Int(length) : 0
  }

  /// Encrypts all of `plaintext` into `outgoing`, or keeps it, within a limit, until the handshake is over.
  func write(_ plaintext: UnsafeRawBufferPointer) throws(TLSError) {
    guard let start = plaintext.baseAddress, plaintext.count > 0 else { return }
    if let early {
      guard early.count + plaintext.count <= Self.earlyWriteLimitBytes else {
        throw TLSError.bufferFull(limit: Self.earlyWriteLimitBytes)
      }
      return early.append(start, plaintext.count)
    }
    ERR_clear_error()
    var rest = plaintext
    while rest.count > 0 {
      let length = SSL_write(session, rest.baseAddress, Int32(clamping: rest.count))
      guard try proceed(length) else {
        // The transport always accepts and renegotiation is off: OpenSSL has no reason to wait.
        throw TLSError.corruptStream("a write had to wait for the peer")
      }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(Int(length)))
    }
  }

  /// Puts the close notice into `outgoing`. Nothing may be written afterwards.
  func shutdown() {
    ERR_clear_error()
    guard isEstablished else { return }
    SSL_shutdown(session)
    ERR_clear_error()
  }

  private func establish() throws(TLSError) {
    guard context.protocols.servesPeersWithoutALPN || negotiatedProtocol != nil else {
      throw TLSError.noCommonProtocol
    }
    // A ticket may outlive the certificate that it was given for.
    if context.role == .server, let certificate = SSL_get0_peer_certificate(session),
      X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0
    {
      throw TLSError.handshakeFailed("the session's certificate has expired")
    }
    isEstablished = true
    guard let waiting = early else { return }
    early = nil
    try write(waiting.bytes)
  }

  private func expect(serverName: String) throws(TLSError) {
    var address = [UInt8](repeating: 0, count: 16)
    let isAddress =
      inet_pton(AF_INET, serverName, &address) == 1 || inet_pton(AF_INET6, serverName, &address) == 1
    let accepted =
      isAddress
      ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), serverName) == 1
      : SSL_set1_host(session, serverName) == 1 && openssl_set_host_name(session, serverName) == 1
    guard accepted else { throw TLSError.setupFailed("\"\(serverName)\" is no server name") }
  }

  /// The meaning of an OpenSSL call's result: true for progress, false for a wait for more ciphertext.
  private func proceed(_ result: Int32) throws(TLSError) -> Bool {
    if result > 0 { return true }
    switch SSL_get_error(session, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return false
    case SSL_ERROR_ZERO_RETURN: throw TLSError.closedByPeer
    default:
      let reason = failure()
      throw isEstablished ? TLSError.corruptStream(reason) : TLSError.handshakeFailed(reason)
    }
  }

  private func failure() -> String {
    let verdict = SSL_get_verify_result(session)
    let reason = TLSError.takeReason()
    guard verdict != X509_V_OK, let text = X509_verify_cert_error_string(verdict) else { return reason }
    return "\(reason) (\(String(cString: text)))"
  }
}
