internal import EventLoop
package import Metrics
package import RPC
internal import RateLimiter

/// Enforces the limits of open calls.
///
/// It runs after all other gates, so it counts only calls that proceed. It counts all streams. It counts unary calls
/// only where nothing else bounds them: not where an allowance lets few of them begin at once, and not where they are
/// exempt, because exempt calls are answered at once.
package struct OpenCallLimiter: ServerGate {
  private let policies: PolicyTable
  private let limits: OpenCallLimits
  private let smallestCallBound: Int
  private let table = OpenCallTable()
  private let metrics: OpenCallMetrics

  /// Limits the calls that `policies` knows.
  package init(_ policies: PolicyTable, _ limits: OpenCallLimits, _ registry: MetricsRegistry) {
    self.policies = policies
    self.limits = limits
    smallestCallBound = limits.smallestCallBound
    metrics = OpenCallMetrics(registry)
    metrics.watch(table, registry)
  }

  /// Refuses the call, or counts it until it ends.
  package func admit(_ call: Call) throws {
    let kind: OpenCallKind = policies.isStream(call) ? .stream : .call
    if kind == .call && isBoundedOtherwise(call) { return }
    let holder = AllowanceHolder(call.caller, call)
    let bound = limits.bound(of: holder, kind) ?? .max
    let key = holder.key(ofOpen: kind)
    guard table.enter(key, max: bound) else {
      metrics.countRefusal(of: key, on: call.loop)
      throw OpenCallRefusal(subject: holder.subject, kind: kind, bound: bound)
    }
    metrics.add(1, of: key, on: call.loop)
    // The key is stored, because the caller may change before the call ends.
    call.openCall = key
  }

  private func isBoundedOtherwise(_ call: Call) -> Bool {
    if smallestCallBound == .max { return true }
    if let quota = call.quota, quota.limit <= smallestCallBound { return true }
    return policies.limiterClass(call).map { $0 == .exempt } ?? true
  }

  /// The call's place is free.
  package func ended(_ call: Call, _ error: (any Error)?) {
    guard let key = call.openCall else { return }
    table.leave(key)
    metrics.add(-1, of: key, on: call.loop)
  }
}

extension Call {
  private static let openCallKey = CallLocal<RateLimitKey>()

  /// Under what the call is counted as open, if it is.
  fileprivate var openCall: RateLimitKey? {
    get { self[Self.openCallKey] }
    set { self[Self.openCallKey] = newValue }
  }
}
