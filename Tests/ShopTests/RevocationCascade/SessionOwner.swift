import Credentials
import IdentityAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

/// Somebody with two sessions: their own, and one of which a thief has the tokens.
final class SessionOwner {
  /// A session, with the tokens of the party that began it.
  struct Session: Sendable {
    let id: String
    let refreshToken: String
  }

  static let newPassword = "other words do as well"

  let things: AccessResources
  let adminOptions: CallOptions
  let account: TestAccount
  private var password = AccessResources.password
  private var codes: [String] = []
  private var ownSession: Session?
  private var stolenSession: Session?

  /// Somebody whose address is verified and who has signed in twice, with a second factor if need be; or somebody who
  /// has registered and no more.
  init(_ environment: AccessEnvironment, hasFactor: Bool, isVerified: Bool) async throws {
    things = try environment.things(for: .admin)
    adminOptions = try environment.options(for: .admin)
    let email = "\(things.requestID)@example.com"
    guard isVerified else {
      let node = things.node
      let json = "{\"email\": \"\(email)\", \"password\": \"\(AccessResources.password)\", \"display_name\": \"Ada\"}"
      let _: RegisterUserResponse = try await node.channel.unary(
        "/fastshop.identity.v1.AuthService/RegisterUser", try RegisterUserRequest(json: json, in: Arena()))
      let id = try await things.make { "SELECT id FROM identity.user WHERE email_key = \(email)" }
      account = TestAccount(id: id, email: email, session: AccessResources.absent)
      return
    }
    let id = try await things.make {
      """
      INSERT INTO identity.user (email, email_key, email_verified_at, password_hash, display_name)
      SELECT \(email), \(email), now(), s.password_hash, 'Ada' FROM identity.user s
       WHERE s.email_key = 'seed@example.com'
      RETURNING id
      """
    }
    account = TestAccount(id: id, email: email, session: AccessResources.absent)
    ownSession = try await tokens(of: "own")
    stolenSession = try await tokens(of: "stolen")
    if hasFactor { try await enrol() }
  }

  /// Their own session, and the thief's.
  var own: Session { get throws { try #require(ownSession) } }
  var stolen: Session { get throws { try #require(stolenSession) } }

  /// Asks, as the session if there is one.
  func call<Q: Message, R: Message>(
    _ method: String, _: Q.Type, as session: Session? = nil, _ json: String
  ) async throws -> R {
    var options = CallOptions()
    options.timeout = .seconds(20)
    if let session {
      options = things.node.options(
        as: .customer, TestAccount(id: account.id, email: account.email, session: session.id))
    }
    return try await things.node.channel.unary(
      "/fastshop.identity.v1.\(method)", try Q(json: json, in: Arena()), options)
  }

  /// Administers the account.
  func administer<Q: Message, R: Message>(_ method: String, _: Q.Type, _ more: String) async throws -> R {
    let json = "{\"user_id\": \"\(account.id)\", \(more)\"request_id\": \"\(things.requestID)\"}"
    return try await things.node.channel.unary(
      "/fastshop.identity.v1.UserService/\(method)", try Q(json: json, in: Arena()), adminOptions)
  }

  /// Half a sign-in, or a whole one.
  func signIn(_ device: String) async throws -> SignInResponse {
    try await call(
      "AuthService/SignIn", SignInRequest.self,
      "{\"email\": \"\(account.email)\", \"password\": \"\(password)\", \"device\": \"\(device)\"}")
  }

  /// A session that begins now.
  func tokens(of device: String) async throws -> Session {
    switch try await signIn(device).outcome {
    case .tokens(let tokens): return Session(tokens)
    case .challenge(let challenge): return try await confirm(challenge.token.string)
    case nil: throw RPCError(.internal, "neither tokens nor a challenge")
    }
  }

  /// The other half of a sign-in, with a recovery code.
  func confirm(_ challenge: String) async throws -> Session {
    let response: ConfirmSignInResponse = try await call(
      "AuthService/ConfirmSignIn", ConfirmSignInRequest.self,
      "{\"challenge_token\": \"\(challenge)\", \"code\": \"\(try recoveryCode())\"}")
    return Session(try #require(response.tokens))
  }

  /// Gets a second factor, in their own session.
  func enrol() async throws {
    let code = try await beginEnrolment(as: try own)
    let response: ConfirmEnrolmentResponse = try await call(
      "SecondFactorService/ConfirmEnrolment", ConfirmEnrolmentRequest.self, as: try own,
      "{\"code\": \"\(code())\", \"request_id\": \"\(things.requestID)\"}")
    codes = response.recoveryCodes.map(\.string)
  }

  /// Begins to enrol, and answers with what makes a code of the new secret.
  func beginEnrolment(as session: Session) async throws -> @Sendable () -> String {
    let begun: BeginEnrolmentResponse = try await call(
      "SecondFactorService/BeginEnrolment", BeginEnrolmentRequest.self, as: session,
      "{\"password\": \"\(password)\"}")
    let code = OneTimeCode(secret: Self.bytes(base32: begun.secret.string))
    return { code.code(step: OneTimeCode.step(at: Instant.now.microseconds / 1_000_000)) }
  }

  /// Renews the session, and returns its new tokens.
  func refresh(_ session: Session) async throws -> Session {
    let response: RefreshTokenResponse = try await call(
      "AuthService/RefreshToken", RefreshTokenRequest.self, "{\"refresh_token\": \"\(session.refreshToken)\"}")
    return Session(try #require(response.tokens))
  }

  /// The token in the latest e-mail.
  func mailedToken() throws -> String { try #require(things.node.mailer.token(for: account.email)) }

  /// A recovery code, which is used up.
  func recoveryCode() throws -> String {
    let code = try #require(codes.last)
    codes.removeLast()
    return code
  }

  var hasCodes: Bool { !codes.isEmpty }

  /// The second factor is gone.
  func forgetCodes() { codes = [] }

  /// The session that is one's own from now on.
  func goOn(in session: Session) { ownSession = session }

  /// The password that the account has from now on.
  func choose(password: String) { self.password = password }

  private static func bytes(base32 text: String) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    var (bits, count) = (UInt32(0), 0)
    var bytes: [UInt8] = []
    for letter in text {
      guard let value = alphabet.firstIndex(of: letter) else { continue }
      bits = bits << 5 | UInt32(value)
      count += 5
      guard count >= 8 else { continue }
      count -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
    }
    return bytes
  }
}

extension SessionOwner.Session {
  fileprivate init(_ tokens: TokenPair) {
    self.init(id: tokens.sessionID.string, refreshToken: tokens.refreshToken.string)
  }
}
