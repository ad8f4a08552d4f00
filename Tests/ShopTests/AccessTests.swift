import DemoShop
import EventLoop
import FastShopAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

/// How a call ended, as far as its caller can tell.
private struct Ending: Equatable, CustomStringConvertible {
  let code: StatusCode
  let message: String
  let details: [ErrorDetail]

  init(_ error: RPCError?) {
    code = error?.code ?? .ok
    message = error?.message ?? ""
    details = error?.details ?? []
  }

  var description: String { "\(code.name) \(message) \(details)" }

  /// The same about another thing, to be compared: ids are what the caller wrote itself.
  func about(_ id: String) -> String { description.replacing(id, with: "ID") }
}

extension TestNode {
  /// Every method that the node serves.
  static let methods: [ServiceDescriptor.Method] =
    (fastshopAPIServices + StandardServices.descriptors + [StandardServices.connections]).flatMap(\.methods)

  /// Calls by JSON, as `caller`, until the first response or the end.
  fileprivate func ending(
    of method: ServiceDescriptor.Method, _ json: String, as caller: TestCaller, running seller: String
  ) async -> Ending {
    var options = CallOptions()
    options.timeout = .seconds(10)
    options.metadata.add(TestAuthenticator.caller, caller.rawValue)
    options.metadata.add(TestAuthenticator.seller, seller)
    return Ending(await failure { try await self.call(method, method.input, method.output, json, options) })
  }

  private func call<Request: Message, Response: Message>(
    _ method: ServiceDescriptor.Method, _: Request.Type, _: Response.Type, _ json: String, _ options: CallOptions
  ) async throws {
    let request = try Request(json: json, in: Arena())
    switch method.kind {
    case .unary:
      let _: Response = try await channel.unary(method.path, request, options)
    case .serverStreaming:
      let responses: ClientResponseStream<Response> = try await channel.serverStreaming(method.path, request, options)
      for try await _ in responses { break }
    case .clientStreaming:
      let call: ClientStreamingCall<Request, Response> = try await channel.clientStreaming(method.path, options)
      try await call.send(request)
      _ = try await call.finish()
    case .bidirectional:
      let call: BidirectionalCall<Request, Response> = try await channel.bidirectional(method.path, options)
      try await call.send(request)
      call.endRequests()
      for try await _ in call.responses { break }
    }
  }
}

extension ShopTests {
  /// T15: every RPC, by everybody, about everybody's things.
  @Suite struct AccessTests {
    @Test("every method has its row, and every row its method")
    func everyMethodHasItsRow() {
      for method in TestNode.methods {
        #expect(AccessRow.row(of: method.path) != nil, "\(method.path): say in AccessRows.swift who may call it")
      }
      for row in AccessRow.all {
        #expect(TestNode.methods.contains { AccessRow.row(of: $0.path)?.method == row.method }, "\(row.method)")
      }
    }

    @Test("every method serves whom its row says, and refuses everybody else before it looks at anything")
    func everyMethodByEverybody() async throws {
      let shop = try await TestShop.make(products: 30)
      let (own, others) = try await Self.subjects(shop)
      try await shop.serve { nodes in
        for method in TestNode.methods {
          let row = try #require(AccessRow.row(of: method.path))
          for caller in TestCaller.allCases {
            let place = "\(method.path) by \(caller)"
            func ending(_ subject: AccessSubject) async -> Ending {
              await nodes[0].ending(of: method, row.request(subject), as: caller, running: own.seller)
            }
            let ending = await ending(own)
            guard let refusal = Self.refusal(row, caller) else {
              let isBeyond = row.confined != nil && (caller == .otherSeller || caller == .sellerWithoutShop)
              #expect(isBeyond ? ending.code == .notFound : row.ends.contains(ending.code), "\(place): \(ending)")
              continue
            }
            #expect(ending.code == refusal, "\(place): \(ending)")
            for subject in [others, Self.absent(own)] {
              #expect(
                await nodes[0].ending(of: method, row.request(subject), as: caller, running: own.seller) == ending)
            }
          }
        }
      }
    }

    @Test("what a caller may not reach answers exactly like what is not there, and stays as it was")
    func othersThingsAreNotThere() async throws {
      let shop = try await TestShop.make(products: 30)
      let (own, others) = try await Self.subjects(shop)
      let before = try await Self.state(shop)
      try await shop.serve { nodes in
        for method in TestNode.methods {
          let row = try #require(AccessRow.row(of: method.path))
          for caller in row.confined ?? [] {
            let place = "\(method.path) by \(caller)"
            let absent = Self.absent(own)
            let asked = await nodes[0].ending(of: method, row.request(others), as: caller, running: own.seller)
            let missing = await nodes[0].ending(of: method, row.request(absent), as: caller, running: own.seller)
            #expect(asked.code == .notFound, "\(place): \(asked)")
            #expect(asked.about(others.variant) == missing.about(absent.variant), "\(place)")
          }
        }
      }
      #expect(try await Self.state(shop) == before)
    }

    @Test("what is not on sale answers shoppers exactly like what is not there")
    func hiddenProductsAreNotThere() async throws {
      let shop = try await TestShop.make(products: 30)
      let (hidden, _) = try await Self.subjects(shop)
      let product = hidden.product
      try await shop.run { database in
        _ = try await database.execute("UPDATE catalog.product SET status = 'archived' WHERE id = \(product)::uuid")
      }
      let method = try #require(TestNode.methods.first { $0.path.hasSuffix("CatalogService/GetProduct") })
      let row = try #require(AccessRow.row(of: method.path))
      try await shop.serve { nodes in
        for caller: TestCaller in [.guest, .customer, .otherSeller, .sellerWithoutShop] {
          let absent = Self.absent(hidden)
          let asked = await nodes[0].ending(of: method, row.request(hidden), as: caller, running: hidden.seller)
          let missing = await nodes[0].ending(of: method, row.request(absent), as: caller, running: hidden.seller)
          #expect(asked.code == .notFound, "\(caller): \(asked)")
          #expect(asked.about(hidden.product) == missing.about(absent.product), "\(caller)")
        }
      }
    }

    @Test("a refused caller is told why, in words that programs read")
    func refusalsHaveReasons() async throws {
      let method = try #require(TestNode.methods.first { $0.path.hasSuffix("/AdjustStock") })
      let expected: [(TestCaller, StatusCode, String, [String: String])] = [
        (.guest, .unauthenticated, "CREDENTIALS_MISSING", ["scheme": "Bearer"]),
        (.forged, .unauthenticated, "CREDENTIALS_INVALID", ["scheme": "Bearer"]),
        (.expired, .unauthenticated, "CREDENTIALS_EXPIRED", ["scheme": "Bearer"]),
        (.ended, .unauthenticated, "SESSION_ENDED", ["scheme": "Bearer"]),
        (.customer, .permissionDenied, "PERMISSION_MISSING", ["permission": "inventory.write"]),
        (.support, .permissionDenied, "PERMISSION_MISSING", ["permission": "inventory.write"]),
        (.keyWithoutScopes, .permissionDenied, "SCOPE_MISSING", ["scope": "inventory.write"]),
      ]
      try await TestShop.make(products: 3).serve { nodes in
        for (caller, code, reason, metadata) in expected {
          let ending = await nodes[0].ending(of: method, "{}", as: caller, running: "")
          #expect(ending.code == code, "\(caller): \(ending)")
          #expect(ending.details == [.errorInfo(reason: reason, domain: "fastshop", metadata: metadata)])
        }
      }
    }

    @Test("a request without its request_id is refused before the handler has it")
    func requestIDIsRequired() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        for service in fastshopAPIServices {
          for (method, policy) in try DeclaredPolicies(service).all where policy.requiresRequestID {
            for json in [
              "{}", "{\"request_id\": \"mine\"}", "{\"request_id\": \"0190b5a4-8f3e-7c21-9d5e-2b6f0a7c4e1\"}",
            ] {
              let error = await nodes[0].ending(of: method, json, as: .admin, running: "")
              #expect(error.code == .invalidArgument)
              #expect(
                error.details.contains {
                  if case .badRequest(let all) = $0 { all.map(\.field) == ["request_id"] } else { false }
                }, "\(method.path) of \(json): \(error)")
            }
          }
        }
      }
    }

    /// The status with which `caller` is refused; nil when it is served.
    private static func refusal(_ row: AccessRow, _ caller: TestCaller) -> StatusCode? {
      if TestCaller.bad.contains(caller) { return row.ignoresCredentials ? nil : .unauthenticated }
      if row.callers.contains(caller) { return nil }
      return caller == .guest ? .unauthenticated : .permissionDenied
    }

    /// Two sellers' things.
    private static func subjects(_ shop: TestShop) async throws -> (AccessSubject, AccessSubject) {
      let all = try await shop.run { database in
        try await database.rows(
          """
          SELECT DISTINCT ON (s.seller_id) s.seller_id AS seller, s.product_id AS product, s.variant_id AS variant,
                 p.category_id AS category
            FROM inventory.stock s
            JOIN catalog.product p ON p.id = s.product_id
           WHERE p.status = 'active'
           ORDER BY s.seller_id, s.variant_id
           LIMIT 2
          """
        ).map {
          AccessSubject(
            product: try $0.string("product"), variant: try $0.string("variant"),
            category: try $0.string("category"), seller: try $0.string("seller"))
        }
      }
      try #require(all.count == 2)
      return (all[0], all[1])
    }

    /// Things of `subject`'s seller that there are not.
    private static func absent(_ subject: AccessSubject) -> AccessSubject {
      let nothing = "018cc251-f400-7ade-9e36-000000000000"
      return AccessSubject(product: nothing, variant: nothing, category: nothing, seller: subject.seller)
    }

    /// What calls could have changed.
    private static func state(_ shop: TestShop) async throws -> Int64 {
      try await shop.number {
        "SELECT sum(on_hand + version)::bigint + (SELECT count(*) FROM platform.event) AS n FROM inventory.stock"
      }
    }
  }
}
