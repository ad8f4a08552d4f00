internal import Credentials
internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC

/// `fastshop.identity.v1.SecondFactorService`.
struct SecondFactorHandlers: SecondFactorService {
  /// The issuer that authenticators show above the code.
  private static let label = "FastShop"

  let context: IdentityContext

  func getSecondFactor(_ request: GetSecondFactorRequest, _ call: Call) async throws -> GetSecondFactorResponse {
    let (user, _) = try call.userSession
    let response = try await call.database.first(
      GetSecondFactorResponse.self,
      """
      SELECT EXISTS (SELECT FROM identity.totp t WHERE t.user_id = \(user) AND t.confirmed_at IS NOT NULL)
               AS is_enabled,
             (SELECT count(*) FROM identity.recovery_code r WHERE r.user_id = \(user) AND r.used_at IS NULL)::int
               AS recovery_codes_left
      """)
    return response ?? GetSecondFactorResponse(in: call.arena)
  }

  func beginEnrolment(_ request: BeginEnrolmentRequest, _ call: Call) async throws -> BeginEnrolmentResponse {
    let (user, session) = try call.userSession
    var check = RequestCheck()
    let password = check.presentPassword(request.password.string, "password")
    try check.verify()
    let stamp = try await context.verifyPassword(password, of: user, in: session, call)
    let (secret, email) = try await context.change(call) { transaction in
      let factor = factor(transaction)
      let account = try await lock(stamp, factor)
      guard let secret = try await factor.enrol(stamp) else { throw IdentityError.secondFactorExists }
      return (secret, account.email)
    }
    let text = Base32.encode(secret)
    let response = BeginEnrolmentResponse(in: call.arena)
    response.secret = call.arena.text(text)
    response.otpauthUri = call.arena.text(Self.address(of: text, email))
    return response
  }

  func confirmEnrolment(_ request: ConfirmEnrolmentRequest, _ call: Call) async throws -> ConfirmEnrolmentResponse {
    let (user, session) = try call.userSession
    var check = RequestCheck()
    let code = check.oneTimeCode(request.code.string, "code")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await context.onceVerified(request, id: requestID, call, answer: .sealed) { work in
      let factor = factor(work.transaction)
      let codes = try await work.audit.recordUserChange(of: user, "identity.second_factor.enable") {
        guard try await factor.confirm(code, of: user) else { throw IdentityError.wrongCode }
        // The user has just verified a code, so the session counts as one with a second factor.
        try await factor.transaction.execute("UPDATE identity.session SET second_factor = true WHERE id = \(session)")
        return try await factor.renewRecoveryCodes(of: user)
      }
      let response = ConfirmEnrolmentResponse(in: call.arena)
      for code in codes { response.recoveryCodes.append(call.arena.text(code.text)) }
      return response
    }
  }

  func renewRecoveryCodes(
    _ request: RenewRecoveryCodesRequest, _ call: Call
  ) async throws -> RenewRecoveryCodesResponse {
    let (user, _) = try call.userSession
    var check = RequestCheck()
    let code = check.code(request.code.string, "code")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    return try await context.onceVerified(request, id: requestID, call, answer: .sealed) { work in
      let factor = factor(work.transaction)
      let codes = try await work.audit.recordUserChange(of: user, "identity.second_factor.renew_codes") {
        try await factor.require(code, of: user)
        return try await factor.renewRecoveryCodes(of: user)
      }
      let response = RenewRecoveryCodesResponse(in: call.arena)
      for code in codes { response.recoveryCodes.append(call.arena.text(code.text)) }
      return response
    }
  }

  func deleteSecondFactor(
    _ request: DeleteSecondFactorRequest, _ call: Call
  ) async throws -> DeleteSecondFactorResponse {
    let (user, session) = try call.userSession
    var check = RequestCheck()
    let password = check.presentPassword(request.password.string, "password")
    let code = check.code(request.code.string, "code")
    let requestID = check.id(request.requestID, "request_id")
    try check.verify()
    let stamp = try await context.verifyPassword(password, of: user, in: session, call)
    return try await context.onceVerified(request, id: requestID, call) { work in
      let factor = factor(work.transaction)
      try await work.audit.recordUserChange(of: user, "identity.second_factor.remove") {
        let account = try await lock(stamp, factor)
        if context.settings.requiresSecondFactorOfStaff && account.isStaff { throw IdentityError.secondFactorRequired }
        try await factor.require(code, of: user)
        try await factor.remove(of: user)
        try await context.notifySecondFactorRemoved(account, factor.transaction)
      }
      return DeleteSecondFactorResponse(in: call.arena)
    }
  }

  /// Locks the account after re-authentication, unless the stamp is out of date.
  private func lock(_ stamp: SecurityStamp, _ factor: SecondFactor) async throws -> Account {
    guard let account = try await Account.lock(stamp, at: factor.now, factor.transaction) else {
      throw IdentityError.credentialsChanged
    }
    return account
  }

  private func factor(_ transaction: Transaction) -> SecondFactor {
    SecondFactor(transaction: transaction, vault: context.vault, now: .now)
  }

  /// The `otpauth` URI, which authenticators read from a QR code.
  private static func address(of secret: String, _ email: String) -> String {
    let account = email.utf8.reduce(into: "") { text, byte in
      let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf) || "-._~@".utf8.contains(byte)
      text += isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return "otpauth://totp/\(label):\(account)?secret=\(secret)&issuer=\(label)&algorithm=SHA1&digits=6&period=30"
  }
}

extension IdentityContext {
  /// Notifies the owner of the account, whoever removed the second factor.
  func notifySecondFactorRemoved(_ account: Account, _ transaction: Transaction) async throws {
    let owner = EmailRecipient(email: account.email, name: account.displayName)
    try await mailer.send(.secondFactorRemoved, to: owner, in: transaction)
  }
}

extension SecondFactor {
  /// - Throws: ``IdentityError/noSecondFactor``, ``IdentityError/wrongCode``.
  fileprivate func require(_ code: String, of user: ID) async throws {
    let account = try await Account.find(user, transaction)
    guard account?.hasSecondFactor == true else { throw IdentityError.noSecondFactor }
    guard try await accepts(code, of: user) else { throw IdentityError.wrongCode }
  }
}
