internal import EventLoop
public import RPC

/// Makes every call a span of its caller's trace, or of a new one, and hands it to an exporter if it is sampled.
///
/// The handler reads its own context from the call, and passes it on to whom it calls.
public struct CallTracing: ServerGate {
  private let exporter: SpanExporter
  /// Traces that begin here are recorded when the random half of their number is below this.
  private let threshold: UInt64

  /// Traces that begin here are recorded with the probability `ratio`, from 0 to 1; others as their beginning says.
  public init(_ exporter: SpanExporter, ratio: Double = 1) {
    self.exporter = exporter
    threshold = ratio >= 1 ? .max : UInt64(max(0, ratio) * 0x1p64)
  }

  /// Begins the call's span.
  public func admit(_ call: Call) {
    let numbers = exporter.queue(of: call.loop).numbers
    call[TraceContext.ofCall] = context(under: TraceContext(call.metadata), numbers)
  }

  /// Ends the call's span.
  public func ended(_ call: Call, _ error: (any Error)?) {
    guard let context = call.traceContext, context.isSampled else { return }
    let span = Self.span(of: call, context, TraceContext(call.metadata), call.status(after: error))
    exporter.queue(of: call.loop).add(span)
  }

  private func context(under parent: TraceContext?, _ numbers: SpanNumbers) -> TraceContext {
    if let parent {
      return TraceContext(
        trace: parent.trace, span: numbers.next(), isSampled: parent.isSampled, state: parent.state)
    }
    let trace = TraceID(high: numbers.next(), low: numbers.next())
    return TraceContext(
      trace: trace, span: numbers.next(), isSampled: trace.low < threshold || threshold == .max)
  }

  private static func span(
    of call: Call, _ context: TraceContext, _ parent: TraceContext?, _ status: StatusCode
  ) -> Span {
    Span(
      context: context, parent: parent?.span, path: call.method == nil ? "" : call.path, startedAt: call.startedAt,
      endedAt: EventLoop.preciseNow, status: status, peer: call.peer)
  }
}

extension TraceContext {
  static let ofCall = CallLocal<TraceContext>()
}

extension Call {
  /// The call's own span, for handlers to pass on; nil where calls are not traced.
  public var traceContext: TraceContext? { self[TraceContext.ofCall] }
}
