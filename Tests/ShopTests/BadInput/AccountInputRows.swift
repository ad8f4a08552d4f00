import RPC

extension InputRow {
  private static let service = "fastshop.identity.v1."
  private static let answered = InputRule.ignored("it is only answered")
  private static let phone = InputRule.text(not: "1", "abc", "+", "+0123456789", "+1234567890123456", "\u{7}")
  private static let code = InputRule.text(not: "", " ", "12345", "1234567", "abcdef", "\u{202e}")

  private static func profile(_ mask: String) -> String {
    "{\"profile\": {\"display_name\": \"Ada\"}, \"update_mask\": \"\(mask)\", \"request_id\": \"ID\"}"
  }

  /// An address that lacks something, or has something of another country.
  private static func wrong(_ what: String, _ field: String, _ country: String, _ more: String) -> Case {
    Case(
      what: what,
      json: """
        {"address": {"recipient": "Ada", "street_lines": ["Ring 1"], "city": "Wien", "country": "\(country)"\(more)},
         "request_id": "ID"}
        """, field: "address.\(field)")
  }

  private static func address(_ prefix: String) -> [String: InputRule] {
    [
      "label": .line(0...50), "recipient": .line(1...100), "company": .line(0...100),
      "street_lines": .list(1...4, of: "Ring 1", not: "", " ", "a\nb", String(repeating: "x", count: 101)),
      "city": .line(1...100), "region": .line(0...100),
      "postal_code": .text(not: "", " ", "1010", "SW1Y", "a\u{7}b"),
      "country": .text(not: "", " ", "G", "GBR", "ZZ", "1", "\u{202e}"), "phone": phone,
      "create_time": answered, "update_time": answered,
    ].reduce(into: [:]) { $0[prefix + $1.key] = $1.value }
  }

  /// One's own account: profile, addresses, sessions.
  static let accounts = [
    InputRow(
      service + "AccountService/UpdateProfile",
      [
        "profile.display_name": .line(1...100), "profile.locale": .text(not: "x", "1", "de AT", "de-"),
        "profile.phone": phone, "profile.etag": .etag, "profile.user_id": answered, "profile.email": answered,
        "profile.role": answered, "profile.seller_id": answered, "profile.email_verified": answered,
        "profile.create_time": answered, "profile.update_time": answered, "update_mask": .mask("locale"),
      ],
      sample: { things in
        """
        {"profile": {"display_name": "Ada"}, "update_mask": "displayName,locale,phone",
         "request_id": "\(things.requestID)"}
        """
      },
      Case(what: "nothing", json: "{\"request_id\": \"ID\"}", field: "update_mask"),
      Case(what: "another address", json: profile("email"), field: "update_mask"),
      Case(what: "another role", json: profile("role"), field: "update_mask")),
    InputRow(
      service + "AccountService/CreateAddress",
      address("address.").merging(["address.id": answered, "address.etag": answered]) { $1 },
      Case(what: "nothing", json: "{\"request_id\": \"ID\"}", field: "address"),
      wrong("a code of Germany", "postal_code", "AT", ", \"postal_code\": \"10115\""),
      wrong("no code", "postal_code", "AT", ""),
      wrong("no state", "region", "US", ", \"postal_code\": \"94103\""),
      wrong("no state of theirs", "region", "US", ", \"postal_code\": \"94103\", \"region\": \"Wien\""),
      wrong("the country's name", "country", "Austria", "")),
    InputRow(
      service + "AccountService/UpdateAddress",
      address("address.").merging(["address.id": .id, "address.etag": .etag]) { $1 },
      Case(what: "no address", json: "{\"request_id\": \"ID\"}", field: "address")),
    InputRow(service + "AccountService/DeleteAddress", ["address_id": .id]),
    InputRow(service + "SessionService/RevokeSession", ["session_id": .id]),
  ]

  static let secondFactors = [
    InputRow(service + "SecondFactorService/BeginEnrolment", ["password": .shown]),
    InputRow(service + "SecondFactorService/ConfirmEnrolment", ["code": code]),
    InputRow(service + "SecondFactorService/RenewRecoveryCodes", ["code": code]),
    InputRow(service + "SecondFactorService/DeleteSecondFactor", ["password": .shown, "code": code]),
  ]
}
