package import RateLimiter

/// The rate limits of one kind of callers, by class of method. A class without a limit is not counted.
package struct Allowances: Equatable, Sendable {
  /// The limits, by the class's number.
  private var limits: [RateLimit?]

  /// The same limit for each class, or none.
  package init(every limit: RateLimit?) {
    limits = Array(repeating: limit, count: LimiterClass.allCases.count + 1)
    self[.exempt] = nil
  }

  /// The limit of a class; nil when there is none.
  package subscript(_ kind: LimiterClass) -> RateLimit? {
    get { limits[Int(kind.rawValue)] }
    set { limits[Int(kind.rawValue)] = kind == .exempt ? nil : newValue }
  }

  /// Limits per minute for each class.
  private static func perMinute(
    standard: Int, browse: Int, credentials: Int, stream: Int, bulk: Int, session: Int
  ) -> Allowances {
    var allowances = Allowances(every: nil)
    allowances[.standard] = RateLimit(standard, per: .seconds(60))
    allowances[.browse] = RateLimit(browse, per: .seconds(60))
    allowances[.session] = RateLimit(session, per: .seconds(60))
    allowances[.credentials] = RateLimit(credentials, per: .seconds(60))
    allowances[.stream] = RateLimit(stream, per: .seconds(60))
    allowances[.bulk] = RateLimit(bulk, per: .seconds(60))
    return allowances
  }

  /// The default allowances of signed-in users.
  package static let signedInUsual = perMinute(
    standard: 100, browse: 600, credentials: 20, stream: 60, bulk: 10, session: 10)
  /// The default allowances of all guests of one address together.
  package static let publicUsual = perMinute(
    standard: 20, browse: 600, credentials: 10, stream: 10, bulk: 2, session: 10)
}
