internal import CatalogAPI
internal import Platform
internal import Postgres
internal import Protobuf

/// Tells of listings that were set: in the audit log, and by events for the product, the channel and the seller.
enum ChannelListingRecord {
  static let type = ChannelListing.descriptor.fullName
  private static let topic = "catalog.channel_listing"

  /// Records that a listing of a product in a channel was set, or deleted when there is none after it.
  static func add(_ before: ChannelListing?, _ after: ChannelListing?, _ channel: ID?, in work: Work) throws {
    guard let last = after ?? before, let listing = ID(last.id.string) else {
      throw PostgresError.mapping("the id of a listing")
    }
    let action = after == nil ? "delete" : "set"
    try work.audit("catalog.channel_listing.\(action)", on: type, listing, before: before, after: after)
    let subjects = [ID(last.productID.string), channel, ID(last.sellerID.string)].compactMap { $0 }
    work.publish(
      try after.map { try NewEvent(topic, "set", of: listing, subjects: subjects, payload: $0) }
        ?? NewEvent(topic, "deleted", of: listing, subjects: subjects))
  }

  /// Sets the listings of a product for its copy, too, which is a draft: no channel shows it yet. They are no more than
  /// there are channels. The tree is locked, and both products are.
  static func copy(from product: ID, to copy: ID, in work: Work) async throws {
    let copies = try await work.all(
      ChannelListing.self,
      """
      WITH l AS (
        INSERT INTO catalog.channel_listing AS l
               (product_id, channel_id, seller_id, is_listed, visible_from, buyable_from)
        SELECT p.id, o.channel_id, p.seller_id, o.is_listed, o.visible_from, o.buyable_from
          FROM catalog.channel_listing o JOIN catalog.product p ON p.id = \(copy)
         WHERE o.product_id = \(product)
        RETURNING l.*
      )
      SELECT \(ChannelColumns.listing) FROM l JOIN catalog.channel c ON c.id = l.channel_id ORDER BY c.code
      """)
    if copies.isEmpty { return }
    let rows = try await work.rows(
      "SELECT c.id, c.code FROM catalog.channel c WHERE c.code = ANY (\(copies.map(\.channel.string))::text[])",
      access: .write)
    var channels: [String: ID] = [:]
    for row in rows { channels[try row.string("code")] = ID(try row.string("id")) }
    for made in copies { try add(nil, made, channels[made.channel.string], in: work) }
  }
}
