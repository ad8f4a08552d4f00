import RPC

extension AccessRow {
  private static let people = TestCaller.people
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)

  private static func own(_ method: String, plainFields: Set<String> = [], _ one: AccessCase) -> AccessRow {
    AccessRow("fastshop.identity.v1." + method, people, plainFields: plainFields, one)
  }

  /// One's own account: profile, addresses, sessions.
  static let accounts = [
    own("AccountService/GetProfile", .plain(.ok)),
    own(
      "AccountService/UpdateProfile",
      // Whose profile it is, the session says; these are only ever answered.
      plainFields: [
        "profile.user_id", "profile.email", "profile.display_name", "profile.role", "profile.seller_id",
      ],
      .plain(.ok) { things in
        """
        {"profile": {"user_id": "\(things.victim.id)", "display_name": "Ada"}, "request_id": "\(things.requestID)"}
        """
      }),
    own(
      "AccountService/ListAddresses",
      .list(own: people, others: []) { things in
        let names = [try await things.address(of: things.account), try await things.address(of: things.victim)]
        return AccessRequest(json: "{}", names: names)
      }),
    own(
      "AccountService/CreateAddress", plainFields: ["address.id"],
      .plain(.ok) { things in
        _ = try await things.address(of: things.account)
        return "{\"address\": \(AccessResources.addressJSON()), \"request_id\": \"\(things.requestID)\"}"
      }),
    own(
      "AccountService/UpdateAddress",
      .one("address.id", own: found, others: missing, absent: missing) { things, whose in
        let id = try await things.owned(whose) { try await things.address(of: $0) }
        return AccessRequest(
          json: "{\"address\": \(AccessResources.addressJSON(id: id)), \"request_id\": \"\(things.requestID)\"}",
          names: [id])
      }),
    own(
      "AccountService/DeleteAddress",
      .one("address_id", own: found, others: missing, absent: missing) { things, whose in
        let id = try await things.owned(whose) { try await things.address(of: $0) }
        return AccessRequest(
          json: "{\"address_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      }),
    own(
      "SessionService/ListSessions",
      .list(own: people, others: []) { things in
        let names = [try await things.session(of: things.account), try await things.session(of: things.victim)]
        return AccessRequest(json: "{}", names: names)
      }),
    own(
      "SessionService/RevokeSession",
      .one("session_id", own: found, others: missing, absent: missing) { things, whose in
        let id = try await things.owned(whose) { try await things.session(of: $0) }
        return AccessRequest(
          json: "{\"session_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      }),
    own("SessionService/RevokeOtherSessions", .plain(.ok) { "{\"request_id\": \"\($0.requestID)\"}" }),
  ]
}
