internal import EventLoop
internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Sealing

/// The dependencies of the handlers of this module.
struct IdentityContext: Sendable {
  /// Responses that must not reveal whether an e-mail address has an account take this long.
  private static let constantTime: Duration = .milliseconds(250)

  let settings: IdentitySettings
  let hasher: PasswordHasher
  let directories: CallerDirectories
  let vault: Vault
  let mailer: any AccountMailer
  let revocations: RevocationReader

  /// Runs `body` in a unit of work. When it returns, this server has applied the revocations.
  func work<Value>(_ call: Call, _ body: (Work) async throws -> Value) async throws -> Value {
    let value = try await call.work(body)
    await revocations.catchUp()
    return value
  }

  /// Carries out a request that has a `request_id`: a repeated request gets the first response. Pass `.sealed` for a
  /// response that holds secrets or personal data. When it returns, this server has applied the revocations.
  func work<Request: Message, Response: Message>(
    _ request: Request, id: ID, _ call: Call, answer: ResponseStorage = .open,
    _ body: (Work) async throws -> Response
  ) async throws -> Response {
    let response = try await call.work(request, id: id, answer: answer, body)
    await revocations.catchUp()
    return response
  }

  /// Runs `body`, and waits until the constant time has passed since `start`.
  func inConstantTime(
    since start: ContinuousClock.Instant = .now, _ call: Call, _ body: () async throws -> Void
  ) async throws {
    let end = start + Self.constantTime
    try await body()
    let rest = ContinuousClock.now.duration(to: end)
    if rest > .zero { try await call.loop.sleep(for: rest) }
  }

  /// The device of the caller: the name in the request, otherwise the user agent of the client.
  func device(_ name: String, _ call: Call) -> DeviceInfo {
    DeviceInfo(
      name: name.isEmpty ? call.metadata["user-agent"] ?? "" : name, address: call.clientAddress?.description)
  }

  /// The token pair of a session.
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

  /// The token pair of a session that has just begun.
  func tokens(_ begun: NewSession, _ call: Call) throws -> TokenPair {
    try tokens(
      begun.account, session: begun.session, refresh: begun.refresh, methods: begun.methods, at: begun.at, call)
  }

  /// Begins a session of an authenticated user, in the transaction that redeems the credential.
  /// - Throws: `stale` when the credential was invalidated in the meantime.
  func begin(
    _ stamp: SecurityStamp, _ device: DeviceInfo, _ methods: AuthenticationMethods, orThrow stale: IdentityError,
    _ work: Work
  ) async throws -> NewSession {
    let now = Instant.now
    try await resetFailures(of: stamp.user, work)
    guard let account = try await Account.lock(stamp, at: now, work) else { throw stale }
    if account.isDisabled { throw IdentityError.accountDisabled }
    try await NewDevice(account: account, device: device, now: now).notice(mailer, work)
    let store = SessionStore(work: work, settings: settings, now: now)
    let (session, refresh) = try await store.open(account, device, methods)
    return NewSession(account: account, session: session, refresh: refresh, methods: methods, at: now)
  }
}

/// A session that has just begun. Its tokens are issued when the transaction is committed.
struct NewSession {
  let account: Account
  let session: ID
  let refresh: SingleUseToken
  let methods: AuthenticationMethods
  let at: Instant
}

extension Call {
  /// The user and the session of a caller who is signed in as a person.
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
