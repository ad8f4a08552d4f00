internal import EventLoop
internal import RPC
internal import RateLimiter

/// Checks no more credentials of an address that has shown many bad ones of late: a signature takes us a hundred times
/// as long to check as its forger to make up.
struct CredentialGuard: Authenticator {
  /// The allowance of bad credentials, beside those of the classes of methods.
  private static let allowance: UInt8 = 0

  private let checked: any Authenticator
  private let limiter: RateLimiter
  private let limit: RateLimit

  init(_ checked: any Authenticator, _ limiter: RateLimiter, _ limit: RateLimit) {
    self.checked = checked
    self.limiter = limiter
    self.limit = limit
  }

  /// Who calls; a guest with a ``RPC/Call/credentialRefusal`` if it was not looked at who it is.
  func authenticate(_ call: Call) throws(AuthenticationError) -> Caller {
    // A stream that goes on is judged again, and must not suffer for what others at its address do meanwhile.
    if call.caller.kind != .anonymous { return try checked.authenticate(call) }
    let now = call.loop.now
    if call.metadata["authorization"] != nil {
      let address = Spender.guest(call.clientAddress)
      let state = limiter.spend(0, of: address.key(Self.allowance, limit), limit: limit, now: now)
      if state.remaining == 0 {
        let retryNs = state.resetNs &- limit.refillNs &+ limit.intervalNs
        call.credentialRefusal = LimitRefusal(
          subject: address.subject, allowance: "bad credentials", limit: limit, retryNs: max(1, retryNs))
        return .anonymous
      }
    }
    do throws(AuthenticationError) {
      return try checked.authenticate(call)
    } catch {
      // Credentials that were good once are nobody's guesses.
      if case .invalid = error {
        _ = limiter.spend(1, of: Spender.guest(call.clientAddress).key(Self.allowance, limit), limit: limit, now: now)
      }
      throw error
    }
  }
}

extension Call {
  private static let credentialRefusalKey = CallLocal<LimitRefusal>()

  /// Why the caller's credentials were not looked at, if they were not.
  fileprivate(set) var credentialRefusal: LimitRefusal? {
    get { self[Self.credentialRefusalKey] }
    set { self[Self.credentialRefusalKey] = newValue }
  }
}
