import RPC

extension AccessRow {
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)
  private static let unknown = AccessOutcome.all(.unauthenticated)

  private static func auth(_ method: String, plainFields: Set<String> = [], _ one: AccessCase) -> AccessRow {
    unseen("fastshop.identity.v1.AuthService/" + method, plainFields: plainFields, one)
  }

  private static func device(_ code: String) -> AccessCase {
    .one("user_code", own: found, others: missing, absent: missing) { things, whose in
      // What another has decided on is for nobody else.
      let typed = whose == .absent ? "BBBBBBBB" : try await things.device(decided: whose == .others).userCode
      return AccessRequest(
        json: "{\"user_code\": \"\(typed)\"\(code.replacing("ID", with: things.requestID))}",
        names: [typed, "\(typed.prefix(4))-\(typed.suffix(4))"])
    }
  }

  /// Getting and renewing credentials, which tells nobody whether an address has an account.
  static let signIn = [
    auth(
      "RegisterUser", plainFields: ["display_name"],
      .one("email", own: found, others: found, absent: found) { things, whose in
        let email = whose == .absent ? "\(things.requestID)@example.com" : things.email(whose)
        return AccessRequest(
          json: """
            {"email": "\(email)", "password": "\(AccessResources.password)", "display_name": "Ada"}
            """)
      }),
    auth(
      "VerifyEmail",
      .one("token", own: found, absent: unknown) { things, whose in
        let token = whose == .own ? try await things.mailedToken(for: "verify_email") : AccessResources.unknownToken
        return AccessRequest(json: "{\"token\": \"\(token)\", \"password\": \"quiet green window lamp\"}")
      }),
    auth(
      "ResendVerification",
      .one("email", own: found, others: found, absent: found) { things, whose in
        AccessRequest(json: "{\"email\": \"\(things.email(whose))\"}")
      }),
    auth(
      "SignIn",
      .one("email", own: found, others: unknown, absent: unknown) { things, whose in
        let password = whose == .own ? AccessResources.password : "the password of nobody"
        return AccessRequest(json: "{\"email\": \"\(things.email(whose))\", \"password\": \"\(password)\"}")
      }),
    auth(
      "ConfirmSignIn",
      .one("challenge_token", absent: unknown) { _, _ in
        AccessRequest(json: "{\"challenge_token\": \"\(AccessResources.unknownToken)\", \"code\": \"123456\"}")
      }),
    auth(
      "RefreshToken", plainFields: ["exchange_id"],
      .one("refresh_token", own: found, absent: unknown) { things, whose in
        let token = whose == .own ? try await things.refreshToken() : AccessResources.unknownToken
        return AccessRequest(json: "{\"refresh_token\": \"\(token)\"}")
      }),
    AccessRow("fastshop.identity.v1.AuthService/SignOut", TestCaller.people, .plain(.ok)),
    auth(
      "RequestPasswordReset",
      .one("email", own: found, others: found, absent: found) { things, whose in
        AccessRequest(json: "{\"email\": \"\(things.email(whose))\"}")
      }),
    auth(
      "ResetPassword",
      .one("token", own: found, absent: unknown) { things, whose in
        let token = whose == .own ? try await things.mailedToken(for: "reset_password") : AccessResources.unknownToken
        return AccessRequest(json: "{\"token\": \"\(token)\", \"new_password\": \"other words do nicely\"}")
      }),
    AccessRow(
      "fastshop.identity.v1.AuthService/ChangePassword", TestCaller.people,
      .plain(.ok) { _ in
        "{\"current_password\": \"\(AccessResources.password)\", \"new_password\": \"other words do nicely\"}"
      }),
    unseen(
      "fastshop.identity.v1.DeviceService/BeginDeviceSignIn",
      .plain(.ok) { _ in "{\"device\": \"a till\"}" }),
    unseen(
      "fastshop.identity.v1.DeviceService/PollDeviceSignIn",
      .one("device_code", own: .all(.failedPrecondition), absent: unknown) { things, whose in
        let code = whose == .own ? try await things.device().code : AccessResources.unknownToken
        return AccessRequest(json: "{\"device_code\": \"\(code)\"}")
      }),
    AccessRow("fastshop.identity.v1.DeviceService/GetDeviceSignIn", TestCaller.people, device("")),
    AccessRow(
      "fastshop.identity.v1.DeviceService/DecideDeviceSignIn", TestCaller.people,
      device(", \"approve\": true, \"request_id\": \"ID\"")),
  ]
}
