internal import EventLoop
package import Metrics
package import RPC
internal import RateLimiter

/// Refuses the calls of whoever calls too much, and tells everybody what is left to them.
///
/// It stands behind authentication, which says who calls, and before everything that costs. Its table is the process's
/// own: one caller over several connections and loops is one caller.
package struct CallLimiter: ServerGate {
  private let policies: PolicyTable
  private let limits: CallLimits
  private let limiter: RateLimiter
  private let metrics: LimiterMetrics

  /// Limits the calls that `policies` knows.
  package init(_ policies: PolicyTable, _ limits: CallLimits, _ registry: MetricsRegistry) {
    self.policies = policies
    self.limits = limits
    limiter = RateLimiter(keysMax: limits.callersMax)
    metrics = LimiterMetrics(registry)
    metrics.watch(limiter, registry)
  }

  /// Looks at the credentials that `authenticator` does, unless their address has shown too many bad ones.
  package func guarded(_ authenticator: any Authenticator) -> any Authenticator {
    guard let limit = limits.badCredentials else { return authenticator }
    return CredentialGuard(authenticator, limiter, limit)
  }

  /// Refuses the call, or lets it on.
  package func admit(_ call: Call) throws {
    if let policy = policies[call], policy.limiterClass != .exempt { try charge(call, policy) }
  }

  private func charge(_ call: Call, _ policy: MethodPolicy) throws(LimitRefusal) {
    let caller = call.caller
    let spender = Spender(caller, call)
    let kind = policy.limiterClass
    if case .guest = spender, let refusal = call.credentialRefusal { throw refusal }
    guard let limit = allowances(of: spender, caller)[kind] else { return }
    // What weighs more than a burst takes all of it: a small burst must not make a method impossible to call.
    let cost = min(Int64(policy.cost), limit.burst)
    let decision = limiter.spend(cost, of: spender.key(kind.rawValue, limit), limit: limit, now: call.loop.now)
    metrics.count(decision, kind, spender.kind, on: call.loop)
    call.quota = CallQuota(
      limit: limit.burst, remaining: decision.remaining, resetSeconds: LimitRefusal.seconds(decision.resetNs))
    if !decision.isAdmitted {
      let retryNs = decision.retryNs ?? 0
      call.headers.add("retry-after", String(LimitRefusal.seconds(retryNs)))
      throw LimitRefusal(
        subject: spender.subject, allowance: "\(kind)", limit: limit, retryNs: retryNs)
    }
  }

  private func allowances(of spender: Spender, _ caller: Caller) -> Allowances {
    switch spender {
    case .guest: limits.guests
    case .program(let id): limits.keys[id] ?? caller.allowances ?? limits.signedIn
    case .user, .stranger: caller.allowances ?? limits.signedIn
    }
  }
}
