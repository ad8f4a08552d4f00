internal import CNGHTTP2
internal import EventLoop
internal import Glibc

/// HTTP/1.1 and 1.0 on a server's connection. It serves one request at a time, and reads the next after the response.
///
/// TCP stops a client that sends ahead: a second request, or more of a body than the handler has taken.
final class HTTP1Session: HTTPSession {
  /// The timeout for the head of a request, from its first byte on.
  private static let headTimeMax = Duration.seconds(10)
  /// The timeout for the next request of a connection.
  private static let idleTimeMax = Duration.seconds(60)
  /// Requests of a pipeline that are answered before others on the loop have their turn.
  private static let requestsPerTurnMax = 64

  private let parser: HTTP1Parser
  private let limits: RPCLimits
  /// Bytes that may not be looked at yet.
  private var pending = ByteBuffer()
  /// Heads of answers that wait to go.
  private var heads = ByteBuffer()
  private var head = HTTP1Parser.Head()
  private var answer: HTTP1Response?
  private var lastID: Int32 = -1
  private var discardedBytes = 0
  private var answeredInTurn = 0
  /// The rest of a pipeline waits for the next turn of the loop.
  private var yields = false
  private var keepsAlive = true
  /// There is no room for the request whose head comes.
  private var isUnserved = false
  /// The caller waits for 100 Continue.
  private var owesContinue = false
  private var isDraining = false
  /// The notice's time is over.
  private var isGone = false
  /// Nothing is read any more but to be thrown away; the connection ends when everything has been sent.
  private var isEnding = false
  private var timer: Timer!

  init(servingOn connection: Connection, limits: RPCLimits) {
    self.limits = limits
    parser = HTTP1Parser(limits: limits)
    super.init(on: connection)
    timer = Timer { [unowned self] in timeIsUp() }
    expect(.idle)
  }

  /// The request being answered, which the list of streams holds.
  private var stream: HTTPStream? { firstStream }

  // MARK: Reading

  override func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if isEnding { return true }
    if !hasGreeted {
      hasGreeted = true
      connection.peerGreeted()
    }
    if pending.isEmpty { answeredInTurn = 0 }
    let taken = pending.isEmpty ? take(bytes) : 0
    if taken < bytes.count, let start = bytes.baseAddress { pending.append(start + taken, bytes.count - taken) }
    updateReading()
    return true
  }

  /// Takes as many bytes as the present request, its window and its answer allow.
  private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
    var taken = 0
    while taken < bytes.count && mayTake {
      if parser.isComplete { parser.begin() }
      do throws(HTTP1Refusal) {
        taken += try parser.take(UnsafeRawBufferPointer(rebasing: bytes[taken...]), to: self)
      } catch {
        refuse(error)
      }
    }
    awaitMore()
    return isEnding ? bytes.count : taken
  }

  private var mayTake: Bool {
    if isEnding || yields { return false }
    guard let stream else { return true }
    return !parser.isComplete && stream.unconsumed < limits.streamWindowBytes
  }

  private func takePending() {
    if pending.isEmpty || !mayTake { return }
    pending.consume(take(pending.bytes))
    if isEnding { pending.removeAll() }
    updateReading()
    endUnfinished()
    connection.afterReceive()
  }

  override var owesAnswers: Bool { stream != nil || parser.isInside || !pending.isEmpty || !heads.isEmpty }

  override func inputEnded() { endUnfinished() }

  /// No more bytes come: an incomplete request is dropped, and a complete one is the last.
  private func endUnfinished() {
    guard connection.hasInputEnded, pending.isEmpty, !isEnding else { return }
    if stream == nil && (!parser.isInside || parser.isInsideBody) { return end() }
    if !parser.isComplete { refuse(.malformed) }
  }

  /// Until bytes wait that may not be taken, reading goes on, so that a caller's leaving is noticed.
  private func updateReading() { connection.pausesReading = !isEnding && !pending.isEmpty }

  private func refuse(_ refusal: HTTP1Refusal) {
    let isAnswered = answer != nil
    timer.cancel()
    if let stream { remove(stream, errorCode: NGHTTP2_PROTOCOL_ERROR.rawValue) }
    if isAnswered {
      // Half an answer has gone: only the end of the connection can say that the rest will not come.
      heads.removeAll()
    } else {
      HTTP1Response.refusal(refusal, out: &heads)
    }
    answer = nil
    end()
  }

  private func end() {
    isEnding = true
    pending.removeAll()
    updateReading()
    needsFlush()
  }

  // MARK: Time

  private enum Wait {
    case idle
    case head
    /// The rest of a body whose request has been answered.
    case body
    /// The loop's next turn.
    case turn
  }

  private var wait = Wait.idle

  private func expect(_ wait: Wait) {
    self.wait = wait
    let time: Duration =
      switch wait {
      case .idle: Self.idleTimeMax
      case .head: Self.headTimeMax
      case .body: limits.requestStallMax
      case .turn: .zero
      }
    timer.cancel()
    loop.schedule(timer, after: time)
  }

  /// Sets the timer for what the caller has to do next. There is none while a request is at work: its own stalls are
  /// found by ``StallSweep``, as those of every other stream.
  private func awaitMore() {
    if isEnding { return }
    if stream != nil {
      timer.cancel()
    } else if parser.isInsideBody {
      expect(.body)
    } else if parser.isInside {
      // The head's time runs from its first byte.
      if wait != .head || !timer.isScheduled { expect(.head) }
    } else {
      expect(.idle)
    }
  }

  private func timeIsUp() {
    switch wait {
    case .idle: connection.finish()
    case .head, .body: refuse(.tooSlow)
    case .turn:
      yields = false
      answeredInTurn = 0
      takePending()
      needsFlush()
    }
  }

  // MARK: Writing

  override func gather() -> Bool {
    takePending()
    appendHeads()
    if let stream, answer != nil, !isEnding { appendBody(of: stream) }
    appendHeads()
    return !buffers.outgoing.isEmpty
  }

  private func appendHeads() {
    if heads.isEmpty { return }
    buffers.outgoing.append(heads.start, heads.count)
    heads.reset(keepBytes: 4096)
  }

  private func appendBody(of stream: HTTPStream) {
    while buffers.outgoing.count < LoopBuffers.sendBytes {
      if !stream.outgoing.isEmpty {
        let count = min(stream.outgoing.count, LoopBuffers.sendBytes)
        appendPiece(stream.outgoing.bytes, count)
        stream.outgoing.consume(count)
        stream.outgoingDrained()
      } else if let source = stream.source, appendShared(source) {
        continue
      } else if stream.sendingEnded {
        return finish(stream)
      } else {
        stream.isDeferred = true
        return
      }
    }
  }

  private func appendPiece(_ bytes: UnsafeRawBufferPointer, _ count: Int) {
    guard let start = bytes.baseAddress, count > 0, answer?.framing != HTTP1Response.Framing.none else { return }
    let isChunked = answer?.framing == .chunked
    if isChunked { buffers.outgoing.append(String(count, radix: 16) + "\r\n") }
    buffers.outgoing.append(start, count)
    if isChunked { buffers.outgoing.append("\r\n") }
  }

  /// Takes what a source has that streams share.
  /// - Returns: whether it had anything.
  private func appendShared(_ source: StreamSource) -> Bool {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.sharedPieceBytes) { piece in
      let count = source.fill(piece.baseAddress.unsafelyUnwrapped, piece.count)
      appendPiece(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(piece)[..<count]), count)
      return count > 0
    }
  }

  /// Bytes taken at once of what streams share.
  private static let sharedPieceBytes = 16 * 1024

  /// The answer is whole.
  private func finish(_ stream: HTTPStream) {
    _ = stream.submitTrailers()
    if answer?.framing == .chunked { buffers.outgoing.append("0\r\n\r\n") }
    let closes = !keepsAlive || isGone || answer?.framing == .untilClosed
    answer = nil
    remove(stream, errorCode: NGHTTP2_NO_ERROR.rawValue)
    if closes { return end() }
    discardedBytes = 0
    answeredInTurn += 1
    yields = answeredInTurn >= Self.requestsPerTurnMax && !pending.isEmpty
    if yields { return expect(.turn) }
    awaitMore()
    takePending()
    updateReading()
    endUnfinished()
  }

  override var isDone: Bool { isEnding && heads.isEmpty }

  /// Answers that begin from now on say that the connection closes, and it does. One that is idle, or was told to stay,
  /// is open until the notice's time is over: its caller may just have sent a request, and would not know whether it
  /// was begun (RFC 9112, section 9.5).
  override func announceGoingAway() { isDraining = true }

  override func goAway() {
    isGone = true
    if stream == nil { end() }
  }

  override func connectionClosed() {
    timer.cancel()
    super.connectionClosed()
  }

  // MARK: For the streams

  override func submit(response fields: HeaderFields, of stream: HTTPStream, endsStream: Bool) {
    if isEnding { return }
    // A caller that received no 100 Continue may send its body or not, so the next bytes are ambiguous.
    if owesContinue && !parser.isComplete { keepsAlive = false }
    if isDraining { keepsAlive = false }
    answer = HTTP1Response(fields, to: head, endsStream: endsStream, keepsAlive: keepsAlive, out: &heads)
    if endsStream { stream.sendingEnded = true }
    needsFlush()
  }

  override func resume(_ stream: HTTPStream) { needsFlush() }

  override func consumed(_ count: Int, of stream: HTTPStream) { needsFlush() }

  /// The only stream there is cannot end without the connection.
  override func reset(_ stream: HTTPStream, _ code: nghttp2_error_code) { connection.close() }
}

extension HTTP1Session: HTTP1RequestReceiver {
  func received(header name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
    if let stream { return stream.received(header: name, value: value) }
    guard !isUnserved, let opened = connection.openStream() else {
      isUnserved = true
      return
    }
    lastID = lastID &+ 2
    add(opened, id: lastID)
    pseudo(":protocol", "HTTP/1.1", of: opened)
    opened.received(header: name, value: value)
  }

  private func pseudo(_ name: StaticString, _ value: StaticString, of stream: HTTPStream) {
    stream.received(
      header: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
      value: UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
  }

  func receivedHead(_ head: HTTP1Parser.Head) {
    self.head = head
    guard let stream else { return refuse(.overloaded) }
    keepsAlive = head.keepsAlive
    owesContinue = head.expectsContinue
    stream.receivedHeaders(isTrailers: false)
    if owesContinue && head.hasBody && answer == nil {
      owesContinue = false
      heads.append("HTTP/1.1 100 Continue\r\n\r\n")
    }
  }

  func received(body: UnsafeRawBufferPointer) {
    guard let start = body.baseAddress else { return }
    guard let stream else {
      // The connection is kept if the unread body is not larger than any method's limit.
      discardedBytes += body.count
      if discardedBytes > limits.requestBytesMax { end() }
      return
    }
    stream.incoming.append(start, body.count)
    stream.unconsumed += body.count
    stream.stillSince = 0
    stream.receivedData(body.count)
  }

  func receivedEnd() {
    guard let stream else { return }
    stream.peerEnded = true
    stream.receivedEnd()
  }
}
