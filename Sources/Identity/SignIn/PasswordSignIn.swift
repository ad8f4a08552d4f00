internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// A sign-in with e-mail address and password.
struct PasswordSignIn {
  private let email: EmailAddress?
  private let password: String
  /// The name of the device in the request.
  let device: String

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SignInRequest) throws {
    var check = RequestCheck()
    email = check.email(request.email.string, "email")
    password = check.presentPassword(request.password.string, "password")
    device = check.device(request.device)
    try check.verify()
  }

  /// Returns the account when the password is right. Neither the error nor the response time reveals what is wrong: a
  /// password is hashed in any case.
  func verify(_ context: IdentityContext, _ device: DeviceInfo, _ call: Call) async throws -> Account {
    guard let email else { throw IdentityError.wrongCredentials }  // verified above
    let attempt = AuthenticationAttempt(context, on: email.key, from: device, call)
    try await attempt.checkLockOut()
    let account = try await Account.find(email, try call.database.connections)
    let match = try await context.hasher.match(password, account?.passwordHash, on: call.loop)
    guard let account, match != .no else { throw try await attempt.failed(as: .wrongCredentials, of: account) }
    try await attempt.checkLockOut()
    if account.isDisabled { throw IdentityError.accountDisabled }
    guard account.isVerified else { throw IdentityError.emailNotVerified }
    try await context.renewHash(of: account, password, match, call)
    return account
  }
}

extension IdentityContext {
  /// Replaces the hash of an imported password, of an outdated cost, or of a password that was not normalised, when the
  /// password is at hand.
  func renewHash(of account: Account, _ password: String, _ match: PasswordHasher.Match, _ call: Call) async throws {
    guard match == .outdated, let stored = account.passwordHash else { return }
    let hash = try await hasher.hash(password, on: call.loop)
    try await call.database.connections.execute(
      "UPDATE identity.user SET password_hash = \(hash) WHERE id = \(account.id) AND password_hash = \(stored)")
  }
}
