/// Plain HTTP requests: a route, a preflight, a refusal.
final class PlainHTTP: Dialect {
  private let requestBytesMax: Int
  /// Whether the answer's body stays here: the caller asked with HEAD.
  let isHeadOnly: Bool
  private var isTooLarge = false

  init(requestBytesMax: Int, isHeadOnly: Bool = false, fields: Metadata = [:]) {
    self.requestBytesMax = requestBytesMax
    self.isHeadOnly = isHeadOnly
    super.init(.connectUnary(.json), codec: .json, fields: fields)
  }

  override func arrived(_ count: Int, in incoming: inout ByteBuffer) throws(RPCError) {
    if incoming.count > requestBytesMax {
      isTooLarge = true
      throw RPCError(.resourceExhausted, "the request has more bytes than the limit of \(requestBytesMax)")
    }
  }

  override var holdsHeaders: Bool { true }
  override var isBodyWhole: Bool { true }

  override func ending(_ end: CallEnd) -> Ending {
    if end.headersSent { return Ending() }
    guard let error = end.error else { return ending(HTTPResponse(status: 204)) }
    // A body beyond the limit has a status of its own in HTTP.
    let status = isTooLarge ? 413 : ConnectError.httpStatus(error.code)
    return ending(HTTPResponse(status: status, text: error.boundedMessage + "\n"))
  }

  /// The head of an answer whose body is written piece by piece.
  func head(status: Int, _ headers: Metadata, length: Int) -> HTTPResponseHead {
    var head = HTTPResponseHead(status: status)
    head.fields.append(headers)
    head.fields.append(fields)
    if status != 204 && status != 304 { head.fields.addAsIs("content-length", String(length)) }
    return head
  }

  /// The answer as a route gave it.
  func ending(_ response: HTTPResponse) -> Ending {
    var head = HTTPResponseHead(status: response.status)
    head.fields.append(response.headers)
    head.fields.append(fields)
    let hasBody = response.status != 204 && response.status != 304 && response.status >= 200
    if hasBody { head.fields.addAsIs("content-length", String(response.body.count)) }
    return Ending(head: head, dropsMessages: true, tail: hasBody && !isHeadOnly ? response.body : [])
  }
}
