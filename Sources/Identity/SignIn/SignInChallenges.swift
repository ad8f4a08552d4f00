internal import Credentials
internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Sealing

/// Sign-ins that wait for the second factor.
struct SignInChallenges {
  let context: IdentityContext

  /// Creates the challenge of a sign-in whose first factor was verified.
  func begin(
    _ account: Account, _ first: AuthenticationMethods.FirstFactor, _ call: Call
  ) async throws -> SecondFactorChallenge {
    let now = Instant.now
    let token = SingleUseToken()
    let end = now + IdentitySettings.challengeLifetime
    try await call.database.connections.execute(
      """
      INSERT INTO identity.login_challenge (hash, user_id, credential_version, first_factor, created_at, expires_at)
      VALUES (\(token.hash), \(account.id), \(account.credentialVersion), \(first.rawValue), \(now), \(end))
      """)
    let challenge = SecondFactorChallenge(in: call.arena)
    challenge.token = call.arena.text(token.text)
    challenge.expireTime = end.timestamp(in: call.arena)
    return challenge
  }

  /// Verifies the second factor. The session begins in the transaction that redeems the challenge and the code.
  func answer(_ text: String, with code: String, _ device: DeviceInfo, _ call: Call) async throws -> NewSession {
    let now = Instant.now
    let hash = SingleUseToken.hash(of: text)
    let account = try await owner(of: hash, call)
    return try await AuthenticationAttempt(context, on: account?.emailKey, from: device, call).verify(of: account) {
      work in
      // The user's row is always locked before other rows of the user.
      if let account { _ = try await Account.lock(account.id, work) }
      let rows = try await work.rows(
        """
        SELECT c.user_id, c.first_factor, c.credential_version
          FROM identity.login_challenge c
         WHERE c.hash = \(hash) AND c.used_at IS NULL AND c.expires_at > \(now)
           AND c.wrong_codes < \(IdentitySettings.wrongCodesMax)
           AND (SELECT coalesce(sum(o.wrong_codes), 0) FROM identity.login_challenge o
                 WHERE o.user_id = c.user_id AND o.created_at > \(now - IdentitySettings.wrongCodesRemembered))
               < \(IdentitySettings.wrongCodesOfUserMax)
           FOR UPDATE
        """)
      guard let row = rows.first else { throw IdentityError.invalidToken }
      let (user, first) = (try row.id("user_id"), try row.firstFactor("first_factor"))
      let stamp = try row.stamp(of: user, isInSession: false)
      guard try await Account.lock(stamp, at: now, work) != nil else { throw IdentityError.invalidToken }
      let factor = SecondFactor(work: work, vault: context.vault, now: now)
      let isRight = try await factor.accepts(code, of: user)
      try await work.execute(
        """
        UPDATE identity.login_challenge c
           SET used_at = CASE WHEN \(isRight)::boolean THEN \(now)::timestamptz END,
               wrong_codes = wrong_codes + CASE WHEN \(isRight)::boolean THEN 0 ELSE 1 END
         WHERE c.hash = \(hash)
        """)
      guard isRight else { throw IdentityError.wrongCode }
      let methods = AuthenticationMethods(first, second: true)
      return try await context.begin(stamp, device, methods, orThrow: .invalidToken, work)
    }
  }

  /// The account of a challenge, if the challenge exists.
  private func owner(of hash: [UInt8], _ call: Call) async throws -> Account? {
    let database = try call.database.connections
    let rows = try await database.rows("SELECT c.user_id FROM identity.login_challenge c WHERE c.hash = \(hash)")
    guard let row = rows.first else { return nil }
    return try await Account.find(try row.id("user_id"), database)
  }
}

extension RequestCheck {
  /// A field with a code of an authenticator, or a recovery code, in any grouping. A text that has the form of neither
  /// is refused before it is compared or counted.
  mutating func code(_ typed: String, _ field: String) -> String {
    let letters = EnteredCode.letters(of: typed)
    require(
      OneTimeCode.isWellFormed(letters) || RecoveryCode.isWellFormed(letters), field,
      "Must be the six digits that the authenticator shows, or a recovery code of 16 letters and digits.")
    return letters
  }

  /// A field with a code of an authenticator.
  mutating func oneTimeCode(_ typed: String, _ field: String) -> String {
    let letters = EnteredCode.letters(of: typed)
    require(OneTimeCode.isWellFormed(letters), field, "Must be the six digits that the authenticator shows.")
    return letters
  }
}
