internal import Protobuf

extension HeaderBlock {
  /// The fields that say how a call ended: its status, and what else it has for the end.
  mutating func add(status error: RPCError?, trailers: Metadata) {
    guard let error else {
      add("grpc-status", "0")
      add(trailers)
      return
    }
    add("grpc-status", String(error.code.rawValue))
    if !error.message.isEmpty { add("grpc-message", bytes: PercentEncoding.encode(error.boundedMessage)) }
    if let details = error.encodedDetails { add("grpc-status-details-bin", Base64.encode(details)) }
    add(trailers)
    add(error.trailers)
  }
}

extension RPCError {
  /// The error for a caller whose request cannot be decoded. Source: `grpc/doc/statuscodes.md`.
  init(decoding error: DecodeError) {
    let details = error.violation.map {
      [ErrorDetail.badRequest([.init(field: $0.field, description: $0.description)])]
    }
    self = RuntimeReason.requestMalformed.error("the request is not a valid message: \(error)", details: details ?? [])
  }
}
