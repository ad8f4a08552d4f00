/// An interceptor that lets a call on or refuses it, at once: it waits for nothing, and what becomes of the call is not
/// its concern.
///
/// Gates that stand side by side are passed in one step. Every other interceptor is a layer around each call, which
/// costs it some hundreds of instructions even if it does nothing.
public protocol ServerGate: ServerInterceptor {
  /// Lets `call` on, or refuses it with what it throws.
  func admit(_ call: Call) throws
}

extension ServerGate {
  /// Handles `call` if it is admitted.
  public nonisolated(nonsending) func intercept(_ call: Call, _ next: Method.Handler) async throws {
    try admit(call)
    try await next(call)
  }
}

/// Gates that stand side by side, passed in their order.
struct GateRow: ServerGate {
  private var gates: [any ServerGate]

  func admit(_ call: Call) throws { for gate in gates { try gate.admit(call) } }

  /// The same interceptors, with gates that stand side by side as one.
  static func joining(_ interceptors: [any ServerInterceptor]) -> [any ServerInterceptor] {
    interceptors.reduce(into: []) { joined, interceptor in
      guard let gate = interceptor as? any ServerGate else { return joined.append(interceptor) }
      let row = joined.last as? GateRow
      if row != nil { joined.removeLast() }
      joined.append(GateRow(gates: (row?.gates ?? []) + [gate]))
    }
  }
}
