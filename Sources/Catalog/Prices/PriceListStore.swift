internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// The time in which a price list holds.
struct PriceListSpan: Equatable {
  var start: Instant
  /// Nil without an end.
  var end: Instant?
}

/// Price lists of the sellers that a caller may access, inside a unit of work. Each change is recorded.
struct PriceListStore {
  static let type = PriceList.descriptor.fullName
  private static let topic = "catalog.price_list"
  private static let listsMax: Int64 = 1_000

  let work: Work
  let sellers: SellerAccess

  /// The time now: after all changes of others before, once a list or the lists of a seller are locked.
  func moment() async throws -> Instant {
    try await work.rows("SELECT clock_timestamp() AS moment", access: .write).first?.instant("moment") ?? work.now
  }

  /// Locks a list that is not deleted.
  /// - Throws: ``CatalogError/noSuchPriceList(_:)``; ``StaleETag`` when it has changed since the caller looked.
  func lock(_ id: ID, in state: ExpectedState) async throws -> PriceList {
    let query: Query = """
      SELECT \(PriceColumns.list)
        FROM catalog.price_list l
       WHERE l.id = \(id) AND l.deleted_at IS NULL AND \(sellers.covers("l.seller_id"))
         FOR NO KEY UPDATE
      """
    guard let found = try await work.first(PriceList.self, query), let etag = ETag(found.etag.string) else {
      throw CatalogError.noSuchPriceList(id.description)
    }
    try state.verify(etag.version, of: Self.type, id)
    return found
  }

  /// Lets one work at a time say when the lists of a seller hold.
  func lockLists(of seller: ID) {
    work.send("SELECT pg_advisory_xact_lock(hashtext('catalog.price_list'), hashtext(\(seller)::uuid::text))")
  }

  /// Verifies that a list can hold in a span. The lists of the seller are locked.
  /// - Parameter isNew: whether there will be one list more.
  /// - Throws: INVALID_ARGUMENT, ``CatalogError/priceListExists(_:)``, ``CatalogError/tooManyPriceLists``.
  func verify(_ span: PriceListSpan, of list: PriceListScope, _ id: ID, isNew: Bool, at moment: Instant) async throws {
    var check = RequestCheck()
    check.require(
      span.end.map { $0 > max(span.start, moment) } ?? true, "price_list.end_time",
      "Must be after the present and the start_time.")
    try check.verify()
    let rows = try await work.rows(
      """
      SELECT count(*) AS lists,
             min(l.id::text) FILTER (
               WHERE l.segment = \(list.segment) AND l.channel = \(list.channel) AND l.currency = \(list.currency)
                 AND l.id <> \(id) AND l.starts_at < coalesce(\(span.end)::timestamptz, 'infinity')
                 AND l.ends_at > \(span.start)) AS other
        FROM catalog.price_list l
       WHERE l.seller_id = \(list.seller) AND l.deleted_at IS NULL
      """, access: .write)
    guard let row = rows.first else { return }
    if let other = try row.optionalString("other") { throw CatalogError.priceListExists(other) }
    if isNew, try row.int64("lists") >= Self.listsMax { throw CatalogError.tooManyPriceLists }
  }

  /// Records a change of a list.
  func record(_ change: RecordedChange, before: PriceList?, after: PriceList?) throws {
    guard let list = after ?? before, let id = ID(list.id.string) else { return }
    try work.audit("catalog.price_list.\(change.action)", on: Self.type, id, before: before, after: after)
    work.publish(
      try NewEvent(
        Self.topic, change.event, of: id, subjects: [ID(list.sellerID.string)].compactMap { $0 }, payload: list))
  }
}

/// Whom a price list is for.
struct PriceListScope {
  let seller: ID
  let segment: String
  let channel: String
  let currency: String
}

extension PriceListScope {
  init(of list: PriceList) {
    self.init(
      seller: ID(list.sellerID.string) ?? .none, segment: list.segment.string, channel: list.channel.string,
      currency: list.currency.string)
  }
}
