internal import RPC

/// Encodes spans as OTLP.
///
/// Sources: `opentelemetry/proto/trace/v1/trace.proto` and its imports, whose field numbers appear below;
/// OpenTelemetry's semantic conventions for gRPC.
struct SpanReport: Sendable {
  /// Source: `trace.proto`, SpanKind.
  private static let serverKind: UInt64 = 2
  /// Source: `trace.proto`, Status.
  private static let errorStatus: UInt64 = 2

  /// The reporter: OpenTelemetry's resource attributes.
  let resource: [(key: String, value: String)]
  /// The difference between the loops' clock and the time since 1970, in nanoseconds.
  let clockOffset: Int64

  /// An `ExportTraceServiceRequest`.
  func encoded(_ spans: some Sequence<Span>) -> [UInt8] {
    var request = ProtobufFields()
    request.message(1) { resourceSpans in
      resourceSpans.message(1) { fields in
        for (key, value) in resource { Self.attribute(1, key, value, to: &fields) }
      }
      resourceSpans.message(2) { scopeSpans in
        scopeSpans.message(1) { $0.text(1, "fastshop.rpc") }
        for span in spans { scopeSpans.message(2) { write(span, to: &$0) } }
      }
    }
    return request.bytes
  }

  private func write(_ span: Span, to fields: inout ProtobufFields) {
    let (service, method) = RPCName.parts(of: span.path)
    fields.bytes(1, bigEndian: span.context.trace.high, span.context.trace.low)
    fields.bytes(2, bigEndian: span.context.span)
    if !span.context.state.isEmpty { fields.text(3, span.context.state) }
    if let parent = span.parent { fields.bytes(4, bigEndian: parent) }
    fields.text(5, "\(service)/\(method)")
    fields.varint(6, Self.serverKind)
    fields.fixed64(7, UInt64(max(0, span.startedAt + clockOffset)))
    fields.fixed64(8, UInt64(max(0, span.endedAt + clockOffset)))
    Self.attribute(9, "rpc.system", "grpc", to: &fields)
    Self.attribute(9, "rpc.service", service, to: &fields)
    Self.attribute(9, "rpc.method", method, to: &fields)
    fields.message(9) { attribute in
      attribute.text(1, "rpc.grpc.status_code")
      attribute.message(2) { $0.varint(3, UInt64(span.status.rawValue)) }
    }
    if let host = span.peer.host { Self.attribute(9, "client.address", host, to: &fields) }
    if Self.isServersFault(span.status) {
      fields.message(15) { status in
        status.text(2, span.status.name)
        status.varint(3, Self.errorStatus)
      }
    }
    fields.fixed32(16, span.context.isSampled ? 1 : 0)
  }

  private static func attribute(_ field: UInt32, _ key: String, _ value: String, to fields: inout ProtobufFields) {
    fields.message(field) { attribute in
      attribute.text(1, key)
      attribute.message(2) { $0.text(1, value) }
    }
  }

  /// Source: semantic conventions, "gRPC status": what counts as an error of a server's span.
  private static func isServersFault(_ status: StatusCode) -> Bool {
    switch status {
    case .unknown, .deadlineExceeded, .unimplemented, .internal, .unavailable, .dataLoss: true
    default: false
    }
  }
}
