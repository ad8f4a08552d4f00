internal import CCurl
internal import EventLoop
internal import Glibc

/// One libcurl handle and its connection. One thread at a time uses it, and it blocks that thread.
final class SMTPSession: @unchecked Sendable {
  /// Bytes that libcurl's sentence about an error may have.
  private static let errorBytes = Int(CURL_ERROR_SIZE)
  /// Bytes of the server's last refusal that are kept.
  private static let lineBytesMax = 400

  private let handle: UnsafeMutableRawPointer
  private let sentence: UnsafeMutablePointer<CChar>
  private var content: [UInt8] = []
  private var sent = 0
  private var line: [UInt8] = []
  private var isCancelled: () -> Bool = { false }
  private var isClosed = false

  init(_ configuration: SMTPConfiguration) {
    CurlLibrary.begin()
    // It fails only for lack of memory.
    handle = curl_easy_init()
    sentence = .allocate(capacity: Self.errorBytes)
    sentence.initialize(repeating: 0, count: Self.errorBytes)
    setPolicy(configuration)
    setCallbacks()
  }

  deinit {
    close()
    sentence.deallocate()
  }

  /// Sends QUIT to the server. libcurl would wait two minutes for the answer without calling back, so reading is
  /// disabled first.
  func close() {
    if isClosed { return }
    isClosed = true
    let socket = ccurl_socket(handle)
    if socket != CURL_SOCKET_BAD { shutdown(socket, Int32(SHUT_RD)) }
    curl_easy_cleanup(handle)
  }

  private func setPolicy(_ configuration: SMTPConfiguration) {
    ccurl_set_text(handle, CURLOPT_URL, configuration.url)
    ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    ccurl_set_text(handle, CURLOPT_PROXY, "")
    if configuration.security == .startTLS { ccurl_set_long(handle, CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
    ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
    ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
    ccurl_set_long(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    if let path = configuration.trustedCertificatesPath { ccurl_set_text(handle, CURLOPT_CAINFO, path) }
    if let user = configuration.user {
      ccurl_set_text(handle, CURLOPT_USERNAME, user)
      ccurl_set_text(handle, CURLOPT_PASSWORD, configuration.password ?? "")
    }
    ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Int(configuration.connectTimeout.nanoseconds / 1_000_000))
    ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(configuration.timeout.nanoseconds / 1_000_000))
    ccurl_set_long(
      handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, Int(configuration.replyTimeout.nanoseconds / 1_000_000_000)))
    ccurl_set_long(handle, CURLOPT_MAXAGE_CONN, configuration.idleSecondsMax)
    ccurl_set_long(handle, CURLOPT_MAXCONNECTS, 1)
    ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    ccurl_set_long(handle, CURLOPT_QUICK_EXIT, 1)
    ccurl_set_long(handle, CURLOPT_UPLOAD, 1)
  }

  private func setCallbacks() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, sentence)
    ccurl_set_pointer(handle, CURLOPT_READDATA, context)
    ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context)
    ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context)
    ccurl_set_pointer(handle, CURLOPT_XFERINFODATA, context)
    ccurl_set_long(handle, CURLOPT_NOPROGRESS, 0)
    ccurl_set_taker(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
      SMTPSession.with(context) { $0.give(UnsafeMutableRawBufferPointer(start: bytes, count: size * count)) }
    }
    ccurl_set_taker(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      SMTPSession.with(context) { $0.hear(UnsafeRawBufferPointer(start: bytes, count: size * count)) }
    }
    ccurl_set_taker(handle, CURLOPT_WRITEFUNCTION) { _, size, count, _ in size * count }
    ccurl_set_progress(handle) { context, _, _, _, _ in
      Int32(SMTPSession.with(context) { $0.isCancelled() ? 1 : 0 })
    }
  }

  private static func with(_ context: UnsafeMutableRawPointer?, _ body: (SMTPSession) -> Int) -> Int {
    guard let context else { return 0 }
    return Unmanaged<SMTPSession>.fromOpaque(context)._withUnsafeGuaranteedRef(body)
  }

  private func give(_ room: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(room.count, content.count - sent)
    room.copyBytes(from: content[sent..<(sent + count)])
    sent += count
    return count
  }

  private func hear(_ bytes: UnsafeRawBufferPointer) -> Int {
    // The answer to QUIT is not an answer to the mail.
    if bytes.first == UInt8(ascii: "4") || bytes.first == UInt8(ascii: "5") {
      line = bytes.prefix(Self.lineBytesMax).filter { (0x20...0x7E).contains($0) }
    }
    return bytes.count
  }

  /// Hands a mail over. After an error the session is of no use any more.
  func send(_ message: SMTPMessage, isCancelled: @escaping () -> Bool) throws(SMTPError) {
    self.isCancelled = isCancelled
    content = message.content
    sent = 0
    line = []
    sentence[0] = 0
    var recipients: UnsafeMutablePointer<curl_slist>?
    for recipient in message.recipients { recipients = curl_slist_append(recipients, "<\(recipient)>") }
    ccurl_set_text(handle, CURLOPT_MAIL_FROM, "<\(message.sender)>")
    ccurl_set_pointer(handle, CURLOPT_MAIL_RCPT, recipients)
    ccurl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(content.count))
    let code = curl_easy_perform(handle)
    ccurl_set_pointer(handle, CURLOPT_MAIL_RCPT, nil)
    curl_slist_free_all(recipients)
    content = []
    self.isCancelled = { false }
    if code != CURLE_OK { throw error(code) }
  }

  private func error(_ code: CURLcode) -> SMTPError {
    let said = String(cString: sentence)
    let reason = said.isEmpty ? String(cString: curl_easy_strerror(code)) : said
    let status = ccurl_status(handle)
    switch code {
    case CURLE_ABORTED_BY_CALLBACK: return .cancelled
    case CURLE_OPERATION_TIMEDOUT: return .timedOut
    case CURLE_LOGIN_DENIED: return .notAuthenticated(code: status)
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT: return .unreachable(reason)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_USE_SSL_FAILED:
      return .insecure(reason)
    default:
      return status >= 400 ? .refused(code: status, line: String(decoding: line, as: UTF8.self)) : .broken(reason)
    }
  }
}
