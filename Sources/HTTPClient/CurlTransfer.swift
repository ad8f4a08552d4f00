internal import CCurl
internal import EventLoop

/// One request in libcurl, and its response so far. Confined to its loop.
final class CurlTransfer {
  /// Bytes that libcurl's sentence about an error may have.
  private static let errorBytes = Int(CURL_ERROR_SIZE)

  let handle: UnsafeMutableRawPointer
  let timeout: Duration
  private let request: HTTPClientRequest
  private let sentence: UnsafeMutablePointer<CChar>
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private var continuation: CheckedContinuation<Result<HTTPClientResponse, HTTPClientError>, Never>?
  private var headers: [HTTPField] = []
  private var headerBytes = 0
  private var body: [UInt8] = []
  /// The request's body, if it is sent piece by piece.
  let upload: CurlUpload?
  /// The error for which a callback of this client told libcurl to stop.
  private var refusal: HTTPClientError?
  /// Fires when the request's time is over.
  var deadline: Timer?
  /// The error with which it ended.
  private(set) var outcome: HTTPClientError?
  private(set) var isOver = false

  /// A transfer of `request`, which has no fault.
  init(_ request: HTTPClientRequest, _ configuration: HTTPClientConfiguration) {
    CurlLibrary.begin()
    self.request = request
    timeout = request.timeout
    upload = request.upload.map(CurlUpload.init)
    // It fails only for lack of memory.
    handle = curl_easy_init()
    sentence = .allocate(capacity: Self.errorBytes)
    sentence.initialize(repeating: 0, count: Self.errorBytes)
    setRequest()
    setPolicy(configuration)
    setReceivers()
  }

  deinit {
    curl_easy_cleanup(handle)
    curl_slist_free_all(headerList)
    sentence.deallocate()
  }

  // MARK: What libcurl is told

  private func setRequest() {
    ccurl_set_text(handle, CURLOPT_URL, request.url)
    switch request.method {
    case _ where upload != nil: upload?.attach(to: handle)
    case "HEAD": ccurl_set_long(handle, CURLOPT_NOBODY, 1)
    case "GET" where request.body.isEmpty: ccurl_set_long(handle, CURLOPT_HTTPGET, 1)
    default:
      if !request.body.isEmpty || request.method == "POST" || request.method == "PUT" {
        ccurl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
        _ = request.body.withUnsafeBytes {
          // libcurl copies the number of bytes that was set before.
          ccurl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
        }
        if request.body.isEmpty { ccurl_set_text(handle, CURLOPT_COPYPOSTFIELDS, "") }
      }
      ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
    }
    // Waiting for "100 Continue" costs a second with servers that do not know it.
    headerList = curl_slist_append(headerList, "Expect:")
    for header in request.headers {
      // "Name:" would remove the field; "Name;" sends it empty.
      headerList = curl_slist_append(
        headerList, header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
    }
    ccurl_set_pointer(handle, CURLOPT_HTTPHEADER, headerList)
  }

  private func setPolicy(_ configuration: HTTPClientConfiguration) {
    ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    ccurl_set_text(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
    ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, request.redirectsMax > 0 ? 1 : 0)
    ccurl_set_long(handle, CURLOPT_MAXREDIRS, request.redirectsMax)
    ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
    ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
    ccurl_set_long(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    if let path = configuration.trustedCertificatesPath { ccurl_set_text(handle, CURLOPT_CAINFO, path) }
    ccurl_set_text(handle, CURLOPT_PROXY, configuration.proxy ?? "")
    ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Int(configuration.connectTimeout.nanoseconds / 1_000_000))
    ccurl_set_text(handle, CURLOPT_USERAGENT, configuration.userAgent)
    ccurl_set_long(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
    ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    // A transfer that is given up must not wait on the loop for the thread that looks up its name.
    ccurl_set_long(handle, CURLOPT_QUICK_EXIT, 1)
    if let limit = request.stallLimit {
      ccurl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, limit.bytesPerSecondMin)
      ccurl_set_long(handle, CURLOPT_LOW_SPEED_TIME, limit.seconds)
    }
  }

  private func setReceivers() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, sentence)
    ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context)
    ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context)
    ccurl_set_taker(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      CurlTransfer.with(context) { $0.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) }
    }
    ccurl_set_taker(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      CurlTransfer.with(context) { $0.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) }
    }
  }

  private static func with(_ context: UnsafeMutableRawPointer?, _ body: (CurlTransfer) -> Int) -> Int {
    guard let context else { return 0 }
    return Unmanaged<CurlTransfer>.fromOpaque(context)._withUnsafeGuaranteedRef(body)
  }

  // MARK: What comes

  /// One line of a header. Any other number than that of its bytes makes libcurl stop.
  private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Int {
    headerBytes += line.count
    if headerBytes > request.responseHeaderBytesMax {
      refusal = .tooLarge(limit: request.responseHeaderBytesMax)
      return 0
    }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {  // another answer begins: after 100 Continue, after a redirection
      headers = []
    } else if let colon = text.firstIndex(of: ":") {
      headers.append(HTTPField(String(text[..<colon]), Self.trimmed(text[text.index(after: colon)...])))
    }
    return line.count
  }

  private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    if body.count + bytes.count > request.responseBytesMax {
      refusal = .tooLarge(limit: request.responseBytesMax)
      return 0
    }
    body.append(contentsOf: bytes)
    return bytes.count
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }

  // MARK: The end

  func begin(_ continuation: CheckedContinuation<Result<HTTPClientResponse, HTTPClientError>, Never>) {
    if let outcome { return continuation.resume(returning: .failure(outcome)) }
    self.continuation = continuation
  }

  /// Ends it without a response.
  func fail(_ error: HTTPClientError) {
    outcome = error
    finish(.failure(error))
  }

  /// Ends it as libcurl says.
  func complete(_ code: CURLcode) {
    if code == CURLE_OK {
      finish(.success(HTTPClientResponse(status: ccurl_status(handle), headers: headers, body: body)))
    } else {
      fail(refusal ?? error(code))
    }
  }

  private func finish(_ result: Result<HTTPClientResponse, HTTPClientError>) {
    isOver = true
    deadline?.cancel()
    deadline = nil
    guard let waiting = continuation else { return }
    continuation = nil
    waiting.resume(returning: result)
  }

  private func error(_ code: CURLcode) -> HTTPClientError {
    let said = String(cString: sentence)
    let reason = said.isEmpty ? String(cString: curl_easy_strerror(code)) : said
    switch code {
    case CURLE_OPERATION_TIMEDOUT: return .timedOut
    case CURLE_URL_MALFORMAT: return .invalidRequest(reason)
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: return .unreachable(reason)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR:
      return .insecure(reason)
    default: return .broken(reason)
    }
  }
}

/// libcurl's global state, initialised once in a process.
enum CurlLibrary {
  private static let made: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  static func begin() { precondition(made, "libcurl cannot be used") }
}
