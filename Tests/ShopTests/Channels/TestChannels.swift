import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

extension TestNode {
  var channels: ChannelClient { ChannelClient(channel) }

  /// Creates a channel that is switched on. `fields` is JSON behind a comma.
  @discardableResult
  func createChannel(_ code: String, _ fields: String = "") async throws -> SalesChannel {
    let currency = fields.contains("\"currency\"") ? "" : ", \"currency\": \"EUR\""
    let json = """
      {"channel": {"code": "\(code)", "title": "Outlet", "is_active": true\(currency)\(fields)},
       "request_id": "\(TestID.next())"}
      """
    return try #require(try await channels.createChannel(try CreateChannelRequest(json: json, in: Arena())).channel)
  }

  /// Changes the fields of a channel, which are JSON behind a comma.
  @discardableResult
  func updateChannel(_ id: String, _ fields: String, mask: String = "") async throws -> SalesChannel {
    let json = """
      {"channel": {"id": "\(id)"\(fields)}, "update_mask": "\(mask)", "request_id": "\(TestID.next())"}
      """
    return try #require(try await channels.updateChannel(try UpdateChannelRequest(json: json, in: Arena())).channel)
  }

  /// Sets a listing. `fields` is JSON behind a comma.
  @discardableResult
  func list(
    _ product: String, in code: String, _ fields: String = ", \"is_listed\": true",
    options: CallOptions = CallOptions()
  ) async throws -> ChannelListing {
    let json = """
      {"channel_listing": {"channel": "\(code)", "product_id": "\(product)"\(fields)}, "request_id": "\(TestID.next())"}
      """
    let request = try SetChannelListingRequest(json: json, in: Arena())
    return try #require(try await channels.setChannelListing(request, options: options).channelListing)
  }

  /// The listings of a product, ordered by the code of the channel.
  func listings(of product: String) async throws -> [ChannelListing] {
    let asked = request(ListChannelListingsRequest.self) { $0.productID = $0.text(product) }
    return try await channels.listChannelListings(asked).channelListings.sorted { $0.channel < $1.channel }
  }

  /// Deletes a listing.
  func unlist(_ product: String, in code: String, options: CallOptions = CallOptions()) async throws {
    let request = request(DeleteChannelListingRequest.self) {
      ($0.productID, $0.channel, $0.requestID) = ($0.text(product), $0.text(code), $0.text(TestID.next()))
    }
    _ = try await channels.deleteChannelListing(request, options: options)
  }

  /// The ids of all products that a channel shows, by pages of 7. `fields` is JSON behind a comma.
  func shown(in code: String, _ fields: String = "") async throws -> [String] {
    var (ids, token): ([String], String) = ([], "")
    repeat {
      let json = "{\"channel\": \"\(code)\", \"page_size\": 7, \"page_token\": \"\(token)\"\(fields)}"
      let page = try await catalog.listProducts(try ListProductsRequest(json: json, in: Arena()))
      ids += page.products.map(\.id.string)
      token = page.nextPageToken.string
    } while !token.isEmpty
    return ids
  }

  /// A product as a channel shows it.
  func get(_ id: String, in code: String) async throws -> Product {
    let response = try await catalog.getProduct(
      request(GetProductRequest.self) {
        $0.key = .id($0.text(id))
        $0.channel = $0.text(code)
      })
    return try #require(response.product)
  }

  /// Which of these products a channel shows, and which are missing.
  func batch(_ ids: [String], in code: String) async throws -> (shown: [String], missing: [String]) {
    let response = try await catalog.batchGetProducts(
      request(BatchGetProductsRequest.self) { asked in
        for id in ids { asked.ids.append(asked.text(id)) }
        asked.channel = asked.text(code)
      })
    return (response.products.map(\.id.string), response.missingIDs.map(\.string))
  }
}

extension TestShop {
  /// The rows that lists of channels read and should not, or should and do not.
  func wrongChannelShelves() async throws -> Int64 {
    try await number {
      """
      WITH expected AS (
        SELECT l.channel_id, o.scope_id, p.id, p.seller_id, p.brand, p.price_minor, p.rating_score, p.units_sold,
               p.published_at
          FROM catalog.channel_listing l
          JOIN catalog.product p ON p.id = l.product_id AND p.status = 'active'
          JOIN catalog.category c ON c.id = p.category_id
         CROSS JOIN LATERAL (
           SELECT unnest(c.lineage) UNION ALL SELECT p.seller_id
            UNION ALL SELECT '00000000-0000-0000-0000-000000000000'
            UNION ALL SELECT catalog.brand_scope(p.brand) WHERE p.brand <> '') o (scope_id)
         WHERE l.is_listed
      ), present AS (
        SELECT h.channel_id, h.scope_id, h.product_id, h.seller_id, h.brand, h.price_minor, h.rating_score,
               h.units_sold, h.published_at
          FROM catalog.channel_shelf h
      )
      SELECT (SELECT count(*) FROM (TABLE expected EXCEPT TABLE present) a)
             + (SELECT count(*) FROM (TABLE present EXCEPT TABLE expected) b) AS n
      """
    }
  }
}
