internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// New values of a price list.
struct PriceListUpdate {
  private static let fields = ["title", "start_time", "end_time"]

  let requestID: ID
  private let id: ID
  private let title: String
  private let start: Instant?
  private let end: Instant?
  private let mask: UpdateMask
  private let expected: ExpectedState
  private let sellers: SellerAccess

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: UpdatePriceListRequest, by caller: Caller, in arena: Arena) throws {
    let list = request.priceList ?? PriceList(in: arena)
    var check = RequestCheck()
    sellers = caller.sellers
    id = check.id(list.id, "price_list.id")
    mask = check.updateMask(request.updateMask, of: request.priceList, changing: Self.fields)
    title = check.line(list.title, "price_list.title", isRequired: mask.contains("title"))
    start = list.startTime.flatMap { check.instant($0, "price_list.start_time") }
    end = list.endTime.flatMap { check.instant($0, "price_list.end_time") }
    expected = check.etag(list.etag, "price_list.etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the list has changed since the caller looked; INVALID_ARGUMENT for
  ///   an end that has passed.
  func carryOut(in work: Work) async throws -> PriceList {
    let store = PriceListStore(work: work, sellers: sellers)
    let before = try await store.lock(id, in: expected)
    let scope = PriceListScope(of: before)
    store.lockLists(of: scope.seller)
    let moment = try await store.moment()
    let present = PriceListSpan(
      start: before.startTime.flatMap { Instant($0) } ?? moment, end: before.endTime.flatMap { Instant($0) })
    let span = try changed(present, at: moment)
    if span != present { try await store.verify(span, of: scope, id, isNew: false, at: moment) }
    let after = try await work.first(
      PriceList.self,
      """
      UPDATE catalog.price_list l
         SET title = CASE WHEN \(mask.contains("title"))::boolean THEN \(title)::text ELSE l.title END,
             starts_at = \(span.start), ends_at = coalesce(\(span.end)::timestamptz, 'infinity'),
             version = l.version + 1, updated_at = clock_timestamp()
       WHERE l.id = \(id)
      RETURNING \(PriceColumns.list)
      """)
    guard let after else { throw CatalogError.noSuchPriceList(id.description) }
    try store.record(.update, before: before, after: after)
    return after
  }

  /// The new span: what has passed stays.
  /// - Throws: ``CatalogError/priceListPast``.
  private func changed(_ present: PriceListSpan, at moment: Instant) throws(CatalogError) -> PriceListSpan {
    var span = present
    if mask.contains("start_time"), start != present.start {
      guard present.start > moment else { throw .priceListPast }
      span.start = max(start ?? moment, moment)
    }
    if mask.contains("end_time"), end != present.end {
      guard present.end ?? .latest > moment else { throw .priceListPast }
      span.end = end
    }
    return span
  }
}
