import CatalogAPI
import Eventually
import IdentityAPI
import InventoryAPI
import Platform
import PlatformTesting
import Postgres
import Protobuf
import RPC
import SellersAPI
import Testing

@testable import Sellers

extension TestNode {
  fileprivate var sellers: SellerClient { SellerClient(channel) }
  fileprivate var sellerAdmin: SellerAdminClient { SellerAdminClient(channel) }

  fileprivate func suspend(_ seller: String) async throws -> Shop? {
    try await sellerAdmin.suspendSeller(
      request(SuspendSellerRequest.self) {
        $0.sellerID = $0.text(seller)
        $0.reason = $0.text("A recall is open.")
        $0.requestID = $0.text(TestID.next())
      }
    ).shop
  }

  fileprivate func reinstate(_ seller: String) async throws -> Shop? {
    try await sellerAdmin.reinstateSeller(
      request(ReinstateSellerRequest.self) {
        $0.sellerID = $0.text(seller)
        $0.requestID = $0.text(TestID.next())
      }
    ).shop
  }

  /// Sets a holiday from and to so many seconds from now; none when both are nil.
  fileprivate func setHoliday(_ seller: String, _ span: (start: Int64, end: Int64)?) async throws -> Shop? {
    try await sellers.setHoliday(
      request(SetHolidayRequest.self) { request in
        request.sellerID = request.text(seller)
        request.requestID = request.text(TestID.next())
        guard let span else { return }
        let holiday = Holiday(in: request.storage.arena)
        holiday.startTime = (Instant.now + .seconds(span.start)).timestamp(in: request.storage.arena)
        holiday.endTime = (Instant.now + .seconds(span.end)).timestamp(in: request.storage.arena)
        holiday.note = request.text("We are at the sea.")
        request.holiday = holiday
      }
    ).shop
  }

  /// What shoppers see of a seller: nil where nothing is seen.
  fileprivate func shopperSees(_ product: Product) async throws -> [String?] {
    let guest = Self.guest
    let (id, seller) = (product.id.string, product.sellerID.string)
    let lists: [(ListProductsRequest) -> Void] = [
      { $0.sellerID = $0.text(seller) }, { $0.brand = $0.text(product.brand.string) },
      { $0.categoryID = $0.text(product.categoryID.string) }, { _ in },
    ]
    var seen: [String?] = []
    for fill in lists {
      let listing = request(ListProductsRequest.self) {
        fill($0)
        $0.pageSize = 250
      }
      let found: ListProductsResponse = try await channel.unary(
        "/fastshop.catalog.v1.CatalogService/ListProducts", listing, guest)
      seen.append(found.products.first { $0.id.string == id }?.etag.string)
    }
    let get = request(GetProductRequest.self) { $0.key = .id($0.text(id)) }
    let shown: GetProductResponse? = try await Self.found {
      try await self.channel.unary("/fastshop.catalog.v1.CatalogService/GetProduct", get, guest)
    }
    seen.append(shown?.product?.etag.string)
    let address = request(ResolvePathRequest.self) { $0.path = .product($0.text(product.slug.string)) }
    let resolved: ResolvePathResponse? = try await Self.found {
      try await self.channel.unary("/fastshop.catalog.v1.CatalogService/ResolvePath", address, guest)
    }
    seen.append(resolved?.resourceID.string)
    let stock = request(GetStockRequest.self) { $0.productID = $0.text(id) }
    let stocks: GetStockResponse? = try await Self.found {
      try await self.channel.unary("/fastshop.inventory.v1.InventoryService/GetStock", stock, guest)
    }
    seen.append(stocks?.stocks.first?.productID.string)
    return seen
  }

  private static var guest: CallOptions {
    var options = CallOptions()
    options.metadata.add(TestAuthenticator.caller, TestCaller.guest.rawValue)
    return options
  }

  private static func found<R>(_ call: () async throws -> R) async throws -> R? {
    do { return try await call() } catch let error as RPCError where error.code == .notFound { return nil }
  }
}

extension ShopTests {
  @Suite struct SellersTests {
    private static func versions(_ shop: TestShop, _ seller: String) async throws -> Int64 {
      try await shop.number {
        "SELECT sum(version)::bigint AS n FROM catalog.product WHERE seller_id = \(seller)::uuid"
      }
    }

    private static func active(_ shop: TestShop, _ seller: String) async throws -> Int64 {
      try await shop.number {
        "SELECT count(*) AS n FROM catalog.product WHERE seller_id = \(seller)::uuid AND status = 'active'"
      }
    }

    /// The products of all trees of categories, as shoppers read it.
    private static func counted(_ shop: TestShop) async throws -> Int64 {
      try await shop.number {
        """
        SELECT sum(n.products)::bigint AS n
          FROM catalog.category_count n JOIN catalog.category c ON c.id = n.category_id
         WHERE c.parent_id IS NULL
        """
      }
    }

    /// The number of categories that do not count exactly the products which shoppers see below them.
    private static func wrongCounts(_ shop: TestShop) async throws -> Int64 {
      try await shop.number {
        """
        SELECT count(*) AS n
          FROM catalog.category c
         WHERE (SELECT coalesce(sum(n.products), 0) FROM catalog.category_count n WHERE n.category_id = c.id)
               <> (SELECT count(*)
                     FROM catalog.product p
                     JOIN catalog.seller s ON s.id = p.seller_id
                     JOIN catalog.category d ON d.id = p.category_id
                    WHERE p.status = 'active' AND NOT s.is_hidden AND c.id = ANY (d.lineage))
        """
      }
    }

    private static func setStatus(_ status: String, of product: String, _ shop: TestShop) async throws {
      try await shop.run { database in
        try await database.transaction { transaction in
          try await transaction.execute(
            "UPDATE catalog.product SET status = \(status) WHERE id = \(product)::uuid")
          try await transaction.execute("SELECT catalog.shelve_products(ARRAY[\(product)::uuid])")
        }
      }
    }

    /// Runs the jobs that renew products, so many of them at once, until none waits or runs.
    private static func renewProducts(_ shop: TestShop, productsPerWork: Int) async throws {
      let server = try await BackgroundServer(
        shop.url, vault: TestShop.vault, jobs: [ProductRenewal(productsPerWork: productsPerWork)])
      do {
        try await eventually {
          try await shop.number {
            "SELECT count(*) AS n FROM jobs.job WHERE kind = 'sellers.renew-products' AND ended_at IS NULL"
          } == 0
        }
      } catch {
        await server.stop()
        throw error
      }
      await server.stop()
    }

    @Test("a category counts no product of a hidden seller, also when products change while it is hidden")
    func counts() async throws {
      let shop = try await TestShop.make(products: 60)
      try await shop.serve { nodes in
        let product = try await nodes[0].product()
        let seller = product.sellerID.string
        let (all, own) = (try await Self.counted(shop), try await Self.active(shop, seller))
        #expect(own > 1)
        _ = try await nodes[0].suspend(seller)
        #expect(try await Self.counted(shop) == all - own)
        try await Self.setStatus("archived", of: product.id.string, shop)
        #expect(try await Self.counted(shop) == all - own)
        _ = try await nodes[0].reinstate(seller)
        #expect(try await Self.counted(shop) == all - 1)
        #expect(try await Self.wrongCounts(shop) == 0)
      }
    }

    @Test("products that change at the moment at which their seller is hidden or shown are counted right")
    func countsAtOnce() async throws {
      let shop = try await TestShop.make(products: 60)
      try await shop.serve { nodes in
        let node = nodes[0]
        let seller = try await node.product().sellerID.string
        let products: [String] = try await shop.run { database in
          try await database.rows(
            """
            SELECT p.id FROM catalog.product p
             WHERE p.seller_id = \(seller)::uuid AND p.status = 'active' ORDER BY p.id LIMIT 4
            """
          ).map { try $0.string("id") }
        }
        #expect(products.count > 1)
        _ = try await InventoryTests.atOnce(products.count + 1) { index in
          for _ in 0..<4 {
            if index == products.count {
              _ = try await node.suspend(seller)
              _ = try await node.reinstate(seller)
            } else {
              try await Self.setStatus("archived", of: products[index], shop)
              try await Self.setStatus("active", of: products[index], shop)
            }
          }
        }
        #expect(try await Self.wrongCounts(shop) == 0)
      }
    }

    @Test("products of a suspended seller are gone at once, return at once, and get another version each, once")
    func suspension() async throws {
      let shop = try await TestShop.make(products: 60)
      try await shop.serve { nodes in
        let node = nodes[0]
        let product = try await node.product()
        let seller = product.sellerID.string
        let (before, versions) = (try await node.shopperSees(product), try await Self.versions(shop, seller))
        #expect(!before.contains(nil))
        let others = try await shop.number {
          "SELECT sum(version)::bigint AS n FROM catalog.product WHERE seller_id <> \(seller)::uuid"
        }
        #expect(try await node.suspend(seller)?.state == .suspended)
        #expect(try await node.shopperSees(product) == Array(repeating: nil, count: before.count))
        let again = await failure { _ = try await node.suspend(seller) }
        #expect(again?.code == .failedPrecondition)
        #expect(try await node.reinstate(seller)?.suspensionReason.isEmpty == true)
        #expect(try await node.shopperSees(product) == before)
        // The one job that waits sees both changes.
        try await Self.renewProducts(shop, productsPerWork: 2)
        let after = try await node.shopperSees(product)
        #expect(!after.contains(nil) && after[0] != before[0])
        let renewed = try await Self.active(shop, seller)
        #expect(try await Self.versions(shop, seller) == versions + renewed)
        #expect(
          try await shop.number {
            "SELECT sum(version)::bigint AS n FROM catalog.product WHERE seller_id <> \(seller)::uuid"
          } == others)
      }
    }

    @Test("an event about a suspended seller's stock is for those who look after it")
    func eventsOfASuspendedSeller() async throws {
      let shop = try await TestShop.make(products: 60)
      try await shop.serve { nodes in
        let product = try await nodes[0].product()
        let hidden: @Sendable () async throws -> Int64 = {
          try await shop.number {
            """
            SELECT count(*) AS n FROM platform.event e
             WHERE e.topic = 'inventory.stock' AND '00000000-0000-7000-8000-000000000001'::uuid = ANY (e.subjects)
            """
          }
        }
        let (seller, variant) = (product.sellerID.string, product.variants[0].id.string)
        _ = try await nodes[0].adjust(variant, 1)
        #expect(try await hidden() == 0)
        _ = try await nodes[0].suspend(seller)
        _ = try await nodes[0].adjust(variant, 1)
        #expect(try await hidden() == 1)
        _ = try await nodes[0].reinstate(seller)
        _ = try await nodes[0].adjust(variant, 1)
        #expect(try await hidden() == 1)
      }
    }

    /// The seconds from now at which a holiday begins and ends, and whether it hides the products now.
    private static let holidays: [(String, (start: Int64, end: Int64)?, hides: Bool)] = [
      ("one that lasts", (-60, 3_600), true), ("one that is to come", (1_800, 3_600), false),
      ("none any more", nil, false), ("another one that lasts", (-1, 60), true), ("one later", (86_400, 90_000), false),
    ]

    @Test("products are hidden while a holiday lasts, and its note is on the page")
    func holidays() async throws {
      try await TestShop.make(products: 60).serve { nodes in
        let product = try await nodes[0].product()
        let seller = product.sellerID.string
        for (name, span, hides) in Self.holidays {
          let shop = try await nodes[0].setHoliday(seller, span)
          #expect((shop?.holiday != nil) == (span != nil), "\(name)")
          #expect(span == nil || shop?.holiday?.note == "We are at the sea.", "\(name)")
          let seen = try await nodes[0].shopperSees(product)
          #expect(seen.allSatisfy { ($0 == nil) == hides }, "\(name): \(seen)")
        }
      }
    }

    @Test("the boundary of a holiday hides the products and shows them again, by the time that it is due at")
    func boundaries() async throws {
      let shop = try await TestShop.make(products: 60)
      try await shop.serve { nodes in
        let product = try await nodes[0].product()
        let seller = try #require(ID(product.sellerID.string))
        _ = try await nodes[0].setHoliday(seller.description, (1_800, 3_600))
        for (seconds, hides): (Int64, Bool) in [(0, false), (1_801, true), (3_599, true), (3_601, false)] {
          let now = Instant.now + .seconds(seconds)
          try await shop.run { database in
            try await database.work(as: .test) { work in
              try await ShopVisibility(seller: seller).update(at: now, in: work)
            }
          }
          let seen = try await nodes[0].shopperSees(product)
          #expect(seen.allSatisfy { ($0 == nil) == hides }, "after \(seconds) s: \(seen)")
        }
        let jobs = try await shop.number {
          "SELECT count(*) AS n FROM jobs.job WHERE kind = 'sellers.holiday-boundary' AND state = 'waiting'"
        }
        #expect(jobs == 2)
      }
    }

    @Test("a shop that was renamed has its new name in its products, which have another version")
    func renaming() async throws {
      let shop = try await TestShop.make(products: 60)
      try await shop.serve { nodes in
        let product = try await nodes[0].product()
        let profile = request(UpdateShopRequest.self) {
          let profile = ShopProfile(in: $0.storage.arena)
          profile.sellerID = $0.text(product.sellerID.string)
          profile.name = $0.text("Oak & Iron")
          $0.profile = profile
          $0.requestID = $0.text(TestID.next())
        }
        #expect(try await nodes[0].sellers.updateShop(profile).shop?.name == "Oak & Iron")
        try await Self.renewProducts(shop, productsPerWork: 1_000)
        let get = request(GetProductRequest.self) { $0.key = .id($0.text(product.id.string)) }
        let renamed = try await nodes[0].catalog.getProduct(get).product
        #expect(renamed?.sellerName == "Oak & Iron" && renamed?.etag.string != product.etag.string)
      }
    }
  }
}
