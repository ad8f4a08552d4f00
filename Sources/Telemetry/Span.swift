internal import RPC

/// A recorded call: its place in its trace, its times, its status.
struct Span: Sendable {
  let context: TraceContext
  /// The caller's span; nil when the trace begins here.
  let parent: UInt64?
  /// `/package.Service/Method`.
  let path: String
  /// On the loops' clock, in nanoseconds.
  let startedAt: Int64
  let endedAt: Int64
  let status: StatusCode
  let peer: Peer
}

/// Generates ids of traces and spans, one generator for each loop. Asking the kernel for each id would cost more than
/// the span.
final class SpanNumbers {
  private var state: UInt64

  init() { state = UInt64.random(in: .min ... .max) }

  /// A random number other than zero, which means none. SplitMix64 by S. Vigna, in the public domain.
  func next() -> UInt64 {
    while true {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      mixed ^= mixed >> 31
      if mixed != 0 { return mixed }
    }
  }
}
