internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// Somebody says who they are and proves it by a password.
struct LogIn {
  private let email: EmailAddress?
  private let password: String

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: LogInRequest) throws {
    var check = RequestCheck()
    email = check.email(request.email.string, "email")
    password = check.presentPassword(request.password.string, "password")
    check.require(request.device.utf8Count <= 800, "device", "Must have at most 200 characters.")
    try check.verify()
  }

  /// The account, if the password is its own. What is wrong otherwise is not told, nor is it to be seen from the time:
  /// a password is checked in any case.
  func prove(_ desk: Reception, _ device: DeviceNote, _ call: Call) async throws -> Account {
    guard let email else { throw IdentityError.wrongCredentials }  // verified above
    let attempt = Attempt(desk, on: email.key, from: device, call)
    try await attempt.admit()
    let account = try await Account.find(email, try call.database.connections)
    let isRight = try await desk.hasher.matches(password, account?.passwordHash, on: call.loop)
    guard let account, isRight else { throw try await attempt.failed(as: .wrongCredentials, of: account) }
    try await attempt.admit()
    if account.isDisabled { throw IdentityError.accountDisabled }
    guard account.isVerified else { throw IdentityError.emailNotVerified }
    try await renewHash(of: account, desk, call)
    return account
  }

  /// Imported passwords, and those of lower costs, are hashed anew when they are at hand.
  private func renewHash(of account: Account, _ desk: Reception, _ call: Call) async throws {
    guard let stored = account.passwordHash, desk.hasher.isOutdated(stored) else { return }
    let hash = try await desk.hasher.hash(password, on: call.loop)
    try await call.database.connections.execute(
      "UPDATE identity.user SET password_hash = \(hash) WHERE id = \(account.id) AND password_hash = \(stored)")
  }
}
