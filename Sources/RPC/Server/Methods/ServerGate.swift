/// An interceptor that does not wait: it admits or refuses a call at once, and may look at the call's end.
///
/// Adjacent gates run in one step. Every other interceptor is a layer around each call, which costs the call a few
/// hundred instructions even if the interceptor does nothing.
public protocol ServerGate: ServerInterceptor {
  /// Lets `call` on, or refuses it with what it throws.
  func admit(_ call: Call) throws
  /// A call that passed this gate has ended, with or without `error`: its handler ended, or a later gate refused it.
  /// The caller receives its status afterwards; ``Call/status(after:)`` returns it.
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

/// Adjacent gates, run in their order when a call begins and in the opposite order when it ends.
///
/// It is a list of objects, each with the type of its gate. An array of `any ServerGate` would copy and count every
/// gate for every call.
class GateChain: ServerGate, @unchecked Sendable {
  fileprivate let next: FirstGate

  fileprivate init(next: GateChain?) { self.next = FirstGate(next) }

  /// A chain of `gate`, followed by the gates of `next`.
  static func linking(_ gate: some ServerGate, before next: GateChain?) -> GateChain { GateLink(gate, next) }

  /// Admits `call` if all gates do. When a gate refuses it, the gates before are notified.
  func admit(_ call: Call) throws {}
  /// Tells all gates that a call which they had let on has ended.
  func ended(_ call: Call, _ error: (any Error)?) {}
}

/// The first of some gates, if there is any. No reference is counted when a call passes: this holds it for good.
struct FirstGate: @unchecked Sendable {
  private let chain: GateChain?
  private let first: Unmanaged<GateChain>?

  init(_ chain: GateChain?) {
    self.chain = chain
    first = chain.map(Unmanaged.passUnretained)
  }

  @inline(__always)
  func admit(_ call: Call) throws { try first?._withUnsafeGuaranteedRef { try $0.admit(call) } }
  @inline(__always)
  func ended(_ call: Call, _ error: (any Error)?) { first?._withUnsafeGuaranteedRef { $0.ended(call, error) } }
}

private final class GateLink<Gate: ServerGate>: GateChain, @unchecked Sendable {
  private let gate: Gate

  init(_ gate: Gate, _ next: GateChain?) {
    self.gate = gate
    super.init(next: next)
  }

  override func admit(_ call: Call) throws {
    try gate.admit(call)
    do {
      try next.admit(call)
    } catch {
      gate.ended(call, error)
      throw error
    }
  }

  override func ended(_ call: Call, _ error: (any Error)?) {
    next.ended(call, error)
    gate.ended(call, error)
  }
}
