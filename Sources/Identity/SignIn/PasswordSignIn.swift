internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// Somebody says who they are and proves it by a password.
struct PasswordSignIn {
  private let email: EmailAddress?
  private let password: String
  /// What the request calls the device.
  let device: String

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SignInRequest) throws {
    var check = RequestCheck()
    email = check.email(request.email.string, "email")
    password = check.presentPassword(request.password.string, "password")
    device = check.device(request.device)
    try check.verify()
  }

  /// The account, if the password is its own. What is wrong otherwise is not told, nor is it to be seen from the time:
  /// a password is checked in any case.
  func prove(_ context: IdentityContext, _ device: DeviceInfo, _ call: Call) async throws -> Account {
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
  /// Hashes of imported passwords, of lower costs, and of passwords that were not normalised are made anew when the
  /// password is at hand.
  func renewHash(of account: Account, _ password: String, _ match: PasswordHasher.Match, _ call: Call) async throws {
    guard match == .outdated, let stored = account.passwordHash else { return }
    let hash = try await hasher.hash(password, on: call.loop)
    try await call.database.connections.execute(
      "UPDATE identity.user SET password_hash = \(hash) WHERE id = \(account.id) AND password_hash = \(stored)")
  }
}
