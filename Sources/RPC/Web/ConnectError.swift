internal import Protobuf

/// Connect's errors: JSON with the code's name, and an HTTP status for clients that look only at the status.
///
/// Source: connectrpc.com/docs/protocol, Error Codes, Error and EndStreamResponse.
enum ConnectError {
  /// The code's name; there is none for success.
  static func name(_ code: StatusCode) -> String {
    // One of them is spelt differently from gRPC's.
    code == .cancelled ? "canceled" : code.name.lowercased()
  }

  /// The HTTP status of a unary call that ended so.
  static func httpStatus(_ code: StatusCode) -> Int {
    switch code {
    case .ok: 200
    case .cancelled: 499
    case .invalidArgument, .failedPrecondition, .outOfRange: 400
    case .deadlineExceeded: 504
    case .notFound: 404
    case .alreadyExists, .aborted: 409
    case .permissionDenied: 403
    case .resourceExhausted: 429
    case .unimplemented: 501
    case .unavailable: 503
    case .unauthenticated: 401
    case .unknown, .internal, .dataLoss: 500
    }
  }

  /// `{"code": …, "message": …, "details": […]}`.
  static func json(_ error: RPCError) -> String {
    var line = JSONLine()
    line.raw("{\"code\":")
    line.string(name(error.code))
    if !error.message.isEmpty {
      line.raw(",\"message\":")
      line.string(error.boundedMessage)
    }
    let details = error.details.isEmpty ? [] : error.packedDetails
    if !details.isEmpty {
      line.raw(",\"details\":[")
      for (index, detail) in details.enumerated() {
        if index > 0 { line.raw(",") }
        line.raw("{\"type\":")
        line.string(detail.type)
        line.raw(",\"value\":")
        line.string(Base64.encode(detail.value))
        if let debug = detail.json { line.raw(",\"debug\":\(debug)") }
        line.raw("}")
      }
      line.raw("]")
    }
    line.raw("}")
    return line.text
  }

  /// The last envelope of a stream: `{"error": …, "metadata": {…}}`.
  static func endOfStream(_ error: RPCError?, trailers: Metadata) -> String {
    var line = JSONLine()
    line.raw("{")
    if let error { line.raw("\"error\":\(json(error))") }
    let all = trailers.entries + (error?.trailers.entries ?? [])
    if !all.isEmpty {
      if error != nil { line.raw(",") }
      line.raw("\"metadata\":{")
      var isFirst = true
      var seen: Set<String> = []
      for entry in all where seen.insert(entry.key).inserted {
        if !isFirst { line.raw(",") }
        isFirst = false
        line.string(entry.key)
        line.raw(":[")
        for (index, value) in all.filter({ $0.key == entry.key }).map(\.value).enumerated() {
          if index > 0 { line.raw(",") }
          line.string(value)
        }
        line.raw("]")
      }
      line.raw("}")
    }
    line.raw("}")
    return line.text
  }
}
