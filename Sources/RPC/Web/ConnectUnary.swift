/// Connect's unary calls: the body is the message, and the HTTP status is the outcome.
///
/// Source: connectrpc.com/docs/protocol, Unary RPCs.
final class ConnectUnary: Dialect {
  private let bytesMax: Int
  private let isCompressed: Bool
  /// The message in the target of a GET, whose body is ignored.
  private let message: [UInt8]?
  /// Whether the answer's body stays here: the caller asked with HEAD.
  private let isHeadOnly: Bool
  private var isAnswerCompressed = false

  /// `bytesMax`: of the body as it comes.
  init(
    _ codec: MessageCodec, bytesMax: Int, isCompressed: Bool = false, message: [UInt8]? = nil,
    isHeadOnly: Bool = false, fields: Metadata = [:]
  ) {
    self.bytesMax = bytesMax
    self.isHeadOnly = isHeadOnly
    self.isCompressed = isCompressed
    self.message = message
    super.init(.connectUnary(codec), codec: codec, fields: fields)
  }

  /// The body gets a frame around it, whose length is known at its end.
  override func begin(_ incoming: inout ByteBuffer) {
    incoming.append(message: message ?? [])
  }

  override func arrived(_ count: Int, in incoming: inout ByteBuffer) throws(RPCError) {
    if message != nil { return incoming.removeLast(count) }
    if incoming.count - ByteBuffer.prefixBytes > bytesMax {
      throw RPCError(requestOf: nil, limit: bytesMax)
    }
  }

  override func ended(_ incoming: inout ByteBuffer) throws(RPCError) {
    // Empty messages are never compressed.
    incoming.completePrefix(isCompressed: isCompressed && incoming.count > ByteBuffer.prefixBytes)
  }

  override var holdsHeaders: Bool { true }
  override var isBodyWhole: Bool { true }

  /// The frame comes off again.
  override func framed(from kept: Int, of outgoing: inout ByteBuffer) {
    outgoing.consume(kept)
    isAnswerCompressed = outgoing.isCompressed
    outgoing.consume(ByteBuffer.prefixBytes)
  }

  override func ending(_ end: CallEnd) -> Ending {
    guard let error = end.error else {
      var head = head(end.headers, .identity)
      add(trailers: end.trailers, to: &head)
      if isAnswerCompressed { head.fields.addAsIs("content-encoding", end.compression.name) }
      addCaching(isPersonal: end.isPersonal, to: &head)
      head.fields.addAsIs("content-length", String(end.bodyCount))
      return Ending(head: head, dropsMessages: isHeadOnly)
    }
    let body = Array(ConnectError.json(error).utf8)
    var head = HTTPResponseHead(status: ConnectError.httpStatus(error.code), contentType: "application/json")
    head.fields.append(fields)
    head.fields.append(end.headers)
    add(trailers: end.trailers, to: &head)
    add(trailers: error.trailers, to: &head)
    addCaching(isPersonal: true, to: &head)
    head.fields.addAsIs("content-length", String(body.count))
    return Ending(head: head, dropsMessages: true, tail: isHeadOnly ? [] : body)
  }

  /// Adds the fields for caches, which may store responses to GET: they must distinguish compressed ones, keep those of
  /// authenticated callers private, and store no errors. They store no responses to POST.
  private func addCaching(isPersonal: Bool, to head: inout HTTPResponseHead) {
    if message == nil { return }
    head.fields.addAsIs("vary", "accept-encoding, accept-language, authorization")
    if isPersonal { head.fields.addAsIs("cache-control", "no-store") }
  }

  private func add(trailers: Metadata, to head: inout HTTPResponseHead) {
    for entry in trailers.entries { head.fields.addAsIs("trailer-" + entry.key, entry.value) }
  }
}
