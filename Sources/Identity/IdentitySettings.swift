package import Credentials
package import Security

/// The lifetimes of tokens and sessions, and the claims of tokens.
package struct IdentitySettings: Equatable, Sendable {
  /// The issuer of the tokens: their `iss`.
  package var issuer = "https://fastshop.localhost"
  /// The audience of the tokens: their `aud`.
  package var audience = "fastshop"
  /// The lifetime of an access token.
  package var accessLifetime: Duration = .seconds(600)
  /// The lifetime of a session after its last refresh.
  package var sessionLifetime: Duration = .seconds(30 * 86_400)
  /// The time for which a signing key signs.
  package var keyLifetime: Duration = .seconds(30 * 86_400)
  /// Whether staff have no permissions before they use a second factor.
  package var requiresSecondFactorOfStaff = false
  /// The base URL of the links in e-mails, without a slash at the end.
  package var siteURL = "http://127.0.0.1:8080"
  /// Whether the settings name no site. Then the server serves its own pages there.
  package var isSiteOurOwn = true
  /// The external identity providers.
  package var external = ExternalSignInSettings()

  /// The cost of a password hash. Only the tests of a debug build change it.
  package var passwordCost = PasswordHash.Cost.usual

  /// The lock-out rules.
  package var lockOuts = LockOutRules()

  /// The default settings.
  package init() {}

  /// The lifetime of the token that verifies an e-mail address.
  package static let verificationLifetime: Duration = .seconds(86_400)
  /// The lifetime of the token that resets a password.
  package static let resetLifetime: Duration = .seconds(3_600)
  /// The lifetime of an invitation.
  package static let invitationLifetime: Duration = .seconds(7 * 86_400)
  /// The time that a sign-in waits for the second factor.
  package static let challengeLifetime: Duration = .seconds(300)
  /// Wrong codes after which a sign-in must begin again.
  package static let wrongCodesMax = 5
  /// Wrong codes in all sign-ins of a user after which no code of the user is accepted for a while. So a person who has
  /// the password cannot try a million codes.
  package static let wrongCodesOfUserMax = 20
  /// The time for which wrong codes count.
  package static let wrongCodesRemembered: Duration = .seconds(3_600)
  /// The maximum number of sessions of a user. One more session ends the oldest.
  package static let sessionsMax = 3
}
