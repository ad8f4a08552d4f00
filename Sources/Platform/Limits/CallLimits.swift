package import RateLimiter

/// The rate limits of all kinds of callers.
package struct CallLimits: Equatable, Sendable {
  /// The usual number of callers that are remembered at once.
  package static let callersMaxUsual = 1_000_000

  /// The allowances of a signed-in user, and of a program with a key or certificate.
  package var signedIn = Allowances.signedInUsual
  /// The allowances of all guests of an address together.
  package var guests = Allowances.publicUsual
  /// The allowances of single API keys, by their ids.
  package var keys: [ID: Allowances] = [:]
  /// The bad credentials from one address after which its credentials are not checked for a while; nil for any number.
  /// A check costs the server more than an attempt costs the caller.
  package var badCredentials = RateLimit(300, per: .seconds(60))
  /// Callers that are remembered at once.
  package var callersMax = callersMaxUsual

  /// The usual limits.
  package init() {}
}
