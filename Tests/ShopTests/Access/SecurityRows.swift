import RPC

extension AccessRow {
  private static let readers: Set<TestCaller> = [.admin, .key, .certificate, .keyWithoutAny]
  private static let anyID = AccessOutcome.all(.ok)

  private static func events(_ method: String) -> AccessRow {
    AccessRow(
      "fastshop.security.v1.SecurityService/" + method, readers,
      .plain(.ok),
      .one("user_id", own: anyID, others: anyID, absent: anyID) { things, whose in
        AccessRequest(json: "{\"user_id\": \"\(things.account(whose))\"}")
      })
  }

  static let security = [events("ListSecurityEvents"), events("WatchSecurityEvents")]
}
