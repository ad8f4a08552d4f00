internal import Protobuf

/// Calls in a dialect other than gRPC over HTTP/2.
extension Call {
  /// The headers are complete, and they are not those of gRPC over HTTP/2.
  func receivedWebHeaders() {
    let web = server.web
    let head = request.web
    let cross = web.fields(origin: head.metadata["origin"])
    let limit = server.limits.requestBytesMax
    if let contradiction = request.contradiction {
      return answer(HTTPResponse(status: 400, text: "\(contradiction)"), cross)
    }
    if request.isTooLarge { return answer(HTTPResponse(status: 431, text: "the header fields are too large\n"), cross) }
    switch head.decide(web) {
    case .answer(let response): answer(response, cross)
    case .preflight(let response): answer(response, [:])
    case .foreign(let origin):
      server.refusedOrigins.note(origin, by: web.crossOrigin, server.logger)
      answer(web.crossOrigin.refusal(of: origin), [:])
    case .route(let match):
      dialect = PlainHTTP(
        requestBytesMax: min(limit, match.route.bodyBytesMax), isHeadOnly: head.method == "HEAD", fields: cross)
      handling = Method(path: match.route.path, kind: .unary) { call in
        let request = call.plainRequest(head, match.parameters)
        switch match.route.answering {
        case .whole(let handler): call.answer(try await handler(request))
        case .inPieces(let handler): try await HTTPResponseWriter(call).run(handler, request)
        }
      }
      if admission != .usual { awaitRequestSoon() }
    case .call(let called): begin(called)
    }
  }

  private func begin(_ called: WebRequest.Called) {
    dialect = called.dialect
    request.adopt(called.method, called.encoding, called.accepted)
    if let refusal = called.refusal { return refuse(refusal) }
    called.dialect.begin(&incoming)
    if let length = incoming.declaredLength, length > requestBytesMax {  // of a GET, whose query is here
      return refuse(RPCError(requestOf: length, limit: requestBytesMax))
    }
    accept(timeout: called.timeout)
    if compression == .identity { compression = called.preferredCompression }
  }

  private func plainRequest(_ head: WebRequest, _ parameters: [String: String]) -> HTTPRequest {
    defer { incoming.removeAll() }
    return HTTPRequest(
      method: head.method, path: head.path, query: head.query, headers: head.metadata, peer: peer,
      body: Array(incoming.bytes), parameters: parameters)
  }

  // MARK: The request's bytes

  /// Brings what has arrived into gRPC's frames.
  /// - Returns: whether that could be done.
  func translate(_ count: Int, by dialect: Dialect) -> Bool {
    do throws(RPCError) {
      try dialect.arrived(count, in: &incoming)
      return true
    } catch {
      finish(error)
      return false
    }
  }

  /// - Returns: whether the request is whole.
  func translateEnd(by dialect: Dialect) -> Bool {
    do throws(RPCError) {
      try dialect.ended(&incoming)
      return true
    } catch {
      finish(error)
      return false
    }
  }

  // MARK: Messages

  /// Decodes a message from JSON, whose errors name the field.
  func decode<Request: Message>(json: UnsafeRawBufferPointer, in arena: Arena) throws -> Request {
    do throws(JSONError) {
      // An empty body is the message without fields, as `curl -d ''` sends it.
      if json.isEmpty { return Request(in: arena) }
      let options = JSONReadingOptions(elementsMax: server.limits.requestElementsMax)
      return try Request(json: json, in: arena, options: options)
    } catch {
      let details: [ErrorDetail] =
        error.path.isEmpty ? [] : [.badRequest([.init(field: error.path, description: "\(error.reason)")])]
      throw RuntimeReason.requestMalformed.error(
        "the request is not valid JSON of its message: \(error)", details: details)
    }
  }

  func append<Response: Message>(_ message: Response, _ compressed: Bool?, by dialect: Dialect) throws {
    if dialect.codec == .json { try encodeJSON(message) } else { try encode(message) }
    let kept = outgoing.count
    try appendEncoded(compressed)
    dialect.framed(from: kept, of: &outgoing)
  }

  private func encodeJSON<Response: Message>(_ message: Response) throws {
    do throws(JSONWritingError) {
      let json = try message.jsonBytes()
      buffers.encode.reset(keepBytes: LoopBuffers.keptEncodeBytes)
      json.withUnsafeBytes { buffers.encode.prepend(contentsOf: $0) }
    } catch {
      throw RPCError(.internal, "the response could not be encoded")
    }
  }

  // MARK: The answer

  /// Answers as HTTP, without a call.
  func answer(_ response: HTTPResponse, _ fields: Metadata) {
    let plain = PlainHTTP(
      requestBytesMax: server.limits.requestBytesMax, isHeadOnly: request.web.method == "HEAD", fields: fields)
    dialect = plain
    answer(response)
  }

  private func answer(_ response: HTTPResponse) {
    guard let plain = dialect as? PlainHTTP, !isFinished else { return }
    end(nil, plain.ending(response))
  }

  func submit(_ head: HTTPResponseHead, endsStream: Bool) {
    headersSent = true
    var block = HeaderBlock()
    block.add(":status", String(head.status))
    block.add(head.fields)
    if !request.isHTTP1 { block.add("date", HTTPDate.now()) }  // that of HTTP/1.1 has it from its session
    submit(block, endsStream: endsStream)
  }

  /// The end of the call in the words of its dialect.
  func ending(_ error: RPCError?, in dialect: Dialect) -> Dialect.Ending {
    dialect.ending(
      CallEnd(
        error: error, headers: answerHeaders, trailers: trailers, headersSent: headersSent,
        compression: settleCompression(), bodyCount: outgoing.count,
        isPersonal: principal != nil || request.metadata["authorization"] != nil))
  }

  /// Sends how the call ended.
  func send(_ ending: Dialect.Ending) {
    if ending.dropsMessages { outgoing.removeAll() }
    outgoing.append(ending.tail)
    if let head = ending.head { submit(head, endsStream: outgoing.isEmpty) }
  }
}
