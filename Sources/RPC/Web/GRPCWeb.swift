internal import Protobuf

/// gRPC-Web: gRPC's frames over any HTTP, with the trailers in a last frame. In its text form all of it is in base 64.
///
/// Source: `grpc/doc/PROTOCOL-WEB.md`. Binary metadata stays in base 64 in the trailers, as in every implementation in
/// use, because header lines cannot hold raw bytes.
final class GRPCWeb: Dialect {
  /// The flag of a frame that holds trailers.
  private static let trailersFlag: UInt8 = 0x80

  private let isText: Bool
  private let answersText: Bool
  private var decoder = Base64Stream()

  init(isText: Bool, answersText: Bool, fields: Metadata = [:]) {
    self.isText = isText
    self.answersText = answersText
    super.init(.grpcWeb(isText: answersText), codec: .proto, fields: fields)
  }

  override var translatesEvents: Bool { answersText }

  override func arrived(_ count: Int, in incoming: inout ByteBuffer) throws(RPCError) {
    if !isText { return }
    do throws(Base64Stream.Malformed) {
      try decoder.decodeLast(count, of: &incoming)
    } catch {
      throw RPCError(.internal, "the request is not base 64")
    }
  }

  override func ended(_ incoming: inout ByteBuffer) throws(RPCError) {
    if decoder.isInsideGroup { throw RPCError(.internal, "the request's base 64 ends within a group") }
  }

  override func framed(from kept: Int, of outgoing: inout ByteBuffer) {
    if answersText { Base64Stream.encode(from: kept, of: &outgoing) }
  }

  override func ending(_ end: CallEnd) -> Ending {
    let status = Metadata(status: end.error, trailers: end.trailers)
    if end.error != nil && !end.headersSent {
      var head = head(end.headers, .identity)
      head.fields.append(status)
      return Ending(head: head, dropsMessages: true)
    }
    return Ending(head: end.headersSent ? nil : head(end.headers, end.compression), tail: frame(status))
  }

  private func frame(_ trailers: Metadata) -> [UInt8] {
    let block = trailers.entries.map { "\($0.key): \($0.value)\r\n" }.joined()
    let frame = ByteBuffer.prefix(flags: Self.trailersFlag, count: block.utf8.count) + Array(block.utf8)
    if !answersText { return frame }
    var buffer = ByteBuffer()
    buffer.append(frame)
    Base64Stream.encode(from: 0, of: &buffer)
    return Array(buffer.bytes)
  }
}

extension Metadata {
  /// The fields that say how a call ended, as gRPC's trailers have them.
  init(status error: RPCError?, trailers: Metadata) {
    self.init()
    addAsIs("grpc-status", String(error?.code.rawValue ?? 0))
    if let error {
      if !error.message.isEmpty {
        addAsIs("grpc-message", String(decoding: PercentEncoding.encode(error.boundedMessage), as: UTF8.self))
      }
      if let details = error.encodedDetails { addAsIs("grpc-status-details-bin", Base64.encode(details)) }
    }
    append(trailers)
    if let error { append(error.trailers) }
  }
}
