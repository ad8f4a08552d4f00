internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import SellersAPI

/// A page of applications, the oldest first.
struct ApplicationList: PagedList {
  typealias Element = SellerApplication

  let page: PageRequest
  private let status: ApplicationStatus?

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListSellerApplicationsRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    status = Self.status(request.state, &check)
    let order = ListOrder(
      "oldest", .index(status == nil ? "application_pkey" : "application_by_state"), by: .id("a.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  private static func status(_ state: SellerApplicationState, _ check: inout RequestCheck) -> ApplicationStatus? {
    switch state {
    case .unspecified: return nil
    case .submitted: return .submitted
    case .approved: return .approved
    case .rejected: return .rejected
    case .unrecognized(let number):
      check.refuse("state", "Has no value \(number).")
      return nil
    }
  }

  var rows: ListRows {
    ListRows(
      StoredApplication.columns, from: "sellers.application a",
      where: status.map { "a.state = \($0.rawValue)" } ?? "true")
  }
}
