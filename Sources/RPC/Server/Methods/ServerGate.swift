/// An interceptor that waits for nothing: it lets a call on or refuses it, at once, and may look at how the call ended.
///
/// Gates that stand side by side are passed in one step. Every other interceptor is a layer around each call, which
/// costs it some hundreds of instructions even if it does nothing.
public protocol ServerGate: ServerInterceptor {
  /// Lets `call` on, or refuses it with what it throws.
  func admit(_ call: Call) throws
  /// A call that was let on has ended, well or with `error`: its handler has, or a gate behind this one refused it. The
  /// caller is told afterwards; ``Call/status(after:)`` says what.
  func ended(_ call: Call, _ error: (any Error)?)
}

extension ServerGate {
  /// Nothing to do: most gates are done with a call that they have let on.
  public func ended(_ call: Call, _ error: (any Error)?) {}

  /// Handles `call` if it is admitted.
  public nonisolated(nonsending) func intercept(_ call: Call, _ next: Method.Handler) async throws {
    try admit(call)
    do {
      try await next(call)
      ended(call, nil)
    } catch {
      ended(call, error)
      throw error
    }
  }
}

/// Gates that stand side by side, passed in their order; the calls that were let on end in the opposite one.
///
/// A list of objects, each of which knows the type of its gate: an array of `any ServerGate` would have every gate
/// copied, and counted, for every call.
class GateChain: ServerGate, @unchecked Sendable {
  fileprivate let next: GateChain?

  fileprivate init(next: GateChain?) { self.next = next }

  /// `gate`, and behind it those of `next`.
  static func linking(_ gate: some ServerGate, before next: GateChain?) -> GateChain { GateLink(gate, next) }

  /// Lets `call` on if all gates do. Where one does not, those before it are told.
  func admit(_ call: Call) throws {}
  /// Tells all gates that a call which they had let on has ended.
  func ended(_ call: Call, _ error: (any Error)?) {}
}

private final class GateLink<Gate: ServerGate>: GateChain, @unchecked Sendable {
  private let gate: Gate

  init(_ gate: Gate, _ next: GateChain?) {
    self.gate = gate
    super.init(next: next)
  }

  override func admit(_ call: Call) throws {
    try gate.admit(call)
    guard let next else { return }
    do {
      try next.admit(call)
    } catch {
      gate.ended(call, error)
      throw error
    }
  }

  override func ended(_ call: Call, _ error: (any Error)?) {
    next?.ended(call, error)
    gate.ended(call, error)
  }
}
