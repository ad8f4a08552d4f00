internal import EventLoop

/// Compressed messages of a client's call. Source: `grpc/doc/compression.md`.
extension ClientAttempt {
  /// Adds a request to what goes out.
  func add(_ message: [UInt8], on connection: Connection) {
    message.withUnsafeBytes {
      if compression == .identity || $0.count < Compression.worthwhileBytesMin {
        outgoing.append(message: $0)
      } else {
        connection.buffers.codecs.append(message: $0, compression, to: &outgoing)
      }
    }
  }

  /// The error of the compressed message at the front of `incoming`, as far as its prefix and the headers show it.
  var compressionViolation: RPCError? {
    if incoming.start[0] != ByteBuffer.compressedFlag {
      return RPCError(.internal, "the flag before a message is neither 0 nor 1")
    }
    switch head.encoding {
    case .identity:
      return RPCError(.internal, "a message says that it is compressed, but grpc-encoding does not say how")
    case nil:
      return RPCError(
        .internal, "the response has an unsupported compression; supported are \(CompressionSet.advertised)")
    default: return nil
    }
  }

  /// The compressed message at the front of `incoming`, which is there wholly.
  func inflated(_ length: Int, on loop: EventLoop, limit: Int) throws(RPCError) -> [UInt8] {
    let encoding = head.encoding ?? .identity
    let codecs = LoopBuffers.of(loop).codecs
    let result = Result { try codecs.inflate(incoming.message(length), encoding, limit: limit) { [UInt8]($0) } }
    switch result {
    case .success(let message): return message
    case .failure(let error as InflationError): throw RPCError(inflating: error, encoding, of: "response")
    case .failure: throw RPCError(.internal, "the response cannot be read")
    }
  }
}
