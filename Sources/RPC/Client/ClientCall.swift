internal import CNGHTTP2
internal import EventLoop

/// One call of a client. Confined to its channel's loop; the public handles hop to it.
final class ClientCall: HTTPStream, @unchecked Sendable {
  /// The largest response that is accepted, in bytes.
  static let responseBytesMax = 64 * 1024 * 1024
  /// What may wait to be sent before the sender has to wait, in bytes.
  private static let sendBufferBytes = 64 * 1024

  let path: String
  let options: CallOptions
  private let loop: EventLoop
  private var outcome: Result<Void, RPCError>?
  private var httpStatus = 0
  private var grpcStatus: Int32?
  private var grpcMessage = ""
  private var grpcDetails: [UInt8]?
  private(set) var headers: Metadata = [:]
  private(set) var trailers: Metadata = [:]
  private var headersComplete = false
  private var received: CheckedContinuation<[UInt8]?, any Error>?
  private var drained: CheckedContinuation<Void, any Error>?
  private var deadline: Timer?

  init(path: String, options: CallOptions, loop: EventLoop) {
    self.path = path
    self.options = options
    self.loop = loop
  }

  // MARK: Beginning

  func startDeadline() {
    guard let timeout = options.timeout else { return }
    let timer = Timer { [unowned self] in
      end(.failure(RPCError(.deadlineExceeded, "the deadline passed before the call ended")), NGHTTP2_CANCEL)
    }
    deadline = timer
    loop.schedule(timer, after: timeout)
  }

  /// Opens the stream; not if the call has ended while it waited for the connection.
  func start(on connection: ClientConnection, authority: String, scheme: String) {
    if outcome != nil { return }
    var block = HeaderBlock()
    block.add(":method", "POST")
    block.add(":scheme", scheme)
    block.add(":path", path)
    block.add(":authority", authority)
    block.add("te", "trailers")
    block.add("content-type", "application/grpc")
    block.add("user-agent", "fastshop-swift")
    if let timeout = options.timeout {
      block.add("grpc-timeout", GRPCTimeout.format(nanoseconds: timeout.nanoseconds))
    }
    block.add(options.metadata)
    let opened = block.withFields { connection.http2.submit(request: $0, of: self) }
    guard opened else { return end(.failure(RPCError(.unavailable, "the connection takes no more calls")), nil) }
    connection.needsFlush()
  }

  // MARK: From the wire

  override func received(header name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
    let key = String(decoding: name, as: UTF8.self)
    let text = String(decoding: value, as: UTF8.self)
    switch key {
    case ":status": httpStatus = Int(text) ?? 0
    case "content-type": break
    case "grpc-status": grpcStatus = Int32(text) ?? StatusCode.unknown.rawValue
    case "grpc-message": grpcMessage = PercentEncoding.decode(text)
    case "grpc-status-details-bin": grpcDetails = Base64.decode(text)
    default: if headersComplete { trailers.addAsIs(key, text) } else { headers.addAsIs(key, text) }
    }
  }

  override func receivedHeaders(isTrailers: Bool) { headersComplete = true }

  override func receivedData(_ count: Int) {
    if let length = incoming.declaredLength, length > Self.responseBytesMax {
      return end(.failure(RPCError(.resourceExhausted, "a response of \(length) bytes is too large")), NGHTTP2_CANCEL)
    }
    deliver()
  }

  override func receivedEnd() {
    if let code = grpcStatus {
      end(code == 0 ? .success(()) : .failure(statusError(code)), nil)
    } else if httpStatus != 200 {
      let code = Self.code(ofHTTP: httpStatus)
      end(.failure(RPCError(code, "the server answered with HTTP status \(httpStatus)")), nil)
    } else {
      end(.failure(RPCError(.internal, "the stream ended without a status")), nil)
    }
  }

  override func outgoingDrained() {
    guard outgoing.count <= Self.sendBufferBytes / 2, let waiter = drained else { return }
    drained = nil
    waiter.resume()
  }

  override func closed(errorCode: UInt32) {
    guard let connection else { return end(.failure(RPCError(.unavailable, "the connection was lost")), nil) }
    if connection.isClosed {
      end(.failure(RPCError(.unavailable, connection.closeReason)), nil)
    } else {
      let code = Self.code(ofReset: errorCode)
      end(.failure(RPCError(code, "the server reset the stream with HTTP/2 error \(errorCode)")), nil)
    }
  }

  // MARK: Messages

  /// Adds a message to what goes out.
  func send(_ message: [UInt8]) {
    if outcome != nil || sendingEnded { return }
    message.withUnsafeBytes { outgoing.append(message: $0) }
    wakeSender()
  }

  func waitUntilDrained(_ waiter: CheckedContinuation<Void, any Error>) {
    if case .failure(let error) = outcome { return waiter.resume(throwing: error) }
    if outcome != nil || outgoing.count <= Self.sendBufferBytes { return waiter.resume() }
    drained = waiter
  }

  func endSending() {
    if sendingEnded { return }
    sendingEnded = true
    wakeSender()
  }

  /// Resumes with the next message, with nil after the last, or with the error that the call ended with.
  func receive(_ waiter: CheckedContinuation<[UInt8]?, any Error>) {
    received = waiter
    deliver()
  }

  private func deliver() {
    if let length = incoming.completeLength {
      guard let waiter = received else { return }
      received = nil
      let message = [UInt8](incoming.message(length))
      incoming.consume(length + ByteBuffer.prefixBytes)
      consumed(min(unconsumed, length + ByteBuffer.prefixBytes))
      waiter.resume(returning: message)
      return
    }
    consumed(unconsumed)
    guard let outcome, let waiter = received else { return }
    received = nil
    waiter.resume(with: outcome.map { nil }.mapError { $0 as any Error })
  }

  // MARK: The end

  func cancel() {
    end(.failure(RPCError(.cancelled, "the call was cancelled")), NGHTTP2_CANCEL)
  }

  /// Ends the call once; messages that arrived before its end can still be received.
  func end(_ result: Result<Void, RPCError>, _ code: nghttp2_error_code?) {
    if outcome != nil { return }
    outcome = result
    deadline?.cancel()
    deadline = nil
    sendingEnded = true
    if let code { reset(code) } else { wakeSender() }
    if let waiter = drained {
      drained = nil
      waiter.resume(with: result.mapError { $0 as any Error })
    }
    deliver()
  }

  private func statusError(_ code: Int32) -> RPCError {
    // An answer of one header block has its trailers there: `PROTOCOL-HTTP2.md`, Trailers-Only.
    let last = trailers.isEmpty ? headers : trailers
    var error = RPCError(StatusCode(rawValue: code) ?? .unknown, grpcMessage, trailers: last)
    if let grpcDetails { error.details = RPCError.decodeDetails(grpcDetails) }
    return error
  }

  /// Source: `grpc/doc/http-grpc-status-mapping.md`.
  private static func code(ofHTTP status: Int) -> StatusCode {
    switch status {
    case 400: .internal
    case 401: .unauthenticated
    case 403: .permissionDenied
    case 404: .unimplemented
    case 429, 502, 503, 504: .unavailable
    default: .unknown
    }
  }

  /// Source: `grpc/doc/PROTOCOL-HTTP2.md`, Errors.
  private static func code(ofReset code: UInt32) -> StatusCode {
    switch nghttp2_error_code(code) {
    case NGHTTP2_REFUSED_STREAM: .unavailable
    case NGHTTP2_CANCEL: .cancelled
    case NGHTTP2_ENHANCE_YOUR_CALM: .resourceExhausted
    case NGHTTP2_INADEQUATE_SECURITY: .permissionDenied
    default: .internal
    }
  }
}
