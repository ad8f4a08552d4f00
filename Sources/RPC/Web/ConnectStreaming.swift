/// Connect's streams: envelopes like gRPC's frames. The last one holds the status in JSON.
///
/// Source: connectrpc.com/docs/protocol, Streaming RPCs.
final class ConnectStreaming: Dialect {
  /// The flag of the last envelope.
  private static let endFlag: UInt8 = 2

  init(_ codec: MessageCodec, fields: Metadata = [:]) {
    super.init(.connectStream(codec), codec: codec, fields: fields)
  }

  override func check(flags: UInt8) throws(RPCError) {
    if flags & Self.endFlag != 0 { throw RPCError(.invalidArgument, "only a response ends with an end-of-stream") }
    if flags > 1 { throw RPCError(.invalidArgument, "the envelope has unknown flags: \(flags)") }
  }

  override var encodingField: String { "connect-content-encoding" }

  override func ending(_ end: CallEnd) -> Ending {
    let text = ConnectError.endOfStream(end.error, trailers: end.trailers)
    let envelope = ByteBuffer.prefix(flags: Self.endFlag, count: text.utf8.count) + Array(text.utf8)
    return Ending(head: end.headersSent ? nil : head(end.headers, end.compression), tail: envelope)
  }
}
