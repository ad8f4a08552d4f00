import CatalogAPI
import Eventually
import InventoryAPI
import Platform
import PlatformTesting
import Postgres
import Protobuf
import RPC
import Testing

@testable import Inventory

extension TestNode {
  fileprivate var backInStock: BackInStockClient { BackInStockClient(channel) }

  /// Asks to be told, as a guest with an address, or as an account.
  fileprivate func subscribe(for variant: String, email: String = "", account: String = "") async throws -> Bool {
    try await backInStock.subscribeBackInStock(
      request(SubscribeBackInStockRequest.self) {
        $0.variantID = $0.text(variant)
        $0.email = $0.text(email)
      }, options: Self.options(account)
    ).needsConfirmation
  }

  fileprivate func confirm(_ token: String) async throws {
    _ = try await backInStock.confirmBackInStock(
      request(ConfirmBackInStockRequest.self) { $0.token = $0.text(token) }, options: Self.options(""))
  }

  fileprivate func unsubscribe(token: String = "", variant: String = "", account: String = "") async throws {
    _ = try await backInStock.unsubscribeBackInStock(
      request(UnsubscribeBackInStockRequest.self) {
        $0.token = $0.text(token)
        $0.variantID = $0.text(variant)
      }, options: Self.options(account))
  }

  private static func options(_ account: String) -> CallOptions {
    var options = CallOptions()
    options.timeout = .seconds(20)
    let caller: TestCaller = account.isEmpty ? .guest : .customer
    options.metadata.add(TestAuthenticator.caller, caller.rawValue)
    if !account.isEmpty { options.metadata.add(TestAuthenticator.account, account) }
    return options
  }
}

extension ShopTests {
  @Suite struct BackInStockTests {
    private static let guest = "guest@example.com"

    @Test("a guest confirms the address first, then gets one mail when the variant is back, and no other")
    func aGuest() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let (node, product) = (nodes[0], try await nodes[0].productOfSeveral())
        let variant = product.variants[0].id.string
        let server = try await shop.background(node.stockMailer)
        _ = try await node.count(0, of: variant)
        for _ in 0..<2 { #expect(try await node.subscribe(for: variant, email: Self.guest)) }
        let tokens = Self.tokens(node)
        #expect(tokens.count == 2 && Set(tokens).count == 1, "each asks for the same confirmation")
        _ = try await node.count(1, of: variant)
        try await Self.untilTold(shop)
        #expect(Self.mails(node, Self.guest).isEmpty, "an address that is not confirmed is told nothing")
        _ = try await node.count(0, of: variant)
        for _ in 0..<2 { try await node.confirm(try #require(tokens.first)) }
        _ = try await node.subscribe(for: variant, email: "Guest@example.com")
        #expect(node.stockMailer.emails(to: "Guest@example.com").isEmpty, "what is confirmed is not asked again")
        for onHand in [1, 0, 1] as [Int64] { _ = try await node.count(onHand, of: variant) }
        try await Self.untilTold(shop)
        #expect(Self.mails(node, Self.guest).count == 1)
        guard case .backInStock(let name, let slug) = Self.mails(node, Self.guest).first else { return }
        #expect(name.hasPrefix(product.title.string) && slug == product.slug.string)
        let over = await failure { try await node.confirm(try #require(tokens.first)) }
        #expect(over?.reason == "LINK_NOT_VALID")
        await server.stop()
      }
    }

    @Test("an account is told at its address, unless it has ended its subscription")
    func accounts() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let (node, variant) = (nodes[0], try await nodes[0].productOfSeveral().variants[0].id.string)
        let server = try await shop.background(node.stockMailer)
        let (ann, bob) = (try await shop.account("ann@example.com"), try await shop.account("bob@example.com"))
        _ = try await node.count(0, of: variant)
        for account in [ann, ann, bob] { #expect(try await !node.subscribe(for: variant, account: account)) }
        try await node.unsubscribe(variant: variant, account: bob)
        _ = try await node.count(3, of: variant)
        try await Self.untilTold(shop)
        #expect(Self.mails(node, "ann@example.com").count == 1 && Self.mails(node, "bob@example.com").isEmpty)
        await server.stop()
      }
    }

    @Test("a variant that came back before the confirmation is told of at once")
    func lateConfirmation() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let (node, variant) = (nodes[0], try await nodes[0].productOfSeveral().variants[0].id.string)
        let server = try await shop.background(node.stockMailer)
        _ = try await node.count(0, of: variant)
        _ = try await node.subscribe(for: variant, email: Self.guest)
        _ = try await node.count(3, of: variant)
        try await shop.untilConsumed()
        try await node.confirm(try #require(Self.tokens(node).first))
        try await Self.untilTold(shop)
        #expect(Self.mails(node, Self.guest).count == 1)
        await server.stop()
      }
    }

    @Test("a delivery for a product that is not on sale is told of when it is again")
    func offSale() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let (node, product) = (nodes[0], try await nodes[0].productOfSeveral())
        let variant = product.variants[0].id.string
        let server = try await shop.background(node.stockMailer, and: [SaleEvents.consumer])
        let ann = try await shop.account("ann@example.com")
        _ = try await node.count(0, of: variant)
        _ = try await node.subscribe(for: variant, account: ann)
        _ = try await node.unpublishProduct(product.id.string)
        _ = try await node.count(3, of: variant)
        try await Self.untilTold(shop)
        #expect(Self.mails(node, "ann@example.com").isEmpty)
        _ = try await node.publishProduct(product.id.string)
        try await eventually { Self.mails(node, "ann@example.com").count == 1 }
        await server.stop()
      }
    }

    @Test("what cannot be bought yet is told of at its time, or as soon as its seller lets it be bought")
    func notBuyable() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let (node, product) = (nodes[0], try await nodes[0].productOfSeveral())
        let (id, variants) = (product.id.string, product.variants.map(\.id.string))
        let server = try await shop.background(node.stockMailer)
        let (ann, bob) = (try await shop.account("ann@example.com"), try await shop.account("bob@example.com"))
        for variant in variants { _ = try await node.count(0, of: variant) }
        #expect(try await !node.subscribe(for: variants[0], account: ann))
        _ = try await node.updateProduct(id, ", \"buyable_from_time\": \"2100-01-01T00:00:00Z\"")
        for variant in variants { _ = try await node.count(3, of: variant) }
        #expect(try await !node.subscribe(for: variants[1], account: bob), "it is in stock, and cannot be bought")
        try await shop.untilConsumed()
        #expect(try await shop.waitingMails() == ["2100", "2100"])
        // Of jobs that come too early, each waits for the time again.
        try await shop.letMailsBegin()
        try await eventually { try await shop.waitingMails() == ["2100", "2100"] }
        _ = try await node.updateProduct(id, ", \"buyable_from_time\": \"2101-01-01T00:00:00Z\"")
        try await shop.untilConsumed()
        #expect(try await shop.waitingMails() == ["2100", "2100", "2101", "2101"])
        #expect(node.stockMailer.emails(to: "ann@example.com").isEmpty)
        #expect(node.stockMailer.emails(to: "bob@example.com").isEmpty)
        try await shop.makeBuyable(id)
        try await shop.letMailsBegin()
        try await eventually { try await shop.waitingMails().isEmpty }
        #expect(Self.mails(node, "ann@example.com").count == 1 && Self.mails(node, "bob@example.com").count == 1)
        await server.stop()
      }
    }

    @Test("a seller who lets a product be bought earlier is heard at once")
    func buyableEarlier() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let (node, product) = (nodes[0], try await nodes[0].productOfSeveral())
        let (id, variant) = (product.id.string, product.variants[0].id.string)
        let server = try await shop.background(node.stockMailer)
        let ann = try await shop.account("ann@example.com")
        _ = try await node.updateProduct(id, ", \"buyable_from_time\": \"2100-01-01T00:00:00Z\"")
        _ = try await node.count(3, of: variant)
        _ = try await node.subscribe(for: variant, account: ann)
        _ = try await node.updateProduct(id, "", mask: "buyableFromTime")
        try await eventually { Self.mails(node, "ann@example.com").count == 1 }
        await server.stop()
      }
    }

    @Test("more subscriptions than a unit of work ends are all told, each once")
    func many() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let (node, variant) = (nodes[0], try await nodes[0].productOfSeveral().variants[0].id.string)
        _ = try await node.count(0, of: variant)
        _ = try await shop.run { database in
          try await database.execute(
            """
            INSERT INTO inventory.back_in_stock (variant_id, email, email_key, created_at, confirmed_at)
            SELECT \(variant)::uuid, n || '@example.com', n || '@example.com', now(), now()
              FROM generate_series(1, 250) n
            """)
        }
        let server = try await shop.background(node.stockMailer)
        _ = try await node.count(1, of: variant)
        try await eventually {
          try await shop.number { "SELECT count(*) AS n FROM inventory.back_in_stock" } == 0
        }
        for number in 1...250 { #expect(Self.mails(node, "\(number)@example.com").count == 1) }
        await server.stop()
      }
    }

    @Test("what is in stock, hidden or absent is refused, and foreign links do nothing")
    func refusals() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let (node, product) = (nodes[0], try await nodes[0].productOfSeveral())
        let (variant, id) = (product.variants[0].id.string, product.id.string)
        _ = try await node.count(1, of: variant)
        let inStock = await failure { _ = try await node.subscribe(for: variant, email: Self.guest) }
        #expect(inStock?.code == .failedPrecondition && inStock?.reason == "IN_STOCK")
        _ = try await node.count(0, of: variant)
        _ = try await node.subscribe(for: variant, email: Self.guest)
        let token = try #require(Self.tokens(node).first)
        let otherEnd = token.hasSuffix("AA") ? "BB" : "AA"
        for forged in [String(token.dropLast(2)) + otherEnd, "A", token + "A"] {
          #expect(await failure { try await node.confirm(forged) }?.reason == "LINK_NOT_VALID")
          #expect(await failure { try await node.unsubscribe(token: forged) }?.reason == "LINK_NOT_VALID")
        }
        for _ in 0..<2 { try await node.unsubscribe(token: token) }
        #expect(await failure { try await node.confirm(token) }?.reason == "LINK_NOT_VALID")
        _ = try await shop.run { database in
          try await database.execute(
            "UPDATE catalog.product SET status = 'draft', published_at = NULL WHERE id = \(id)::uuid")
        }
        #expect(await failure { _ = try await node.subscribe(for: variant, email: Self.guest) }?.code == .notFound)
        #expect(try await shop.number { "SELECT count(*) AS n FROM inventory.back_in_stock" } == 0)
      }
    }

    @Test("a variant that somebody waits for can be deleted, and nobody waits for it then")
    func deletion() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let (node, variant) = (nodes[0], try await nodes[0].productOfSeveral().variants[0].id.string)
        _ = try await node.count(0, of: variant)
        _ = try await node.subscribe(for: variant, email: Self.guest)
        let isDropped = try await shop.run { database in
          try await database.rows(
            "SELECT inventory.drop_stock(ARRAY[\(variant)::uuid]) AS is_dropped", access: .write
          ).first?.bool("is_dropped")
        }
        #expect(isDropped == true)
        #expect(try await shop.number { "SELECT count(*) AS n FROM inventory.back_in_stock" } == 0)
        let over = await failure { try await node.confirm(try #require(Self.tokens(node).first)) }
        #expect(over?.reason == "LINK_NOT_VALID")
      }
    }

    @Test("an account waits for 100 variants at most")
    func most() async throws {
      let shop = try await TestShop.make()
      _ = try await shop.run { try await $0.execute("DELETE FROM inventory.reservation") }
      try await shop.serve { nodes in
        let (node, variants) = (nodes[0], try await nodes[0].productOfSeveral().variants.map(\.id.string))
        let account = try await shop.account("ann@example.com")
        for variant in variants { _ = try await node.count(0, of: variant) }
        #expect(try await !node.subscribe(for: variants[0], account: account))
        _ = try await shop.run { database in
          try await database.execute(
            """
            INSERT INTO inventory.back_in_stock (variant_id, user_id, created_at, confirmed_at)
            SELECT s.variant_id, \(account)::uuid, now(), now()
              FROM inventory.stock s
             WHERE s.variant_id <> ALL (\(variants)::uuid[])
             LIMIT \(BackInStockSubscription.subscriptionsMax - 1)
            """)
        }
        let next = await failure { _ = try await node.subscribe(for: variants[1], account: account) }
        #expect(next?.code == .resourceExhausted && next?.reason == "TOO_MANY_SUBSCRIPTIONS")
        #expect(try await !node.subscribe(for: variants[0], account: account), "what it waits for already counts once")
      }
    }

    /// Waits until nobody is to be told any more.
    private static func untilTold(_ shop: TestShop) async throws {
      try await shop.untilConsumed()
      try await eventually {
        try await shop.number {
          "SELECT count(*) AS n FROM jobs.job WHERE kind = \(BackInStockMails.name) AND ended_at IS NULL"
        } == 0
      }
    }

    private static func tokens(_ node: TestNode) -> [String] {
      var tokens: [String] = []
      for case .confirmBackInStock(_, let token) in node.stockMailer.emails(to: guest) { tokens.append(token) }
      return tokens
    }

    /// The mails that say that something is back.
    private static func mails(_ node: TestNode, _ address: String) -> [StockEmail] {
      node.stockMailer.emails(to: address).filter { if case .backInStock = $0 { true } else { false } }
    }
  }
}

extension TestShop {
  /// The years for which mails about variants that are back wait.
  fileprivate func waitingMails() async throws -> [String] {
    try await run { database in
      try await database.rows(
        """
        SELECT to_char(j.due_at AT TIME ZONE 'UTC', 'YYYY') AS year
          FROM jobs.job j
         WHERE j.kind = \(BackInStockMails.name) AND j.ended_at IS NULL
         ORDER BY j.due_at
        """
      ).map { try $0.string("year") }
    }
  }

  fileprivate func letMailsBegin() async throws {
    _ = try await run { database in
      try await database.execute("UPDATE jobs.job SET due_at = now() WHERE kind = \(BackInStockMails.name)")
    }
  }

  /// As if the time had come: no event says so.
  fileprivate func makeBuyable(_ product: String) async throws {
    _ = try await run { database in
      try await database.execute(
        "UPDATE catalog.product SET buyable_from = now() - interval '1 second' WHERE id = \(product)::uuid")
    }
  }
}
