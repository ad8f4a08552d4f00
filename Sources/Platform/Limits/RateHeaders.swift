internal import RPC
internal import RateLimiter

/// What callers are told about their allowance with every answer, in the words of the IETF's draft "RateLimit header
/// fields for HTTP" (draft-ietf-httpapi-ratelimit-headers, version 3).
package enum RateHeaders {
  /// The fields, for pages of other origins to be allowed to read.
  package static let names = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]

  /// Whole seconds in which so many nanoseconds have passed.
  static func seconds(_ nanoseconds: Int64) -> Int64 {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return rest > 0 ? seconds + 1 : seconds
  }

  /// `ratelimit-limit`: how much there is at most; `ratelimit-remaining`: how much is left; `ratelimit-reset`: seconds
  /// until all of it has come back. With a refusal also HTTP's `retry-after`.
  static func add(_ limit: RateLimit, _ decision: RateDecision, to headers: inout Metadata) {
    headers.reserve(4)
    headers.addAsIs("ratelimit-limit", String(limit.burst))
    headers.addAsIs("ratelimit-remaining", String(decision.remaining), isFleeting: true)
    headers.addAsIs("ratelimit-reset", String(seconds(decision.resetNs)), isFleeting: true)
    if let retry = decision.retryNs, retry > 0 { headers.addAsIs("retry-after", String(seconds(retry))) }
  }
}
