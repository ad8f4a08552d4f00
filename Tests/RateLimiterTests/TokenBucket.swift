@testable import RateLimiter

/// The same promise said in another way: a bucket that holds nanoseconds, fills with time and is drawn from. What the
/// algorithm is compared with.
struct TokenBucket {
  private let limit: RateLimit
  private var levelNs: Int64
  private var filledAt: Int64

  init(_ limit: RateLimit, at now: Int64) {
    self.limit = limit
    levelNs = limit.refillNs
    filledAt = now
  }

  mutating func spend(_ cost: Int64, at now: Int64) -> RateDecision {
    levelNs = min(limit.refillNs, levelNs + (now - filledAt))
    filledAt = now
    let wanted = cost * limit.intervalNs
    if wanted <= levelNs {
      levelNs -= wanted
      return decision(isAdmitted: true, retryNs: 0)
    }
    return decision(isAdmitted: false, retryNs: wanted > limit.refillNs ? nil : wanted - levelNs)
  }

  private func decision(isAdmitted: Bool, retryNs: Int64?) -> RateDecision {
    RateDecision(
      isAdmitted: isAdmitted, remaining: levelNs / limit.intervalNs, resetNs: limit.refillNs - levelNs,
      retryNs: retryNs)
  }
}
