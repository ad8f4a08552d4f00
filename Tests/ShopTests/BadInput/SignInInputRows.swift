import RPC

extension InputRule {
  /// An address that mail can be sent to.
  static let email = text(
    not: "", " ", "ada", "@", "ada@", "@example.com", "ada@[127.0.0.1]", "\"ada\"@example.com", "ad\u{e9}@example.com",
    "ada@b..example", "ada@-b.example", "a\u{7}@example.com", "ada@example.com\r\nBcc: eve@example.com",
    String(repeating: "a", count: 65) + "@example.com")

  /// A password from now on.
  static let newPassword = text(
    not: "", "short", "password12", "password123", "          ", "plain words\u{7}do nicely",
    String(repeating: "n", count: 201))

  /// A password that is compared: one that is wrong counts as a guess.
  static let shown = text(not: String(repeating: "n", count: 201))

  /// A token that the shop has given somebody: whatever else it is, it is as good as one that is unknown.
  static let token = looked(up: .unauthenticated, "it is as an unknown one", not: "", " ", long("x"))
}

extension InputRow {
  private static let auth = "fastshop.identity.v1.AuthService/"
  private static let device = "fastshop.identity.v1.DeviceService/"
  private static let external = "fastshop.identity.v1.ExternalSignInService/"
  private static let userCode = InputRule.text(not: "", " ", "BBBB", "BBBBBBBBB", "12345678", "AEIO-UAEI", "\u{202e}")
  private static let authorizationResponse: [String: InputRule] = [
    "authorization_response.state": .token,
    "authorization_response.code": .text(not: "", "a\nb", String(repeating: "c", count: 2_049)),
    "authorization_response.issuer": .looked(
      up: .unauthenticated, "it is not the provider's", not: InputRule.long("x")),
    "authorization_response.browser_secret": .token,
  ]
  private static let provider: [String: InputRule] = [
    "provider": .looked(up: .notFound, "there is no such provider", not: InputRule.long("x")),
    "redirect_uri": .text(
      not: "", "x", "javascript:alert(1)", "https://shop.example/back/", "https://shop.example/back?x=1",
      "HTTPS://SHOP.EXAMPLE/BACK", "http://shop.example/back", "https://shop.example/back/../evil",
      "https://evil.example/"),
  ]

  static let signIn = [
    InputRow(
      auth + "RegisterUser",
      [
        "email": .email, "password": .newPassword, "display_name": .line(1...100),
        "locale": .text(not: "x", "1", "de AT", "de-"),
      ],
      Case(
        what: "a password that is the address",
        json: "{\"email\": \"adalovelace@example.com\", \"password\": \"adalovelace\", \"display_name\": \"Ada\"}",
        field: "password"),
      Case(what: "nothing", json: "{}", field: "email"), Case(what: "nothing", json: "{}", field: "password"),
      Case(what: "nothing", json: "{}", field: "display_name")),
    InputRow(auth + "VerifyEmail", ["token": .token, "password": .newPassword]),
    InputRow(auth + "ResendVerification", ["email": .email]),
    InputRow(auth + "SignIn", ["email": .email, "password": .shown, "device": .line(0...200)]),
    InputRow(
      auth + "ConfirmSignIn",
      [
        "challenge_token": .token, "code": .text(not: "", " ", "12345", "1234567", "\u{202e}"),
        "device": .line(0...200),
      ]),
    InputRow(auth + "RefreshToken", ["refresh_token": .token, "exchange_id": .optionalID]),
    InputRow(auth + "RequestPasswordReset", ["email": .email]),
    InputRow(auth + "ResetPassword", ["token": .token, "new_password": .newPassword]),
    InputRow(
      auth + "ChangePassword", ["current_password": .shown, "new_password": .newPassword],
      Case(
        what: "the same again",
        json: "{\"current_password\": \"plain words do nicely\", \"new_password\": \"plain words do nicely\"}",
        field: "new_password")),
    InputRow(device + "BeginDeviceSignIn", ["device": .line(1...200)]),
    InputRow(device + "PollDeviceSignIn", ["device_code": .token]),
    InputRow(device + "GetDeviceSignIn", ["user_code": userCode]),
    InputRow(device + "DecideDeviceSignIn", ["user_code": userCode]),
  ]

  static let externalSignIn = [
    InputRow(external + "BeginExternalSignIn", provider),
    InputRow(
      external + "ConfirmExternalSignIn", authorizationResponse.merging(["device": .line(0...200)]) { $1 },
      Case(what: "no response", json: "{}", field: "authorization_response")),
    InputRow(external + "BeginExternalLink", provider.merging(["password": .shown]) { $1 }),
    InputRow(
      external + "ConfirmExternalLink", authorizationResponse,
      Case(what: "no response", json: "{}", field: "authorization_response")),
    InputRow(external + "UnlinkExternalAccount", ["external_account_id": .id, "password": .shown]),
  ]
}
