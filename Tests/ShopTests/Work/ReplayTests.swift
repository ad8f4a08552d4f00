import CatalogAPI
import IdentityAPI
import Platform
import Postgres
import Protobuf
import RPC
import SellersAPI
import Testing

/// A request with a time that was good when it was carried out, and is not now.
private struct LateRequest: Sendable {
  let method: String
  /// The request with an id, as JSON.
  let json: @Sendable (_ id: String) -> String
  /// The first response, as JSON.
  let response: String
  /// What a new request with the time is refused for.
  let field: String
  /// Encodes the request, to be known again.
  let key: @Sendable (_ json: String, _ id: ID) throws -> IdempotencyKey
  /// Sends the request, and returns the response as JSON.
  let send: @Sendable (_ json: String, Channel, CallOptions) async throws -> String

  init<Request: Message, Response: Message>(
    _ method: String, field: String, response: String, json: @escaping @Sendable (_ id: String) -> String,
    _ send: @escaping @Sendable (Request, Channel, CallOptions) async throws -> Response
  ) {
    (self.method, self.field, self.response, self.json) = (method, field, response, json)
    key = { json, id in
      let caller = TestCaller.admin.caller(seller: nil)
      let origin = CallOrigin(caller: caller, method: method, peer: nil, vault: TestShop.vault)
      return try IdempotencyKey(id: id, request: try Request(json: json, in: Arena()), from: origin)
    }
    self.send = { json, channel, options in
      try await send(try Request(json: json, in: Arena()), channel, options).json()
    }
  }

  private static let id = "018cc251-f400-7ade-9e36-000000000000"
  private static let (past, far) = ("2020-01-01T00:00:00Z", "2127-01-01T00:00:00Z")

  static let all: [LateRequest] = [
    LateRequest(
      "fastshop.sellers.v1.SellerService/SetHoliday", field: "holiday.end_time",
      response: "{\"shop\":{\"sellerId\":\"\(id)\"}}",
      json: {
        """
        {"seller_id": "\(id)", "holiday": {"start_time": "2019-01-01T00:00:00Z", "end_time": "\(past)"},
         "request_id": "\($0)"}
        """
      },
      { (request: SetHolidayRequest, channel, options) in
        try await SellerClient(channel).setHoliday(request, options: options)
      }),
    LateRequest(
      "fastshop.catalog.v1.ProductService/PublishProduct", field: "publish_time",
      response: "{\"product\":{\"id\":\"\(id)\"}}",
      json: { "{\"product_id\": \"\(id)\", \"publish_time\": \"\(far)\", \"request_id\": \"\($0)\"}" },
      { (request: PublishProductRequest, channel, options) in
        try await ProductClient(channel).publishProduct(request, options: options)
      }),
    LateRequest(
      "fastshop.catalog.v1.PriceService/SchedulePrices", field: "end_time", response: "{\"outcomes\":[{}]}",
      json: {
        """
        {"rows": [{"variant_id": "\(id)", "price": {"amount_minor": 5, "currency": "EUR"}}], "end_time": "\(past)",
         "request_id": "\($0)"}
        """
      },
      { (request: SchedulePricesRequest, channel, options) in
        try await PriceClient(channel).schedulePrices(request, options: options)
      }),
    LateRequest(
      "fastshop.identity.v1.ApiKeyService/CreateApiKey", field: "expire_time", response: "{\"secret\":\"first\"}",
      json: {
        """
        {"name": "Key", "scopes": ["catalog.write", "sellers.any"], "expire_time": "\(past)", "request_id": "\($0)"}
        """
      },
      { (request: CreateApiKeyRequest, channel, options) in
        try await ApiKeyClient(channel).createApiKey(request, options: options)
      }),
  ]
}

extension ShopTests {
  @Suite struct ReplayTests {
    @Test("a request whose time has passed since gets its first response, and a new one like it is refused")
    func lateRequests() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let options = try Self.admin()
        for late in LateRequest.all {
          let refused = await failure { _ = try await late.send(late.json(TestID.next()), nodes[0].channel, options) }
          #expect(refused?.code == .invalidArgument && refused?.fields == [late.field], "\(late.method)")
          let id = TestID.next()
          let json = late.json(id)
          let key = try late.key(json, try #require(ID(id)))
          try await shop.run { database in
            _ = try await database.execute(
              """
              INSERT INTO platform.request (caller, id, method, fingerprint, response)
              VALUES (\(key.row(response: "\(late.response)::jsonb")))
              """)
          }
          #expect(try await late.send(json, nodes[0].channel, options) == late.response, "\(late.method)")
        }
      }
    }

    /// The usual admin, in a session.
    private static func admin() throws -> CallOptions {
      let admin = try #require(TestCaller.admin.caller(seller: nil).id)
      var options = CallOptions()
      options.metadata.add(TestAuthenticator.caller, TestCaller.admin.rawValue)
      options.metadata.add(TestAuthenticator.account, admin.description)
      options.metadata.add(TestAuthenticator.session, TestID.next())
      return options
    }
  }
}
