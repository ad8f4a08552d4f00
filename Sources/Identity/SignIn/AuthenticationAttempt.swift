internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Security

/// An attempt to authenticate with a credential that can be guessed: a password, a code or a mailed token. Failures
/// lock the account and the address out for a while.
struct AuthenticationAttempt {
  private let context: IdentityContext
  private let call: Call
  private let device: DeviceInfo
  private let counter: FailureCounter
  private let start = ContinuousClock.now

  /// - Parameter account: the key of the account's e-mail address, whether or not the account exists; nil when the
  ///   credential itself identifies the account.
  init(_ context: IdentityContext, on account: String?, from device: DeviceInfo, _ call: Call) {
    self.context = context
    self.call = call
    self.device = device
    counter = FailureCounter(account: account, address: device.address, rules: context.settings.lockOuts)
  }

  /// Call it before a password is verified, and again when it was right.
  /// - Throws: ``IdentityError/lockedOut(_:)``.
  func checkLockOut() async throws {
    if let wait = try await counter.wait(try call.database.connections) { throw IdentityError.lockedOut(wait) }
  }

  /// Counts a failed attempt.
  /// - Returns: the error for the caller, after a time that does not reveal whether the account exists.
  func failed(as error: IdentityError, of account: Account?) async throws -> IdentityError {
    var told = error
    try await context.inConstantTime(since: start, call) {
      told = try await context.work(call) { try await count(error, account, $0) }
    }
    return told
  }

  /// Runs `body` in a transaction, like ``verify(of:in:_:)``. `owner` is the user of a mailed token: the
  /// failures of that account are deleted.
  func verify<Value>(
    of account: Account?, by owner: ID? = nil, _ body: (Work) async throws -> Value
  ) async throws -> Value {
    try await context.work(call) { work in
      // The failures of an account are locked before those of an address.
      if let owner { try await context.resetFailures(of: owner, work) }
      return try await verify(of: account, in: work) { try await body(work) }
    }
  }

  /// Runs `body`, which verifies the credential before it changes anything. A wrong credential is counted in the same
  /// transaction, so concurrent attempts wait for the result.
  ///
  /// Call it before any other row is locked: failure records are always locked first.
  /// - Throws: ``CommittedRefusal`` for a wrong credential. The transaction must be committed.
  func verify<Value>(
    of account: Account?, in work: Work, _ body: () async throws -> Value
  ) async throws -> Value {
    if let wait = try await counter.hold(work) { throw IdentityError.lockedOut(wait) }
    do {
      return try await body()
    } catch let error as IdentityError where error.isWrongGuess {
      throw CommittedRefusal(try await count(error, account, work))
    }
  }

  private func count(
    _ error: IdentityError, _ account: Account?, _ work: Work
  ) async throws -> IdentityError {
    let consequence = try await counter.failed(user: account?.id, device: device.name, in: work)
    if let account, let lock = consequence.account, consequence.notifiesOwner {
      work.publish(try LockOutMails.event(of: account.id, from: device.address, for: lock))
    }
    return consequence.refused.map(IdentityError.lockedOut) ?? error
  }
}

extension IdentityContext {
  /// Executes a request that has a `request_id`, like ``work(_:id:_:answer:_:)``, and verifies a credential that can be
  /// guessed, for the account of the signed-in user, or for the address alone.
  func workVerified<Request: Message, Response: Message>(
    _ request: Request, id: ID, _ call: Call, answer: ResponseStorage = .open,
    _ body: (Work) async throws -> Response
  ) async throws -> Response {
    var account: Account?
    if let user = try? call.userSession.user { account = try await Account.find(user, try call.database.connections) }
    let attempt = AuthenticationAttempt(self, on: account?.emailKey, from: device(call), call)
    return try await work(request, id: id, call, answer: answer) { work in
      try await attempt.verify(of: account, in: work) { try await body(work) }
    }
  }

  /// - Returns: the security stamp of the verification, to be compared when the change is made.
  /// - Throws: ``IdentityError/wrongCredentials`` unless `password` is the user's.
  func verifyPassword(
    _ password: String, of user: ID, in session: ID, _ call: Call
  ) async throws -> SecurityStamp {
    let account = try await Account.find(user, try call.database.connections)
    let attempt = AuthenticationAttempt(self, on: account?.emailKey, from: device(call), call)
    try await attempt.checkLockOut()
    let match = try await hasher.match(password, account?.passwordHash, on: call.loop)
    guard let account, match != .no else { throw try await attempt.failed(as: .wrongCredentials, of: account) }
    try await attempt.checkLockOut()
    try await renewHash(of: account, password, match, call)
    return account.stamp(in: session)
  }

  /// Deletes the failures of an account whose owner has authenticated. Call it before any other row is locked.
  func resetFailures(of user: ID, _ work: Work) async throws {
    guard let account = try await Account.find(user, work) else { return }
    try await FailureCounter(account: account.emailKey, address: "").succeeded(in: work)
  }

  /// The device of the caller when the request does not name it.
  func device(_ call: Call) -> DeviceInfo {
    DeviceInfo(name: call.metadata["user-agent"] ?? "", address: call.clientAddress?.description)
  }
}

extension IdentityError {
  /// Whether the error means a wrong credential.
  fileprivate var isWrongGuess: Bool {
    switch self {
    case .wrongCredentials, .wrongCode, .invalidToken: true
    default: false
    }
  }
}
