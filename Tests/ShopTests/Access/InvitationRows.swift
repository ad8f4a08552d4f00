import RPC

extension AccessRow {
  private static let service = "fastshop.identity.v1.InvitationService/"
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)

  private static func invitation(_ email: String, _ role: String, _ id: String) -> String {
    "{\"email\": \"\(email)\", \"role\": \"\(role)\", \"request_id\": \"\(id)\"}"
  }

  /// Invitations belong to the platform: a user who may invite sees and withdraws all of them.
  static let invitations = [
    AccessRow(service + "ListInvitations", [.admin], .plain(.ok)),
    AccessRow(
      service + "CreateInvitation", [.admin],
      .one("email", own: found, others: found, absent: found) { things, whose in
        AccessRequest(json: invitation(things.email(whose), "support", things.requestID))
      },
      .one("role", own: found, absent: missing) { things, whose in
        let name = whose == .own ? try await things.role() : "nobodys"
        return AccessRequest(json: invitation(AccessResources.absentEmail, name, things.requestID), names: [name])
      }),
    AccessRow(
      service + "RevokeInvitation", [.admin],
      .one("invitation_id", others: found, absent: missing) { things, whose in
        let id = whose == .others ? try await things.invitation().id : AccessResources.absent
        return AccessRequest(
          json: "{\"invitation_id\": \"\(id)\", \"request_id\": \"\(things.requestID)\"}", names: [id])
      }),
    unseen(
      service + "AcceptInvitation", plainFields: ["display_name"],
      .one("token", own: found, absent: .all(.unauthenticated)) { things, whose in
        let token = whose == .own ? try await things.invitation().token : AccessResources.unknownToken
        return AccessRequest(
          json: """
            {"token": "\(token)", "password": "\(AccessResources.password)", "display_name": "Ada",
             "request_id": "\(things.requestID)"}
            """)
      }),
  ]
}
