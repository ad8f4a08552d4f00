package import Security

/// How long things are good for, and what tokens say.
package struct IdentitySettings: Equatable, Sendable {
  /// Who gives the tokens out: their `iss`.
  package var issuer = "https://fastshop.localhost"
  /// Whom they are for: their `aud`.
  package var audience = "fastshop"
  /// How long an access token is good for.
  package var accessLifetime: Duration = .seconds(600)
  /// How long a session lasts from its last refresh.
  package var sessionLifetime: Duration = .seconds(30 * 86_400)
  /// How long a key signs before the next one does.
  package var keyLifetime: Duration = .seconds(30 * 86_400)
  /// Whether staff may do nothing before they have shown a second factor.
  package var requiresSecondFactorOfStaff = false
  /// Where people follow the links of mails, without a slash at the end.
  package var siteURL = "http://127.0.0.1:8080"
  /// Whether nobody named a site: then the server shows pages of its own there.
  package var isSiteOurOwn = true
  /// Where else people may prove who they are.
  package var external = ExternalSignInSettings()

  /// Who has to wait after which failures.
  package var lockOuts = LockOutRules()

  /// What is usual.
  package init() {}

  /// How long the token that verifies an address is good for.
  package static let verificationLifetime: Duration = .seconds(86_400)
  /// How long the token that sets a new password is good for.
  package static let resetLifetime: Duration = .seconds(3_600)
  /// How long an invitation is good for.
  package static let invitationLifetime: Duration = .seconds(7 * 86_400)
  /// How long a sign-in waits for the second factor.
  package static let challengeLifetime: Duration = .seconds(300)
  /// Wrong codes after which a sign-in must begin again.
  package static let wrongCodesMax = 5
  /// Wrong codes, in whatever sign-ins, after which none of a user's is looked at for a while: a million codes are not
  /// tried out by whoever has the password.
  package static let wrongCodesOfUserMax = 20
  /// For how long wrong codes count.
  package static let wrongCodesRemembered: Duration = .seconds(3_600)
  /// Sessions that a user may have; the oldest ends when there is one more.
  package static let sessionsMax = 3
}
