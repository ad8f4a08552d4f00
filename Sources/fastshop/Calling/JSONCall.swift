import Protobuf
import RPC

/// One call in JSON: it reads the requests, makes the call, and passes every response to `show` as JSON.
struct JSONCall {
  let channel: Channel
  let method: ServiceDescriptor.Method
  let options: CallOptions
  /// The requests' JSON texts: one, unless the method takes a stream.
  let requests: [String]
  let format: JSONWritingOptions
  let show: @Sendable (String) -> Void

  /// - Throws: ``RequestError`` when a request is not JSON of the method's type, `RPCError` when the call fails.
  func run() async throws {
    try await run(method.input, method.output)
  }

  private func run<Request: Message, Response: Message>(_: Request.Type, _: Response.Type) async throws {
    switch method.kind {
    case .unary:
      let response: Response = try await channel.unary(method.path, try onlyRequest() as Request, options)
      show(try response.json(format))
    case .serverStreaming:
      let responses: ClientResponseStream<Response> = try await channel.serverStreaming(
        method.path, try onlyRequest() as Request, options)
      try await show(responses)
    case .clientStreaming:
      let messages: [Request] = try allRequests()
      let call: ClientStreamingCall<Request, Response> = try await channel.clientStreaming(method.path, options)
      for message in messages { try await call.send(message) }
      show(try await call.finish().json(format))
    case .bidirectional:
      let messages: [Request] = try allRequests()
      let call: BidirectionalCall<Request, Response> = try await channel.bidirectional(method.path, options)
      for message in messages { try await call.send(message) }
      call.endRequests()
      try await show(call.responses)
    }
  }

  private func show<Response: Message>(_ responses: ClientResponseStream<Response>) async throws {
    for try await response in responses { show(try response.json(format)) }
  }

  private func onlyRequest<Request: Message>() throws(RequestError) -> Request {
    guard let text = requests.first, requests.count == 1 else { throw RequestError.notOne(requests.count) }
    return try Self.message(text)
  }

  private func allRequests<Request: Message>() throws(RequestError) -> [Request] {
    var messages: [Request] = []
    for text in requests { messages.append(try Self.message(text)) }
    return messages
  }

  private static func message<Request: Message>(_ text: String) throws(RequestError) -> Request {
    do {
      return try Request(json: text, in: Arena())
    } catch {
      throw RequestError.notTheType("\(Request.descriptor.fullName)", reason: "\(error)")
    }
  }
}

/// A request cannot be sent.
enum RequestError: Error, CustomStringConvertible {
  case notOne(Int)
  case notTheType(String, reason: String)

  var description: String {
    switch self {
    case .notOne(let count): "The method takes one request, but \(count) were given."
    case .notTheType(let type, let reason): "The request is not a \(type) as JSON: \(reason)."
    }
  }
}
