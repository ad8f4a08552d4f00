import RPC

extension AccessRow {
  private static let service = "fastshop.identity.v1.UserService/"
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)
  /// Nobody does it to themselves.
  private static let cannotChangeOwnAccount = AccessOutcome.all(.failedPrecondition)
  private static let readers: Set<TestCaller> = [.support, .manager, .admin, .key, .certificate, .keyWithoutAny]

  private static func change(_ method: String) -> AccessRow {
    AccessRow(
      service + method, [.admin],
      .one("user_id", own: cannotChangeOwnAccount, others: found, absent: missing) { things, whose in
        let id = things.account(whose)
        if method == "DeleteUserSecondFactor" && whose == .others { try await things.secondFactor(of: id) }
        return AccessRequest(json: "{\"user_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      })
  }

  private static func role(_ user: String, _ role: String, seller: String = "", _ id: String) -> String {
    "{\"user_id\": \"\(user)\", \"role\": \"\(role)\", \"seller_id\": \"\(seller)\", \"request_id\": \"\(id)\"}"
  }

  /// The platform's users, for its staff: they see all of them.
  static let users = [
    AccessRow(
      service + "ListUsers", readers,
      .plain(.ok),
      .one("role", own: found, absent: found) { _, whose in
        AccessRequest(json: "{\"role\": \"\(whose == .own ? "customer" : "nobodys")\"}")
      }),
    AccessRow(
      service + "GetUser", readers,
      .one("user_id", own: found, others: found, absent: missing) { things, whose in
        AccessRequest(json: "{\"user_id\": \"\(things.account(whose))\"}", names: [things.account(whose)])
      }),
    AccessRow(
      service + "SetUserRole", [.admin],
      .one("user_id", own: cannotChangeOwnAccount, others: found, absent: missing) { things, whose in
        let id = things.account(whose)
        return AccessRequest(json: role(id, "support", things.requestID), names: [id])
      },
      .one("role", own: found, absent: missing) { things, whose in
        let name = whose == .own ? try await things.role() : "nobodys"
        return AccessRequest(json: role(try await things.newAccount(), name, things.requestID), names: [name])
      },
      .one("seller_id", own: found, others: found, absent: missing) { things, whose in
        let seller = things.shop(whose, \.seller)
        return AccessRequest(
          json: role(try await things.newAccount(), "seller", seller: seller, things.requestID), names: [seller])
      }),
    change("DisableUser"), change("EnableUser"), change("RevokeUserSessions"), change("DeleteUserSecondFactor"),
  ]
}
