internal import FastShopAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Sealing

/// `fastshop.identity.v1.AuthService`.
struct AuthEndpoint: AuthService {
  let desk: Reception

  func registerUser(_ request: RegisterUserRequest, _ call: Call) async throws -> RegisterUserResponse {
    let registration = try Registration(request)
    try await desk.inEqualTime(call) {
      let hash = try await desk.hasher.hash(registration.password, on: call.loop)
      try await desk.change(call) { transaction in
        try await registration.carryOut(hash, desk, at: .now, transaction)
      }
    }
    return RegisterUserResponse(in: call.arena)
  }

  func verifyEmail(_ request: VerifyEmailRequest, _ call: Call) async throws -> VerifyEmailResponse {
    var check = RequestCheck()
    let token = check.token(request.token.string, "token")
    let password = check.newPassword(request.password.string, "password", email: nil)
    try check.verify()
    try await PasswordChange(desk: desk).verifyEmail(by: token, with: password, call)
    return VerifyEmailResponse(in: call.arena)
  }

  func resendVerification(
    _ request: ResendVerificationRequest, _ call: Call
  ) async throws -> ResendVerificationResponse {
    var check = RequestCheck()
    let email = check.email(request.email.string, "email")
    try check.verify()
    try await desk.inEqualTime(call) {
      try await AccountMail(desk: desk).resendVerification(to: email, call)
    }
    return ResendVerificationResponse(in: call.arena)
  }

  func logIn(_ request: LogInRequest, _ call: Call) async throws -> LogInResponse {
    let logIn = try LogIn(request)
    let device = desk.device(logIn.device, call)
    let account = try await logIn.prove(desk, device, call)
    let response = LogInResponse(in: call.arena)
    switch try await desk.admit(account, by: .password, device, call) {
    case .tokens(let tokens): response.outcome = .tokens(tokens)
    case .challenge(let challenge): response.outcome = .challenge(challenge)
    }
    return response
  }

  func confirmLogIn(_ request: ConfirmLogInRequest, _ call: Call) async throws -> ConfirmLogInResponse {
    var check = RequestCheck()
    let token = check.token(request.challengeToken.string, "challenge_token")
    let code = check.code(request.code.string, "code")
    let name = check.device(request.device)
    try check.verify()
    let device = desk.device(name, call)
    let begun = try await Challenges(desk: desk).answer(token, with: code, device, call)
    let response = ConfirmLogInResponse(in: call.arena)
    response.tokens = try desk.tokens(begun, call)
    return response
  }

  func refreshToken(_ request: RefreshTokenRequest, _ call: Call) async throws -> RefreshTokenResponse {
    var check = RequestCheck()
    let token = check.token(request.refreshToken.string, "refresh_token")
    let id = check.optionalID(request.exchangeID, "exchange_id")
    try check.verify()
    let response = RefreshTokenResponse(in: call.arena)
    response.tokens = try await Refresh(desk: desk).exchange(token, id: id, call)
    return response
  }

  func logOut(_ request: LogOutRequest, _ call: Call) async throws -> LogOutResponse {
    let (user, session) = try call.person
    try await desk.change(call) { transaction in
      let store = SessionStore(transaction: transaction, settings: desk.settings, now: .now)
      try await store.end(.one(session), of: user, because: .loggedOut)
    }
    return LogOutResponse(in: call.arena)
  }

  func requestPasswordReset(
    _ request: RequestPasswordResetRequest, _ call: Call
  ) async throws -> RequestPasswordResetResponse {
    var check = RequestCheck()
    let email = check.email(request.email.string, "email")
    try check.verify()
    try await desk.inEqualTime(call) { try await AccountMail(desk: desk).resetPassword(of: email, call) }
    return RequestPasswordResetResponse(in: call.arena)
  }

  func resetPassword(_ request: ResetPasswordRequest, _ call: Call) async throws -> ResetPasswordResponse {
    var check = RequestCheck()
    let token = check.token(request.token.string, "token")
    let password = check.newPassword(request.newPassword.string, "new_password", email: nil)
    try check.verify()
    try await PasswordChange(desk: desk).reset(by: token, to: password, call)
    return ResetPasswordResponse(in: call.arena)
  }

  func changePassword(_ request: ChangePasswordRequest, _ call: Call) async throws -> ChangePasswordResponse {
    var check = RequestCheck()
    let present = check.presentPassword(request.currentPassword.string, "current_password")
    let new = check.newPassword(request.newPassword.string, "new_password", email: nil)
    check.require(present.isEmpty || present != new, "new_password", "Must differ from the current password.")
    try check.verify()
    try await PasswordChange(desk: desk).change(from: present, to: new, call)
    return ChangePasswordResponse(in: call.arena)
  }
}
