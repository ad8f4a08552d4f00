public import Protobuf

/// The messages of a call on the wire: checked, counted and bounded.
extension Call {
  /// The request of a call that has but one; generated code takes it, once, and hands it to the handler.
  /// - Throws: ``RPCError`` when it cannot be decoded or passes a limit.
  public func onlyRequest<Request: Message>() throws -> Request {
    guard let length = incoming.declaredLength else {
      throw RPCError(.internal, incoming.isEmpty ? "no request was sent" : "a truncated request was sent")
    }
    if incoming.count != length + ByteBuffer.prefixBytes {
      throw RPCError(.internal, "the length of the request differs from its prefix, or more than one request was sent")
    }
    let request: Request = try takeMessage(length, in: arena)
    if chargedBytes > 0 {
      incoming.reset(keepBytes: Self.keptBufferBytes)
      releaseCharge()
    }
    return request
  }

  /// Decodes the message at the front of `incoming`, which is there wholly, and drops its bytes.
  func takeMessage<Request: Message>(_ length: Int, in arena: Arena) throws -> Request {
    defer { incoming.consume(length + ByteBuffer.prefixBytes) }
    if let dialect { try dialect.check(flags: incoming.start[0]) }
    requestWasCompressed = incoming.isCompressed
    if requestWasCompressed { return try inflateMessage(length, in: arena) }
    tookMessage(length)
    return try decode(incoming.message(length), in: arena)
  }

  @inline(__always)
  func decode<Request: Message>(_ bytes: UnsafeRawBufferPointer, in arena: Arena) throws -> Request {
    let request: Request
    if let dialect, dialect.codec == .json {
      request = try decode(json: bytes, in: arena)
    } else {
      do {
        let limits = DecodeLimits(
          elementsMax: server.limits.requestElementsMax,
          keepsUnknownFields: self.request.method?.rules.keepsUnknownFields ?? false)
        request = try Request(decoding: bytes, in: arena, limits: limits)
      } catch {
        throw RPCError(decoding: error)
      }
    }
    try chargeDecoded(in: arena)
    if let requestCheck { try requestCheck(request.storage) }
    return request
  }

  /// Appends a message with its prefix to the outgoing bytes. `compressed` says whether to compress it; by default, it
  /// is compressed if that saves enough.
  func append<Response: Message>(_ message: Response, compressed: Bool? = nil) throws {
    if let dialect { return try append(message, compressed, by: dialect) }
    try encode(message)
    try appendEncoded(compressed)
  }

  @inline(__always)
  func encode<Response: Message>(_ message: Response) throws {
    buffers.encode.reset(keepBytes: LoopBuffers.keptEncodeBytes)
    do {
      try message.encode(into: &buffers.encode)
    } catch {
      throw RPCError(.internal, "the response could not be encoded")
    }
  }

  @inline(__always)
  func appendEncoded(_ compressed: Bool?) throws {
    let length = buffers.encode.count
    if length > server.limits.responseBytesMax {
      throw RPCError(.resourceExhausted, "the response of \(length) bytes is larger than the server's limit")
    }
    if !origin.takesResponse(length) {
      throw RPCError(.resourceExhausted, "too many unread responses of this connection, its address or the server")
    }
    gaveMessage(length)
    if compression != .identity && compressed ?? (length >= Compression.worthwhileBytesMin) {
      return appendCompressed()
    }
    buffers.encode.withUnsafeBytes { outgoing.append(message: $0) }
  }

  /// Answers a call that has but one response; generated code does so with what the handler returns.
  public func respond<Response: Message>(with message: Response) {
    if isFinished || !isOpen { return }
    do {
      try append(message)
    } catch {
      finish(RPCError(thrown: error))
    }
  }
}
