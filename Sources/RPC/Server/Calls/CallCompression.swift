internal import Protobuf

/// Compressed messages of a call. Source: `grpc/doc/compression.md`.
extension Call {
  /// Decodes the compressed message at the front of `incoming`, which is there wholly.
  func inflateMessage<Request: Message>(_ length: Int, in arena: Arena) throws -> Request {
    guard incoming.start[0] == ByteBuffer.compressedFlag else {
      throw RPCError(.internal, "the flag before a message is neither 0 nor 1")
    }
    let encoding = request.encoding
    if encoding == .identity {
      throw RPCError(.internal, "a message says that it is compressed, but grpc-encoding does not say how")
    }
    do {
      return try buffers.codecs.inflate(incoming.message(length), encoding, limit: requestBytesMax) {
        tookMessage($0.count)
        return try decode($0, in: arena)
      }
    } catch let error as InflationError {
      throw RPCError(inflating: error, encoding, of: "request")
    }
  }

  /// Appends what was encoded last, compressed if the headers can say so and it becomes smaller.
  func appendCompressed() {
    let encoding = settleCompression() == compression ? compression : .identity
    buffers.encode.withUnsafeBytes { buffers.codecs.append(message: $0, encoding, to: &outgoing) }
  }

  /// The compression that the headers announce from now on.
  func settleCompression() -> Compression {
    if let settledCompression { return settledCompression }
    let settled = request.accepted.contains(compression) ? compression : .identity
    settledCompression = settled
    return settled
  }
}

extension RPCError {
  /// The error for a message that cannot be decompressed; `what` is "request" or "response".
  init(inflating error: InflationError, _ encoding: Compression, of what: String) {
    switch error {
    case .corrupt: self.init(.internal, "the \(what) is not valid \(encoding.name) data")
    case .overLimit(let limit):
      self = RuntimeReason.requestTooLarge.error(
        "the \(what) has more than \(limit) bytes when it is decompressed",
        metadata: ["limit_bytes": "\(limit)"])
    }
  }
}
