internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import Sealing

/// `fastshop.identity.v1.AuthService`.
struct AuthHandlers: AuthService {
  let context: IdentityContext

  func registerUser(_ request: RegisterUserRequest, _ call: Call) async throws -> RegisterUserResponse {
    let registration = try Registration(request)
    try await context.inConstantTime(call) {
      let hash = try await context.hasher.hash(registration.password, on: call.loop)
      try await context.work(call) { work in
        try await registration.apply(hash, context, at: .now, work)
      }
    }
    return RegisterUserResponse(in: call.arena)
  }

  func verifyEmail(_ request: VerifyEmailRequest, _ call: Call) async throws -> VerifyEmailResponse {
    var check = RequestCheck()
    let token = check.token(request.token.string, "token")
    let password = check.newPassword(request.password.string, "password", email: nil)
    try check.verify()
    try await PasswordChange(context: context).verifyEmail(by: token, with: password, call)
    return VerifyEmailResponse(in: call.arena)
  }

  func resendVerification(
    _ request: ResendVerificationRequest, _ call: Call
  ) async throws -> ResendVerificationResponse {
    var check = RequestCheck()
    let email = check.email(request.email.string, "email")
    try check.verify()
    try await context.inConstantTime(call) {
      try await MailedTokenSender(context: context).resendVerification(to: email, call)
    }
    return ResendVerificationResponse(in: call.arena)
  }

  func signIn(_ request: SignInRequest, _ call: Call) async throws -> SignInResponse {
    let signIn = try PasswordSignIn(request)
    let device = context.device(signIn.device, call)
    let account = try await signIn.verify(context, device, call)
    let response = SignInResponse(in: call.arena)
    switch try await context.completeFirstFactor(account, by: .password, device, call) {
    case .tokens(let tokens): response.outcome = .tokens(tokens)
    case .challenge(let challenge): response.outcome = .challenge(challenge)
    }
    return response
  }

  func confirmSignIn(_ request: ConfirmSignInRequest, _ call: Call) async throws -> ConfirmSignInResponse {
    var check = RequestCheck()
    let token = check.token(request.challengeToken.string, "challenge_token")
    let code = check.code(request.code.string, "code")
    let name = check.device(request.device)
    try check.verify()
    let device = context.device(name, call)
    let begun = try await SignInChallenges(context: context).answer(token, with: code, device, call)
    let response = ConfirmSignInResponse(in: call.arena)
    response.tokens = try context.tokens(begun, call)
    return response
  }

  func refreshToken(_ request: RefreshTokenRequest, _ call: Call) async throws -> RefreshTokenResponse {
    var check = RequestCheck()
    let token = check.token(request.refreshToken.string, "refresh_token")
    let id = check.optionalID(request.exchangeID, "exchange_id")
    try check.verify()
    let response = RefreshTokenResponse(in: call.arena)
    response.tokens = try await RefreshTokenExchange(context: context).exchange(token, id: id, call)
    return response
  }

  func signOut(_ request: SignOutRequest, _ call: Call) async throws -> SignOutResponse {
    let (user, session) = try call.userSession
    try await context.work(call) { work in
      let store = SessionStore(work: work, settings: context.settings, now: .now)
      try await store.end(.one(session), of: user, because: .signedOut)
    }
    return SignOutResponse(in: call.arena)
  }

  func requestPasswordReset(
    _ request: RequestPasswordResetRequest, _ call: Call
  ) async throws -> RequestPasswordResetResponse {
    var check = RequestCheck()
    let email = check.email(request.email.string, "email")
    try check.verify()
    try await context.inConstantTime(call) {
      try await MailedTokenSender(context: context).resetPassword(of: email, call)
    }
    return RequestPasswordResetResponse(in: call.arena)
  }

  func resetPassword(_ request: ResetPasswordRequest, _ call: Call) async throws -> ResetPasswordResponse {
    var check = RequestCheck()
    let token = check.token(request.token.string, "token")
    let password = check.newPassword(request.newPassword.string, "new_password", email: nil)
    try check.verify()
    try await PasswordChange(context: context).reset(by: token, to: password, call)
    return ResetPasswordResponse(in: call.arena)
  }

  func changePassword(_ request: ChangePasswordRequest, _ call: Call) async throws -> ChangePasswordResponse {
    var check = RequestCheck()
    let present = check.presentPassword(request.currentPassword.string, "current_password")
    let new = check.newPassword(request.newPassword.string, "new_password", email: nil)
    check.require(present.isEmpty || present != new, "new_password", "Must differ from the current password.")
    try check.verify()
    try await PasswordChange(context: context).change(from: present, to: new, call)
    return ChangePasswordResponse(in: call.arena)
  }
}
