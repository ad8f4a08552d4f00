internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Security

/// Somebody shows what could have been guessed: a password, a code, a mailed token. Whoever guesses often has to wait.
struct AuthenticationAttempt {
  private let context: IdentityContext
  private let call: Call
  private let device: DeviceInfo
  private let counter: FailureCounter
  private let start = ContinuousClock.now

  /// - Parameter account: the key of the account's e-mail address, whether or not there is one; nil when what is shown
  ///   would say whose it is.
  init(_ context: IdentityContext, on account: String?, from device: DeviceInfo, _ call: Call) {
    self.context = context
    self.call = call
    self.device = device
    counter = FailureCounter(account: account, address: device.address, rules: context.settings.lockOuts)
  }

  /// To be asked before a password is looked at, and again when it was right.
  /// - Throws: ``IdentityError/lockedOut(_:)``.
  func checkLockOut() async throws {
    if let wait = try await counter.wait(try call.database.connections) { throw IdentityError.lockedOut(wait) }
  }

  /// What was shown is wrong: counts it.
  /// - Returns: what the caller is told, after a time that does not say whether there is such an account.
  func failed(as error: IdentityError, of account: Account?) async throws -> IdentityError {
    var told = error
    try await context.inConstantTime(since: start, call) {
      told = try await context.change(call) { try await count(error, account, $0) }
    }
    return told
  }

  /// Runs `body` in a transaction, as ``look(of:_:_:)`` does. `owner` is whoever a mailed token is of: what was failed
  /// on their account before counts no more.
  func prove<Value>(
    of account: Account?, by owner: ID? = nil, _ body: (Transaction) async throws -> Value
  ) async throws -> Value {
    let outcome: Result<Value, CommittedRefusal> = try await context.change(call) { transaction in
      // An account's failures are locked before an address's.
      if let owner { try await context.resetFailures(of: owner, transaction) }
      do {
        return .success(try await look(of: account, transaction) { try await body(transaction) })
      } catch let refusal as CommittedRefusal {
        return .failure(refusal)
      }
    }
    switch outcome {
    case .success(let value): return value
    case .failure(let refusal): throw refusal.reason
    }
  }

  /// Runs `body`, which looks at what is shown before it changes anything. When it was wrong, that is counted in the
  /// same transaction, so that others who try meanwhile wait for what comes of it.
  ///
  /// To be called before any other row is locked: everybody locks the slates first.
  /// - Throws: ``CommittedRefusal`` for what was wrong: the transaction is to be committed.
  func look<Value>(
    of account: Account?, _ transaction: Transaction, _ body: () async throws -> Value
  ) async throws -> Value {
    if let wait = try await counter.hold(transaction) { throw IdentityError.lockedOut(wait) }
    do {
      return try await body()
    } catch let error as IdentityError where error.isWrongGuess {
      throw CommittedRefusal(try await count(error, account, transaction))
    }
  }

  private func count(
    _ error: IdentityError, _ account: Account?, _ transaction: Transaction
  ) async throws -> IdentityError {
    let consequence = try await counter.failed(user: account?.id, device: device.name, in: transaction)
    if let account, let lock = consequence.account, consequence.notifiesOwner {
      try await context.mailer.send(
        .lockedOut(address: device.address, duration: lock), to: account.emailRecipient, in: transaction)
    }
    return consequence.refused.map(IdentityError.lockedOut) ?? error
  }
}

extension IdentityContext {
  /// Carries out a request that has an id, as ``once(_:id:_:answer:_:)`` does, and with it something that could have
  /// been guessed: about the account of whoever is signed in, or about the address alone.
  func onceVerified<Request: Message, Response: Message>(
    _ request: Request, id: ID, _ call: Call, answer: ResponseStorage = .open,
    _ body: (UnitOfWork) async throws -> Response
  ) async throws -> Response {
    var account: Account?
    if let user = try? call.userSession.user { account = try await Account.find(user, try call.database.connections) }
    let attempt = AuthenticationAttempt(self, on: account?.emailKey, from: device(call), call)
    defer { hub.committed(on: call.loop) }  // failures are counted, too
    return try await once(request, id: id, call, answer: answer) { work in
      try await attempt.verifyInTransaction(of: account, work.transaction) { try await body(work) }
    }
  }

  /// - Returns: what the methods hangs on: to be compared when something is changed by it.
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

  /// Whoever has shown to be the account's owner begins anew; before any other row is locked.
  func resetFailures(of user: ID, _ transaction: Transaction) async throws {
    guard let account = try await Account.find(user, transaction) else { return }
    try await FailureCounter(account: account.emailKey, address: "").succeeded(in: transaction)
  }

  /// What is known of the caller's device when the request does not name it.
  func device(_ call: Call) -> DeviceInfo {
    DeviceInfo(name: call.metadata["user-agent"] ?? "", address: call.clientAddress?.description)
  }
}

extension IdentityError {
  /// Whether something was shown that was not the right one.
  fileprivate var isWrongGuess: Bool {
    switch self {
    case .wrongCredentials, .wrongCode, .invalidToken: true
    default: false
    }
  }
}
