package import RateLimiter

/// The rate limits of all kinds of callers.
package struct CallLimits: Equatable, Sendable {
  /// The usual number of callers that are remembered at once.
  package static let callersMaxUsual = 1_000_000

  /// Of a person who is signed in, and of a program by its key or certificate.
  package var signedIn = Allowances.signedInUsual
  /// Of all guests of an address together.
  package var guests = Allowances.publicUsual
  /// Of single API keys, by their ids.
  package var keys: [ID: Allowances] = [:]
  /// Of bad credentials from one address, before its credentials are not even looked at any more for a while; nil for
  /// any number. Checking them costs us more than trying them costs the caller.
  package var badCredentials = RateLimit(300, per: .seconds(60))
  /// Callers that are remembered at once.
  package var callersMax = callersMaxUsual

  /// The usual limits.
  package init() {}
}
