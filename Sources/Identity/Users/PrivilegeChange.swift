internal import Platform
internal import Postgres
internal import RPC
internal import Security

extension Work {
  /// Reports that the privileges of a user, or of a role, changed.
  /// - Parameters:
  ///   - user: the user; nil for a role.
  ///   - change: the change, in words.
  func reportPrivileges(of user: ID?, _ change: String, _ call: Call) {
    let who = call.caller.id.map { " by \(call.caller.kind == .user ? "user" : "program") \($0)" } ?? ""
    report(
      SecurityEventReport(
        .privilegeChanged, user: user, address: call.clientAddress?.description ?? "",
        device: call.metadata["user-agent"] ?? "", detail: change + who))
  }
}
