import RPC

extension InputRow {
  private static let service = "fastshop.identity.v1."
  private static let answered = InputRule.ignored("it is only answered")
  private static let permissions = InputRule.list(
    0...100, of: "audit.read", not: "", " ", "everything", "AUDIT.READ", "audit", "\u{202e}")
  private static let scopes = InputRule.list(
    1...100, of: "audit.read", not: "", " ", "everything", "AUDIT.READ", "audit", "\u{202e}")
  private static let roleName = InputRule.text(
    not: "", " ", "admin", "Auditor", "1st", "-a", "a b", "a_b", "\u{e9}", String(repeating: "r", count: 51))

  private static func change(_ method: String) -> InputRow {
    InputRow(service + "UserService/" + method, ["user_id": .id])
  }

  static let users = [
    InputRow(
      service + "UserService/ListUsers",
      ["search": .line(0...100), "role": .looked(up: .ok, "nobody has that role")]),
    InputRow(service + "UserService/GetUser", ["user_id": .id]),
    InputRow(
      service + "UserService/SetUserRole",
      ["user_id": .id, "role": .looked(up: .notFound, "there is no such role"), "seller_id": .optionalID],
      sample: {
        "{\"user_id\": \"\(try await $0.newAccount())\", \"role\": \"support\", \"request_id\": \"\($0.requestID)\"}"
      },
      Case(
        what: "a seller without a shop",
        json: "{\"user_id\": \"\(InputRule.absent)\", \"role\": \"seller\", \"request_id\": \"ID\"}",
        field: "seller_id"),
      Case(
        what: "somebody else with a shop",
        json: """
          {"user_id": "\(InputRule.absent)", "role": "support", "seller_id": "\(InputRule.absent)", "request_id": "ID"}
          """, field: "seller_id")),
    InputRow(service + "UserService/DisableUser", ["user_id": .id, "reason": .note(500)]),
    change("EnableUser"), change("RevokeUserSessions"), change("DeleteUserSecondFactor"),
  ]

  private static func role(_ method: String, etag: InputRule) -> InputRow {
    InputRow(
      service + "RoleService/" + method,
      [
        "role.name": roleName, "role.title": .line(1...100), "role.permissions": permissions,
        "role.is_built_in": answered, "role.etag": etag, "role.create_time": answered,
      ],
      Case(what: "no role", json: "{\"request_id\": \"ID\"}", field: "role"))
  }

  static let roles = [
    role("CreateRole", etag: .etag), role("UpdateRole", etag: .etag),
    InputRow(service + "RoleService/DeleteRole", ["name": .looked(up: .notFound, "there is no such role")]),
  ]

  private static func invitation(_ role: String) -> String {
    "{\"email\": \"ada@example.com\", \"role\": \"\(role)\", \"request_id\": \"ID\"}"
  }

  static let invitations = [
    InputRow(
      service + "InvitationService/CreateInvitation",
      ["email": .email, "role": .looked(up: .notFound, "there is no such role")],
      Case(what: "nobody is invited to buy", json: invitation("customer"), field: "role"),
      Case(what: "nobody is invited to sell", json: invitation("seller"), field: "role")),
    InputRow(service + "InvitationService/RevokeInvitation", ["invitation_id": .id]),
    InputRow(
      service + "InvitationService/AcceptInvitation",
      ["token": .token, "password": .newPassword, "display_name": .line(1...100)]),
  ]

  private static func key(_ more: String) -> String {
    "{\"name\": \"a till\", \"scopes\": [\"audit.read\"], \(more), \"request_id\": \"ID\"}"
  }

  private static func ofShop(_ scope: String) -> String {
    """
    {"name": "a till", "scopes": ["\(scope)"], "seller_id": "\(InputRule.absent)", "request_id": "ID"}
    """
  }

  private static func changed(_ mask: String) -> String {
    """
    {"api_key": {"id": "\(InputRule.absent)"}, "update_mask": "\(mask)", "request_id": "ID"}
    """
  }

  static let programs = [
    InputRow(
      service + "ApiKeyService/CreateApiKey",
      [
        "name": .line(1...100), "scopes": scopes, "seller_id": .optionalID,
        "limit.calls_per_minute": .number(1...1_000_000),
        "limit.burst": .number(0...1_000_000),
      ],
      sample: {
        """
        {"name": "a till", "scopes": ["audit.read"], "limit": {"calls_per_minute": 1000},
         "request_id": "\($0.requestID)"}
        """
      },
      Case(
        what: "an end that has passed",
        json: """
          {"name": "a till", "scopes": ["audit.read"], "expire_time": "2020-01-01T00:00:00Z", "request_id": "ID"}
          """, field: "expire_time")),
    InputRow(
      service + "ApiKeyService/UpdateApiKey",
      [
        "api_key.id": .id, "api_key.name": .line(1...100), "api_key.hint": answered, "api_key.scopes": answered,
        "api_key.seller_id": answered, "api_key.owner_id": answered, "api_key.create_time": answered,
        "api_key.expire_time": answered, "api_key.last_used_time": answered, "api_key.etag": .etag,
        "api_key.limit.calls_per_minute": .number(1...1_000_000), "api_key.limit.burst": .number(0...1_000_000),
        "update_mask": .mask("name"),
      ],
      sample: { things in
        """
        {"api_key": {"id": "\(try await things.key(of: nil))", "name": "b", "limit": {"calls_per_minute": 1000}},
         "update_mask": "name,limit", "request_id": "\(things.requestID)"}
        """
      },
      Case(what: "no key", json: "{\"request_id\": \"ID\"}", field: "api_key"),
      Case(what: "a field that stays", json: changed("scopes"), field: "update_mask"),
      Case(what: "a field that is no field", json: changed("secret"), field: "update_mask")),
    InputRow(
      service + "ApiKeyService/RotateApiKey", ["api_key_id": .id, "overlap": .wholeSeconds(upTo: 604_800)]),
    InputRow(service + "ApiKeyService/RevokeApiKey", ["api_key_id": .id]),
    InputRow(
      service + "ClientCertificateService/CreateCertificate",
      [
        "name": .line(1...100), "scopes": scopes, "seller_id": .optionalID,
        "subject": .text(
          not: "", " ", "uri:", "uri:a b", "dns:", "dns:a b", "sha256:abc", "CN=till", "uri:\u{7}",
          "sha256:" + String(repeating: "g", count: 64)),
      ]),
    InputRow(service + "ClientCertificateService/RevokeCertificate", ["certificate_id": .id]),
  ]
}
