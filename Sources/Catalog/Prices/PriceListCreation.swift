internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// A new price list of a seller.
struct PriceListCreation {
  let requestID: ID
  private let title: String
  private let scope: PriceListScope
  private let start: Instant?
  private let end: Instant?
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: CreatePriceListRequest, by caller: Caller, in arena: Arena) throws {
    let list = request.priceList ?? PriceList(in: arena)
    var check = RequestCheck()
    sellers = caller.sellers
    let own: ID? = if case .only(let seller) = caller.sellers { seller } else { nil }
    title = check.line(list.title, "price_list.title", isRequired: true)
    check.require(!list.currency.isEmpty, "price_list.currency", "Must be set.")
    scope = PriceListScope(
      seller: list.sellerID.isEmpty
        ? own ?? check.id("", "price_list.seller_id")
        : check.id(list.sellerID, "price_list.seller_id"),
      segment: check.code(list.segment, "price_list.segment"),
      channel: check.code(list.channel, "price_list.channel"),
      currency: check.currency(list.currency, "price_list.currency")?.code ?? "")
    start = list.startTime.flatMap { check.instant($0, "price_list.start_time") }
    end = list.endTime.flatMap { check.instant($0, "price_list.end_time") }
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; INVALID_ARGUMENT for a list that would have ended.
  func carryOut(in work: Work) async throws -> PriceList {
    let store = PriceListStore(work: work, sellers: sellers)
    let seller = scope.seller
    store.lockLists(of: seller)
    let found = try await work.rows(
      "SELECT FROM catalog.seller s WHERE s.id = \(seller) AND \(sellers.covers("s.id"))", access: .write)
    if found.isEmpty { throw CatalogError.noSuchSeller(seller.description) }
    if !scope.channel.isEmpty { _ = try await ChannelStore(work: work).id(of: scope.channel) }
    let (id, moment) = (ID.made(at: work.now), try await store.moment())
    let span = PriceListSpan(start: max(start ?? moment, moment), end: end)
    try await store.verify(span, of: scope, id, isNew: true, at: moment)
    let list = try await work.first(
      PriceList.self,
      """
      INSERT INTO catalog.price_list AS l (id, seller_id, title, segment, channel, currency, starts_at, ends_at)
      VALUES (\(id), \(seller), \(title), \(scope.segment), \(scope.channel), \(scope.currency), \(span.start),
              coalesce(\(span.end)::timestamptz, 'infinity'))
      RETURNING \(PriceColumns.list)
      """)
    guard let list else { throw CatalogError.noSuchPriceList(id.description) }
    try store.record(.create, before: nil, after: list)
    return list
  }
}
