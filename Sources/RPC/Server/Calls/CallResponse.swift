internal import EventLoop

/// The response of a call: headers, status and trailers.
extension Call {
  /// Sends the leading headers now; nothing when they have gone.
  func sendHeaders() {
    guard !headersSent, isOpen, !isFinished, dialect?.holdsHeaders != true else { return }
    submitHeaders()
    wakeSender()
  }

  private func submitHeaders() {
    headersSent = true
    if let dialect { return submit(dialect.head(answerHeaders, settleCompression()), endsStream: false) }
    if headers.isEmpty && compression == .identity && settledCompression == nil { return submitUsualHeaders() }
    var block = HeaderBlock()
    block.add(":status", "200")
    block.add("content-type", "application/grpc")
    let compression = settleCompression()
    if compression != .identity {
      block.add("grpc-encoding", compression.name)
      block.add("grpc-accept-encoding", CompressionSet.advertised)
    }
    block.add(answerHeaders)
    submit(block, endsStream: false)
  }

  private func submitUsualHeaders() {
    withSession { session in
      guard let quota else { return session.submit(response: StaticFields.answer.fields, of: self, endsStream: false) }
      QuotaFields.with(quota, isFirst: !session.hasToldQuota) {
        session.submit(response: $0, of: self, endsStream: false)
      }
      session.hasToldQuota = true
    }
  }

  /// Sends header fields; with `endsStream`, nothing follows.
  func submit(_ block: consuming HeaderBlock, endsStream: Bool) {
    block.withFields { fields in
      withSession { $0.submit(response: fields, of: self, endsStream: endsStream) }
    }
  }

  /// The headers, and what is left to the caller.
  var answerHeaders: Metadata {
    guard let quota else { return headers }
    var all = headers
    all.append(quota.fields)
    return all
  }

  /// Ends the call with a status, once; the first one counts.
  func finish(_ error: RPCError?) { end(error, nil) }

  /// The same as ``finish(_:)``; `plain` is the response to a request that is not a call.
  func end(_ error: RPCError?, _ plain: Dialect.Ending?) {
    if isFinished { return }
    let error = error?.withReason
    isFinished = true
    sendingEnded = true
    source = nil
    deadlineTimer?.cancel()
    ending = error
    if !isRunning { releaseRequestMemory() }
    guard isOpen else { return }
    if incoming.count > 0 || unconsumed > 0 {
      incoming.reset(keepBytes: Self.keptBufferBytes)
      tookBytes(withheldBytes + unconsumed)
    }
    if let dialect {
      send(plain ?? ending(error, in: dialect))
    } else if let error, !headersSent {
      outgoing.removeAll()
      submitTrailersOnly(error)
    } else if !headersSent {
      submitHeaders()
    }
    wakeSender()
  }

  private func submitTrailersOnly(_ error: RPCError) {
    var block = HeaderBlock()
    block.add(":status", "200")
    block.add("content-type", "application/grpc")
    block.add(answerHeaders)
    block.add(status: error, trailers: trailers)
    submit(block, endsStream: true)
  }

  /// Hands the status to the session.
  /// - Returns: whether it will go.
  func submitStatus() -> Bool {
    withSession { session in
      if ending == nil && trailers.isEmpty { return session.submit(trailers: StaticFields.ok.fields, of: self) }
      var block = HeaderBlock()
      block.add(status: ending, trailers: trailers)
      return block.withFields { session.submit(trailers: $0, of: self) }
    } ?? false
  }
}
