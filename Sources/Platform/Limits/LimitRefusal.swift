package import RPC
internal import RateLimiter

/// A call was refused by its rate limit.
package struct LimitRefusal: Error, Equatable, Sendable {
  /// Whose allowance it was: `user:…`, `key:…`, `address:…`.
  let subject: String
  /// The name of the allowance.
  let allowance: String
  let limit: RateLimit
  /// Nanoseconds until the same call would be let on.
  let retryNs: Int64
}

extension LimitRefusal: RPCErrorConvertible {
  /// Whole seconds in which so many nanoseconds have passed.
  static func seconds(_ nanoseconds: Int64) -> Int64 {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return rest > 0 ? seconds + 1 : seconds
  }

  /// RESOURCE_EXHAUSTED, with the time to try again for programs, and for the retries that gRPC's clients make.
  package var rpcError: RPCError {
    var pushback = Metadata()
    pushback.addRetryPushback(.nanoseconds(retryNs))
    return PlatformReason.rateLimited.error(
      "too many calls; try again in \(Self.seconds(retryNs)) s",
      details: [
        .retryInfo(delay: .nanoseconds(retryNs)),
        .quotaFailure([ErrorDetail.QuotaViolation(subject: subject, description: sentence)]),
      ], trailers: pushback)
  }

  private var sentence: String {
    let interval = Double(limit.intervalNs) / 1e9
    return "the allowance for \(allowance) is used up: \(limit.burst) at once, and one more every \(interval) s"
  }
}
