package import RPC

/// The time that a call has if its caller names no deadline. The caller's own deadline stands, as with gRPC's servers:
/// it knows for how long the answer is of use.
package enum DefaultDeadline {
  /// For a method that changes nothing. A statement may run for 10 s.
  package static let read: Duration = .seconds(15)
  /// For a method that changes something: it may have to wait for a connection and for a lock first.
  package static let write: Duration = .seconds(30)
  /// For a report or an export.
  package static let longRead: Duration = .seconds(300)
  /// The most that a policy may name.
  package static let secondsMax = 600

  /// The usual one of a method; nil for a stream, which lasts as long as its caller wants.
  package static func usual(of kind: MethodKind, isSideEffectFree: Bool, _ limiterClass: LimiterClass) -> Duration? {
    guard kind == .unary else { return nil }
    if !isSideEffectFree { return write }
    return limiterClass == .bulk ? longRead : read
  }
}
