internal import Platform
internal import Postgres
internal import Protobuf
internal import RPC
internal import TaxesAPI

/// A page of the exemptions, the newest first.
struct ExemptionList: PagedList {
  typealias Element = TaxExemption

  let page: PageRequest
  private let user: ID?

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListTaxExemptionsRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    user = check.optionalID(request.userID, "user_id")
    let order = ListOrder(
      "newest", .index(user == nil ? "exemption_by_time" : "exemption_of_user"), .descending,
      by: .time("e.created_at", in: "create_time"), .id("e.id", in: "id"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows {
    let chosen: Query = user.map { "e.user_id = \($0)" } ?? "true"
    return ListRows(ExemptionColumns.exemption, from: "taxes.exemption e", where: chosen)
  }
}
