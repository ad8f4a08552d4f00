internal import IdentityAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of the pending invitations, the newest first.
struct InvitationList: PagedList {
  typealias Element = Invitation

  let page: PageRequest
  private let now: Instant

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListInvitationsRequest, at now: Instant, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    let order = ListOrder("newest", .index("invitation_listed"), .descending, by: .id("i.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
    self.now = now
  }

  var rows: ListRows {
    ListRows(Invitations.columns, from: "identity.invitation i", where: Invitations.waits(at: now))
  }
}
