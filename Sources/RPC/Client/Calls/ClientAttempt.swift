internal import CNGHTTP2
internal import EventLoop

/// One attempt at a call: one stream of a connection. It reads the response and reports the outcome to its call.
final class ClientAttempt: HTTPStream {
  private(set) var head = ResponseHead()
  /// The call that waits for it; nil once it has ended.
  private var call: ClientCall?
  private var limits = ClientLimits()
  /// The compression of its requests.
  var compression = Compression.identity

  /// Whether its call still waits for it.
  var isLive: Bool { call != nil }

  /// Opens the stream for `call`, whose messages have been added already.
  func open(_ call: ClientCall, on connection: ClientConnection, _ fields: consuming HeaderBlock) {
    self.call = call
    limits = call.channel.options.limits
    let session = connection.http2
    if !fields.withFields({ session.submit(request: $0, of: self) }) { return finish(.neverSent, Self.noMoreCalls) }
    connection.needsFlush()
  }

  /// Resets it, except for the memory of its buffers. Only when nothing references it.
  func recycle() {
    resetStream()
    head.reset()
    compression = .identity
  }

  /// Its call has no use for the answer any more.
  func abandon() {
    guard call != nil else { return }
    call = nil
    sendingEnded = true
    reset(NGHTTP2_CANCEL)
  }

  // MARK: From the wire

  override func received(header name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
    head.add(name, value, within: limits)
  }

  override func receivedHeaders(isTrailers: Bool) {
    if head.blockEnded() { return }
    if let connection { unsafeDowncast(connection, to: ClientConnection.self).callAnswered() }
    guard let call else { return }
    if let refusal = head.refusal { return fail(refusal, NGHTTP2_CANCEL) }
    // A status in the first block is all of the answer: nothing of it has been seen that would bind the call.
    if head.status == nil { call.answerBegan(head.headers) }
  }

  override func receivedData(_ count: Int) {
    guard let call else {
      incoming.removeAll()
      return consumed(unconsumed)
    }
    if let violation = framingViolation(of: call) { return fail(violation, NGHTTP2_CANCEL) }
    call.deliver()
  }

  override func receivedEnd() {
    guard let call else { return }
    if let failure = head.failure { return fail(failure, nil) }
    if !call.sendsManyResponses && !incoming.isEmpty && incoming.completeLength == nil {
      return fail(Self.truncated, nil)
    }
    self.call = nil
    endRequests()
    call.attemptSucceeded(head.headers, head.trailers)
  }

  override func outgoingDrained() { call?.drained(outgoing.count) }

  override func closed(errorCode: UInt32) {
    guard call != nil, let connection else { return }
    let wasOpened = (connection as? ClientConnection)?.http2.hasOpened(self) ?? true
    if !wasOpened {
      finish(.neverSent, Self.noMoreCalls)
    } else if connection.isClosed || connection.isFinished {
      finish(.ended(.unavailable, .none), RPCError(.unavailable, connection.closeReason))
    } else {
      let code = StatusCode(reset: errorCode)
      let error = RPCError(code, "the server reset the stream with HTTP/2 error \(errorCode)")
      finish(errorCode == NGHTTP2_REFUSED_STREAM.rawValue ? .refused : .ended(code, .none), error)
    }
  }

  // MARK: Its messages

  /// The next message of the answer, if it is there wholly.
  func nextMessage(of call: ClientCall) throws(RPCError) -> [UInt8]? {
    if let violation = framingViolation(of: call) { throw violation }
    guard let length = incoming.completeLength else {
      makeRoom()  // for the message that is awaited
      return nil
    }
    let message =
      try incoming.isCompressed
      ? inflated(length, on: call.loop, limit: limits.responseBytesMax) : [UInt8](incoming.message(length))
    incoming.consume(length + ByteBuffer.prefixBytes)
    consumed(min(unconsumed, length + ByteBuffer.prefixBytes))
    return message
  }

  /// Gives the server window for what has arrived, though it was not read yet.
  func makeRoom() { consumed(unconsumed) }

  /// The framing error of the bytes at the front of `incoming`; nil if there is none.
  private func framingViolation(of call: ClientCall) -> RPCError? {
    guard let length = incoming.declaredLength else { return nil }
    if incoming.isCompressed, let violation = compressionViolation { return violation }
    let limit = limits.responseBytesMax
    if length > limit && (!incoming.isCompressed || length > Compression.wireBytesMax(limit: limit)) {
      return RPCError(
        .resourceExhausted, "a response has \(length) bytes, more than the limit of \(limits.responseBytesMax)")
    }
    if !call.sendsManyResponses && incoming.count > length + ByteBuffer.prefixBytes { return Self.tooMany }
    return nil
  }

  // MARK: The end

  /// The attempt failed by the server's word or our judgement; `code` resets a stream that may still be open.
  private func fail(_ error: RPCError, _ code: nghttp2_error_code?) {
    let pushback = head.pushback
    if let code {
      sendingEnded = true
      reset(code)
    } else {
      endRequests()
    }
    finish(.ended(error.code, pushback), error)
  }

  private func finish(_ failure: CallRetries.Failure, _ error: RPCError) {
    guard let call else { return }
    self.call = nil
    call.attemptFailed(failure, error, head.headers, head.trailers)
  }

  /// The answer is complete: what was not sent yet is of no interest any more.
  private func endRequests() {
    if isOpen && !(sendingEnded && outgoing.isEmpty) {
      sendingEnded = true
      reset(NGHTTP2_NO_ERROR)
    }
  }

  private static let noMoreCalls = RPCError(.unavailable, "the connection ended before the call was sent")
  static let truncated = RPCError(.internal, "the response ends within a message")
  static let tooMany = RPCError(.unimplemented, "the call has more than one response")
}
