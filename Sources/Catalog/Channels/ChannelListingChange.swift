internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// What a seller says of a product in a channel.
struct ChannelListingChange {
  let requestID: ID
  private let product: ID
  private let channel: String
  /// Nil to leave that to the channel's assortment.
  private let isListed: Bool?
  private let visibleFrom: Instant?
  private let buyableFrom: Instant?
  private let sellers: SellerAccess
  private let expected: ExpectedState

  /// - Throws: INVALID_ARGUMENT naming every field that is wrong.
  init(_ request: SetChannelListingRequest, by caller: Caller, in arena: Arena) throws {
    let listing = request.channelListing ?? ChannelListing(in: arena)
    var check = RequestCheck()
    sellers = caller.sellers
    channel = check.code(listing.channel, "channel_listing.channel", isRequired: true)
    product = check.id(listing.productID, "channel_listing.product_id")
    isListed = listing.isListed
    visibleFrom = listing.visibleFromTime.flatMap { check.instant($0, "channel_listing.visible_from_time") }
    buyableFrom = listing.buyableFromTime.flatMap { check.instant($0, "channel_listing.buyable_from_time") }
    expected = check.etag(listing.etag, "channel_listing.etag")
    requestID = check.id(request.requestID, "request_id")
    try check.verify()
  }

  /// - Throws: ``CatalogError``; ``StaleETag`` when the listing has changed since the caller looked.
  func carryOut(in work: Work) async throws -> ChannelListing {
    let id = try await ChannelStore(work: work).id(of: channel)
    try await Self.lock(product, ProductStore(work: work, sellers: sellers))
    let before = try await work.first(
      ChannelListing.self,
      """
      SELECT \(ChannelColumns.listing)
        FROM catalog.channel_listing l JOIN catalog.channel c ON c.id = l.channel_id
       WHERE l.product_id = \(product) AND l.channel_id = \(id)
      """)
    try verify(before)
    guard let after = try await work.first(ChannelListing.self, write(id)) else {
      throw CatalogError.noSuchManagedProduct(product.description)
    }
    try ChannelListingRecord.add(before, after, id, in: work)
    return after
  }

  /// The lock of the product keeps its listings as they are.
  private func verify(_ before: ChannelListing?) throws {
    if let before, let etag = ETag(before.etag.string) {
      return try expected.verify(etag.version, of: ChannelListingRecord.type, before.id.string)
    }
    guard case .any = expected else { throw CatalogError.noSuchChannelListing("\(channel)/\(product)") }
  }

  /// The product's rows in lists do not change meanwhile: a trigger derives those of the channel from them.
  /// - Throws: ``CatalogError/noSuchManagedProduct(_:)``.
  static func lock(_ product: ID, _ store: ProductStore) async throws {
    store.lockTree()
    let found = try await store.work.rows(
      """
      SELECT FROM catalog.product p
       WHERE p.id = \(product) AND \(store.sellers.covers("p.seller_id"))
         FOR NO KEY UPDATE
      """, access: .write)
    if found.isEmpty { throw CatalogError.noSuchManagedProduct(product.description) }
  }

  private func write(_ channel: ID) -> Query {
    """
    WITH l AS (
      INSERT INTO catalog.channel_listing AS l
             (product_id, channel_id, seller_id, is_listed, visible_from, buyable_from)
      SELECT p.id, \(channel), p.seller_id, \(isListed)::boolean, \(visibleFrom)::timestamptz,
             \(buyableFrom)::timestamptz
        FROM catalog.product p
       WHERE p.id = \(product)
          ON CONFLICT ON CONSTRAINT channel_listing_pkey DO UPDATE
             SET is_listed = excluded.is_listed, visible_from = excluded.visible_from,
                 buyable_from = excluded.buyable_from, version = l.version + 1, updated_at = clock_timestamp()
      RETURNING l.*
    )
    SELECT \(ChannelColumns.listing) FROM l JOIN catalog.channel c ON c.id = l.channel_id
    """
  }
}
