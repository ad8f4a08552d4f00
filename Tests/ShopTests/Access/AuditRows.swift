import RPC

extension AccessRow {
  private static let readers: Set<TestCaller> = [.admin, .key, .certificate, .keyWithoutAny]
  private static let anyID = AccessOutcome.all(.ok)

  static let audit = [
    AccessRow(
      "fastshop.audit.v1.AuditService/ListAuditEntries", readers,
      .plain(.ok),
      .one("actor_id", own: anyID, others: anyID, absent: anyID) { things, whose in
        AccessRequest(json: "{\"actor_id\": \"\(things.account(whose))\"}")
      },
      .one("resource_id", own: anyID, others: anyID, absent: anyID) { things, whose in
        AccessRequest(
          json: """
            {"resource_type": "fastshop.identity.v1.User", "resource_id": "\(things.account(whose))"}
            """)
      })
  ]
}
