internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RateLimiter

/// The rate limit of an API key that has its own, for each class of methods.
struct APIKeyLimit: Equatable {
  private static let countMax: Int32 = 1_000_000
  private static let period: Duration = .seconds(60)

  let perMinute: Int32
  let burst: Int32
  let allowances: Allowances

  /// A limit from the columns of a row; nil for an invalid one.
  init?(perMinute: Int32, burst: Int32) {
    guard let rate = RateLimit(Int(perMinute), per: Self.period, burst: Int(burst)) else { return nil }
    self.perMinute = perMinute
    self.burst = burst
    allowances = Allowances(every: rate)
  }

  /// The limit in the row of a key; nil when the usual limit applies.
  init?(_ row: Row) throws(PostgresError) {
    guard let perMinute = try row.optionalInt64("calls_per_minute"), let burst = try row.optionalInt64("calls_at_once")
    else { return nil }
    self.init(perMinute: Int32(clamping: perMinute), burst: Int32(clamping: burst))
  }

  /// Reads a limit from a request; nil when there is none, or it is refused.
  /// - Throws: ``IdentityError/exceedsCallerPermissions`` for a seller, who cannot lift the usual limits.
  static func read(
    _ limit: CallLimit?, _ field: String, for caller: Caller, _ check: inout RequestCheck
  ) throws -> APIKeyLimit? {
    guard let limit else { return nil }
    if caller.sellerID != nil { throw IdentityError.exceedsCallerPermissions }
    let (perMinute, burst) = (limit.callsPerMinute, limit.burst == 0 ? limit.callsPerMinute : limit.burst)
    guard (1...countMax).contains(perMinute) else {
      check.refuse("\(field).calls_per_minute", "Must be from 1 to \(countMax).")
      return nil
    }
    guard (1...countMax).contains(burst), let limit = APIKeyLimit(perMinute: perMinute, burst: burst) else {
      check.refuse("\(field).burst", "Must be from 0 to \(countMax), and at most 31 days of calls_per_minute.")
      return nil
    }
    return limit
  }
}
