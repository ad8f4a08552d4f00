import COpenSSL
import Glibc

/// The reason why a TLS context could not be made, or why a connection's encryption ended.
///
/// The texts are for operators and logs. They are never sent to a peer.
public enum TLSError: Error, Equatable, CustomStringConvertible {
  /// A certificate, key or trust root cannot be used; `path` is the file, `reason` what OpenSSL or Linux says of it.
  case unusableFile(path: String, reason: String)
  /// OpenSSL refused a setting or ran out of memory.
  case setupFailed(String)
  /// The peers found no version, cipher, certificate or identity that both accept, or the peer broke the protocol.
  case handshakeFailed(String)
  /// The peer speaks TLS, but offers no application protocol (ALPN) that is known here.
  case noCommonProtocol
  /// The peer ended the encrypted stream in good order.
  case closedByPeer
  /// After the handshake: bytes that are no valid TLS record.
  case corruptStream(String)
  /// More bytes wait, before the handshake or unread, than a connection may keep; the limit is in bytes.
  case bufferFull(limit: Int)

  /// One sentence for a log.
  public var description: String {
    switch self {
    case .unusableFile(let path, let reason): "cannot use \(path): \(reason)"
    case .setupFailed(let reason): "TLS cannot be set up: \(reason)"
    case .handshakeFailed(let reason): "TLS handshake failed: \(reason)"
    case .noCommonProtocol: "the TLS peer offers no application protocol of ours"
    case .closedByPeer: "the peer closed the TLS stream"
    case .corruptStream(let reason) where reason.contains(" alert "):
      // With TLS 1.3, this includes the peer's rejection of the handshake, for example because it requires a
      // certificate.
      "the TLS peer ended the connection: \(reason)"
    case .corruptStream(let reason): "the TLS stream is corrupt: \(reason)"
    case .bufferFull(let limit): "more than \(limit) bytes wait on a TLS connection"
    }
  }

  /// The bit of an error code that marks an error of Linux, whose number is in the others (`ERR_SYSTEM_FLAG`).
  private static let systemFlag: UInt = 1 << 31

  /// The last error in OpenSSL's error queue of this thread; empties the queue. If Linux refused something, such as to
  /// open a file, it is what Linux says: OpenSSL's last error only says "system lib" then.
  static func takeReason() -> String {
    let code = ERR_peek_last_error()
    var refusal: Int32?
    while case let next = ERR_get_error(), next != 0 {
      if next & systemFlag != 0 { refusal = Int32(truncatingIfNeeded: next & (systemFlag - 1)) }
    }
    if let refusal, let text = strerror(refusal) { return String(cString: text) }
    guard code != 0 else { return "unknown reason" }
    guard let text = ERR_reason_error_string(code) else { return "OpenSSL error \(code)" }
    return String(cString: text)
  }
}
