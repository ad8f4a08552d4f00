internal import Platform
internal import Postgres
internal import RPC
internal import Security

extension Transaction {
  /// Reports that somebody, or everybody with a role, may do more or less than before.
  /// - Parameters:
  ///   - user: whose privileges; nil for those of a role.
  ///   - change: what changed, in words.
  func reportPrivileges(of user: ID?, _ change: String, _ call: Call) async throws(PostgresError) {
    let who = call.caller.id.map { " by \(call.caller.kind == .user ? "user" : "program") \($0)" } ?? ""
    try await report(
      SecurityEventReport(
        .privilegeChanged, user: user, address: call.clientAddress?.description ?? "",
        device: call.metadata["user-agent"] ?? "", detail: change + who))
  }
}
