internal import EventLoop
package import Metrics
package import RPC
internal import RateLimiter

/// Refuses the calls of whoever calls too much, and tells everybody what is left to them.
///
/// It stands behind authentication, which says who calls, and before everything that costs. Its table is the process's
/// own: one caller over several connections and loops is one caller.
///
/// Each further request of a stream weighs as much as the call. One that is too many is held back until the allowance
/// is back, which costs its caller nothing but time, unless that would take long: then the stream is refused, too.
package struct CallLimiter: ServerGate {
  /// A request of a stream waits no longer than this for an allowance: whoever waits longer should know why.
  package static let requestWaitMax: Duration = .seconds(5)
  /// It waits at least this long, so that many streams of one caller do not keep the loop busy by asking.
  private static let requestWaitMin: Duration = .milliseconds(10)

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
    guard let badCredentials else { return authenticator }
    return CredentialGuard(authenticator, badCredentials)
  }

  fileprivate var badCredentials: BadCredentials? { limits.badCredentials.map { BadCredentials(limiter, $0) } }

  /// Refuses the call, or lets it on.
  package func admit(_ call: Call) throws {
    guard let policy = policies[call] else { return }
    switch policy.limiterClass {
    case .exempt: return
    case .session: try awaitSession(call)
    default: try charge(call, policy)
    }
  }

  /// Lets on a call of which nobody knows yet in which session it is. Whoever finds out charges it, or notes that what
  /// it showed is not good: so many people behind one address do not keep each other from staying signed in.
  private func awaitSession(_ call: Call) throws(LimitRefusal) {
    if let refusal = badCredentials?.refusal(of: call) { throw refusal }
    call.limiter = self
  }

  /// Draws on what a session may spend, for the call that renews its tokens.
  fileprivate func charge(_ call: Call, session: ID) throws(LimitRefusal) {
    guard let limit = limits.signedIn[.session] else { return }
    try spend(1, of: .session(session), .session, limit, for: call)
  }

  private func charge(_ call: Call, _ policy: MethodPolicy) throws(LimitRefusal) {
    let caller = call.caller
    let holder = AllowanceHolder(caller, call)
    let kind = policy.limiterClass
    if case .guest = holder, let refusal = call.credentialRefusal { throw refusal }
    guard let limit = allowances(of: holder, caller)[kind] else { return }
    // What weighs more than a burst takes all of it: a small burst must not make a method impossible to call.
    let cost = min(Int64(policy.cost), limit.burst)
    try spend(cost, of: holder, kind, limit, for: call)
    if policies.takesStream(call) {
      call.requestGate = { try await awaitAllowance(cost, of: holder, kind, limit, for: $0) }
    }
  }

  /// Draws on what `holder` may spend, for a further request of a stream, as soon as there is enough.
  private func awaitAllowance(
    _ cost: Int64, of holder: AllowanceHolder, _ kind: LimiterClass, _ limit: RateLimit, for call: Call
  ) async throws {
    let key = holder.key(kind.rawValue, limit)
    let waitEnd = min(call.loop.now &+ Self.requestWaitMax.nanoseconds, call.deadline ?? .max)
    while true {
      let now = call.loop.now
      let decision = limiter.spend(cost, of: key, limit: limit, now: now)
      if decision.isAdmitted { return metrics.count(.admitted, kind, holder.kind, on: call.loop) }
      let waitNs = max(decision.retryNs ?? 0, Self.requestWaitMin.nanoseconds)
      if waitNs > waitEnd &- now {
        metrics.count(.refused, kind, holder.kind, on: call.loop)
        throw LimitRefusal(
          subject: holder.subject, allowance: "\(kind)", limit: limit, retryNs: decision.retryNs ?? 0)
      }
      metrics.count(.heldBack, kind, holder.kind, on: call.loop)
      try await call.holdBack(for: .nanoseconds(waitNs))
    }
  }

  private func spend(
    _ cost: Int64, of holder: AllowanceHolder, _ kind: LimiterClass, _ limit: RateLimit, for call: Call
  ) throws(LimitRefusal) {
    let decision = limiter.spend(cost, of: holder.key(kind.rawValue, limit), limit: limit, now: call.loop.now)
    metrics.count(decision.isAdmitted ? .admitted : .refused, kind, holder.kind, on: call.loop)
    call.quota = CallQuota(
      limit: limit.burst, remaining: decision.remaining, resetSeconds: LimitRefusal.seconds(decision.resetNs))
    if !decision.isAdmitted {
      let retryNs = decision.retryNs ?? 0
      call.headers.add("retry-after", String(LimitRefusal.seconds(retryNs)))
      throw LimitRefusal(
        subject: holder.subject, allowance: "\(kind)", limit: limit, retryNs: retryNs)
    }
  }

  private func allowances(of holder: AllowanceHolder, _ caller: Caller) -> Allowances {
    switch holder {
    case .guest: limits.guests
    case .program(let id): limits.keys[id] ?? caller.allowances ?? limits.signedIn
    case .user, .session, .stranger: caller.allowances ?? limits.signedIn
    }
  }
}

extension Call {
  private static let limiterKey = CallLocal<CallLimiter>()

  /// The limiter that awaits to hear of the call's session; nil where there is none.
  fileprivate var limiter: CallLimiter? {
    get { self[Self.limiterKey] }
    set { self[Self.limiterKey] = newValue }
  }

  /// The call, of a method whose allowance is the session's, is found to be in `session`: draws on what that may spend.
  package func charge(session: ID) throws(LimitRefusal) { try limiter?.charge(self, session: session) }

  /// What the call showed is not good: the address that showed it may do so a while, and is not looked at afterwards.
  package func noteBadCredentials() { limiter?.badCredentials?.note(self) }
}
