/// What must hold for any input.
package enum FuzzTarget: String, CaseIterable, Sendable {
  /// Bytes of protobuf's wire format. The first byte says which message type they are for, as in the next two.
  case decode
  /// Proto3 JSON.
  case json
  /// Protobuf's text format.
  case text
  /// All that a client sends on a connection. The first byte says in pieces of how many bytes it arrives.
  case http2
  /// All that a client sends on a connection of HTTP/1.1. The first byte as above.
  case http1
  /// The body of a call: length-prefixed messages. The first byte as above, the second is the encoding.
  case framing
  /// The body of a call of gRPC-Web or Connect. The first byte as above, the second is the content type.
  case web
  /// All that a server sends on a client's connection. The first byte says how.
  case answers
  /// Header fields of a call, and what they carry.
  case metadata
  /// The `grpc-timeout` header.
  case timeout
  /// The request of any method of the shop: four bytes name the method, one the caller, one the encoding.
  case services

  /// Runs one input; stops the process when something does not hold.
  package func run(_ input: [UInt8]) {
    switch self {
    case .decode, .json, .text: MessageCheck.run(self, input)
    case .http2: HTTP2Check.run(input)
    case .http1: HTTP1Check.run(input)
    case .web: WebFramingCheck.run(input)
    case .framing: FramingCheck.run(input)
    case .answers: AnswerCheck.run(input)
    case .metadata: MetadataCheck.run(input)
    case .timeout: TimeoutCheck.run(input)
    case .services: ServicesCheck.run(input)
    }
  }
}
