internal import EventLoop
package import Metrics
package import RPC
internal import RateLimiter

/// Enforces the rate limits of callers, and reports the rest of the quota to every caller.
///
/// It runs after authentication and before everything expensive. Its table belongs to the process: a caller on several
/// connections and loops counts as one caller.
///
/// Each further request of a stream costs as much as the call. A request beyond the allowance waits until the allowance
/// returns, if that takes a short time. Otherwise the stream is refused.
package struct CallLimiter: ServerGate {
  /// The longest time that a request of a stream waits for an allowance. Beyond it the stream fails with the reason.
  package static let requestWaitMax: Duration = .seconds(5)
  /// The shortest wait, so that many streams of one caller do not keep the loop busy by asking.
  private static let requestWaitMin: Duration = .milliseconds(10)

  private let policies: PolicyTable
  private let limits: CallLimits
  private let limiter: RateLimiter
  private let metrics: LimiterMetrics

  /// Limits the methods of `policies`.
  package init(_ policies: PolicyTable, _ limits: CallLimits, _ registry: MetricsRegistry) {
    self.policies = policies
    self.limits = limits
    limiter = RateLimiter(keysMax: limits.callersMax)
    metrics = LimiterMetrics(registry)
    metrics.watch(limiter, registry)
  }

  /// Wraps `authenticator`: it ignores credentials from an address that has sent too many bad ones.
  package func guarded(_ authenticator: any Authenticator) -> any Authenticator {
    guard let badCredentials else { return authenticator }
    return CredentialGuard(authenticator, badCredentials)
  }

  fileprivate var badCredentials: BadCredentials? { limits.badCredentials.map { BadCredentials(limiter, $0) } }

  /// Admits or refuses the call.
  package func admit(_ call: Call) throws {
    guard let kind = policies.limiterClass(call) else { return }
    switch kind {
    case .exempt: return
    case .session: try awaitSession(call)
    default: try charge(call, kind)
    }
  }

  /// Admits a call whose session is not known yet. The code that finds the session charges it, or records bad
  /// credentials. So many users behind one address can all renew their sessions.
  private func awaitSession(_ call: Call) throws(LimitRefusal) {
    if let refusal = badCredentials?.refusal(of: call) { throw refusal }
    call.limiter = self
  }

  /// Charges a session for the call that renews its tokens.
  fileprivate func charge(_ call: Call, session: ID) throws(LimitRefusal) {
    guard let limit = limits.signedIn[.session] else { return }
    try spend(1, of: .session(session), .session, limit, for: call)
  }

  private func charge(_ call: Call, _ kind: LimiterClass) throws(LimitRefusal) {
    let caller = call.caller
    let holder = AllowanceHolder(caller, call)
    if case .guest = holder, let refusal = call.credentialRefusal { throw refusal }
    guard let limit = limit(of: holder, caller, kind) else { return }
    // A cost above the burst takes the whole burst: a small burst must not make a method impossible to call.
    let cost = min(Int64(policies.cost(call)), limit.burst)
    try spend(cost, of: holder, kind, limit, for: call)
    if policies.takesStream(call) {
      call.requestGate = { try await awaitAllowance(cost, of: holder, kind, limit, for: $0) }
    }
  }

  /// Charges `holder` for a further request of a stream, as soon as the allowance suffices.
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

  /// The limit of `holder` for a class; nil when there is none.
  private func limit(of holder: AllowanceHolder, _ caller: Caller, _ kind: LimiterClass) -> RateLimit? {
    if case .guest = holder { return limits.guests[kind] }
    if case .program(let id) = holder, let own = limits.keys[id] { return own[kind] }
    if let own = caller.allowances { return own[kind] }
    return limits.signedIn[kind]
  }
}

extension Call {
  private static let limiterKey = CallLocal<CallLimiter>()

  /// The limiter that waits for the call's session; nil where there is none.
  fileprivate var limiter: CallLimiter? {
    get { self[Self.limiterKey] }
    set { self[Self.limiterKey] = newValue }
  }

  /// Charges `session` for the call, whose method uses the session's allowance.
  package func charge(session: ID) throws(LimitRefusal) { try limiter?.charge(self, session: session) }

  /// The call's credentials are bad. Above a limit, credentials of its address are no longer checked.
  package func noteBadCredentials() { limiter?.badCredentials?.note(self) }
}
