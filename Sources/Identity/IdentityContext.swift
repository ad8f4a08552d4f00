internal import EventLoop
internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Sealing

/// What all endpoints of the room stand on.
struct IdentityContext: Sendable {
  /// Answers that must not tell whether an address has an account take this long, whatever was done.
  private static let constantTime: Duration = .milliseconds(250)

  let settings: IdentitySettings
  let hasher: PasswordHasher
  let directories: CallerDirectories
  let vault: Vault
  let mailer: any AccountMailer
  let hub: EventHub
  let revocations: RevocationReader

  /// Something was committed: what it logged is told to every server, and whatever rights it has ended are over here.
  private func committed(_ call: Call) async {
    hub.committed(on: call.loop)
    await revocations.catchUp()
  }

  /// Runs `body` in a transaction; what it logged is told to every server, and rights that it ended are over here when
  /// this returns.
  func change<Value>(_ call: Call, _ body: (Transaction) async throws -> Value) async throws -> Value {
    let value = try await call.database.connections.transaction(body)
    await committed(call)
    return value
  }

  /// Carries out a request that has an id: sent again, it gets the first answer. `body` works in the work's
  /// transaction; an answer that holds secrets, or tells of people, is remembered `.sealed`.
  func once<Request: Message, Response: Message>(
    _ request: Request, id: ID, _ call: Call, answer: ResponseStorage = .open,
    _ body: (UnitOfWork) async throws -> Response
  ) async throws -> Response {
    let response = try await call.once(request, id: id, answer: answer) { transaction in
      try await body(try UnitOfWork(transaction, call, requestID: id))
    }
    await committed(call)
    return response
  }

  /// Runs `body`, and waits until the time has passed that it always takes, counted from `start`.
  func inConstantTime(
    since start: ContinuousClock.Instant = .now, _ call: Call, _ body: () async throws -> Void
  ) async throws {
    let end = start + Self.constantTime
    try await body()
    let rest = ContinuousClock.now.duration(to: end)
    if rest > .zero { try await call.loop.sleep(for: rest) }
  }

  /// What a session is told of the caller's device: what the request calls it, else what the client calls itself.
  func device(_ name: String, _ call: Call) -> DeviceInfo {
    DeviceInfo(
      name: name.isEmpty ? call.metadata["user-agent"] ?? "" : name, address: call.clientAddress?.description)
  }

  /// The tokens of a session.
  func tokens(
    _ account: Account, session: ID, refresh: SingleUseToken, methods: AuthenticationMethods, at now: Instant,
    _ call: Call
  ) throws -> TokenPair {
    let claims = account.claims(session: session, methods: methods, settings, at: now)
    let keys = directories.keys(on: call.loop)
    guard let access = AccessToken(settings: settings).text(claims, signedBy: keys, at: now) else {
      throw IdentityError.noSigningKey
    }
    let pair = TokenPair(in: call.arena)
    pair.accessToken = call.arena.text(access)
    pair.accessExpireTime = claims.expiresAt.timestamp(in: call.arena)
    pair.refreshToken = call.arena.text(refresh.text)
    pair.refreshExpireTime = (now + settings.sessionLifetime).timestamp(in: call.arena)
    pair.sessionID = call.arena.text(session.description)
    pair.userID = call.arena.text(account.id.description)
    return pair
  }

  /// The tokens of a session that has just begun.
  func tokens(_ begun: NewSession, _ call: Call) throws -> TokenPair {
    try tokens(
      begun.account, session: begun.session, refresh: begun.refresh, methods: begun.methods, at: begun.at, call)
  }

  /// Begins a session of a user who has proved who they are, inside the transaction that redeems the methods.
  /// - Throws: `stale` when something has ended what was shown, meanwhile.
  func begin(
    _ stamp: SecurityStamp, _ device: DeviceInfo, _ methods: AuthenticationMethods, orThrow stale: IdentityError,
    _ transaction: Transaction
  ) async throws -> NewSession {
    let now = Instant.now
    try await resetFailures(of: stamp.user, transaction)
    guard let account = try await Account.lock(stamp, at: now, transaction) else { throw stale }
    if account.isDisabled { throw IdentityError.accountDisabled }
    try await NewDevice(account: account, device: device, now: now).notice(mailer, transaction)
    let store = SessionStore(transaction: transaction, settings: settings, now: now)
    let (session, refresh) = try await store.open(account, device, methods)
    return NewSession(account: account, session: session, refresh: refresh, methods: methods, at: now)
  }
}

/// A session that has just begun, whose tokens are given out once the transaction is committed.
struct NewSession {
  let account: Account
  let session: ID
  let refresh: SingleUseToken
  let methods: AuthenticationMethods
  let at: Instant
}

extension Call {
  /// The user and the session of a caller who is a person and signed in.
  /// - Throws: ``IdentityError/noSession``.
  var userSession: (user: ID, session: ID) {
    get throws {
      guard caller.kind == .user, let user = caller.id, let session = caller.sessionID else {
        throw IdentityError.noSession
      }
      return (user, session)
    }
  }
}
