import RPC

extension AccessRow {
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)
  private static let unknown = AccessOutcome.all(.unauthenticated)
  private static let service = "fastshop.identity.v1.ExternalSignInService/"

  /// The test's provider is known and answers nothing.
  private static func start(_ password: String = "") -> AccessCase {
    .one("provider", own: .all(.unavailable), absent: missing) { _, whose in
      let provider = whose == .own ? TestNode.provider : "nobody"
      return AccessRequest(
        json: "{\"provider\": \"\(provider)\", \"redirect_uri\": \"\(TestNode.redirect)\"\(password)}",
        names: [provider])
    }
  }

  private static let answer = AccessCase.one("authorization_response.state", absent: unknown) { _, _ in
    let text = AccessResources.unknownToken
    return AccessRequest(
      json: "{\"authorization_response\": {\"state\": \"\(text)\", \"code\": \"c\", \"browser_secret\": \"\(text)\"}}")
  }

  /// Accounts elsewhere.
  static let externalSignIn = [
    unseen(service + "ListIdentityProviders", .plain(.ok)),
    unseen(service + "BeginExternalSignIn", start()),
    unseen(service + "ConfirmExternalSignIn", answer),
    AccessRow(
      service + "ListExternalAccounts", TestCaller.people,
      .list(own: TestCaller.people, others: []) { things in
        AccessRequest(
          json: "{}",
          names: [
            try await things.externalAccount(of: things.account), try await things.externalAccount(of: things.victim),
          ])
      }),
    AccessRow(
      service + "BeginExternalLink", TestCaller.people, start(", \"password\": \"\(AccessResources.password)\"")),
    AccessRow(service + "ConfirmExternalLink", TestCaller.people, answer),
    AccessRow(
      service + "UnlinkExternalAccount", TestCaller.people,
      .one("external_account_id", own: found, others: missing, absent: missing) { things, whose in
        let id = try await things.owned(whose) { try await things.externalAccount(of: $0) }
        return AccessRequest(
          json: """
            {"external_account_id": "\(id)", "password": "\(AccessResources.password)",
             "request_id": "\(things.requestID)"}
            """, names: [id])
      }),
  ]
}
