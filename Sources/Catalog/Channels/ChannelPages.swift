internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A page of the sales channels, by code.
struct ChannelPages: PagedList {
  typealias Element = SalesChannel

  let page: PageRequest

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: ListChannelsRequest, _ signer: TokenSigner) throws {
    var check = RequestCheck()
    let order = ListOrder("code", .index("channel_code_key"), by: .text("c.code", in: "code"))
    page = try check.page(of: request, in: order, signedBy: signer)
    try check.verify()
  }

  var rows: ListRows { ListRows(ChannelColumns.channel, from: "catalog.channel c", where: "true") }
}
