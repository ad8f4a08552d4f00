internal import EventLoop
internal import RPC
internal import RateLimiter

/// Counts the bad credentials of an address. Above a limit, no credentials of the address are checked.
struct BadCredentials: Sendable {
  /// The number of the allowance of bad credentials, besides those of the classes of methods.
  private static let allowance: UInt8 = 0

  private let limiter: RateLimiter
  private let limit: RateLimit

  init(_ limiter: RateLimiter, _ limit: RateLimit) {
    self.limiter = limiter
    self.limit = limit
  }

  /// Why what the call shows is not looked at; nil when it is.
  func refusal(of call: Call) -> LimitRefusal? {
    let address = AllowanceHolder.guest(call.clientAddress)
    let state = limiter.spend(0, of: address.key(Self.allowance, limit), limit: limit, now: call.loop.now)
    if state.remaining > 0 { return nil }
    let retryNs = state.resetNs &- limit.refillNs &+ limit.intervalNs
    return LimitRefusal(
      subject: address.subject, allowance: "bad credentials", limit: limit, retryNs: max(1, retryNs))
  }

  /// Records that the call's credentials were not issued by the server.
  func note(_ call: Call) {
    let key = AllowanceHolder.guest(call.clientAddress).key(Self.allowance, limit)
    _ = limiter.spend(1, of: key, limit: limit, now: call.loop.now)
  }
}
