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

extension TestShop {
  /// A server that consumes the events of stock from now on, and runs its jobs.
  func background(
    _ mailer: RecordingStockMailer, and others: [Consumer] = []
  ) async throws -> BackgroundServer {
    let consumers = [LowStockAlerts(mailer: mailer).consumer, BackInStockEvents.consumer] + others
    let server = try await BackgroundServer(
      url, vault: TestShop.vault, jobs: [BackInStockMails(mailer: mailer), ReservationExpiry(), SaleNews()],
      consumers: consumers)
    try await eventually { try await run { try await ConsumerStatus.all($0) }.count == consumers.count }
    return server
  }

  /// Waits until the consumers have seen all events.
  func untilConsumed() async throws {
    let last = try await number { "SELECT coalesce(max(seq), 0)::bigint AS n FROM platform.event" }
    try await eventually { try await run { try await ConsumerStatus.all($0) }.allSatisfy { $0.seq >= last } }
  }

  /// Somebody with a verified address; of a shop, if `seller` is not empty.
  func account(_ email: String, of seller: String = "") async throws -> String {
    let account = try await run { database in
      try await database.rows(
        """
        INSERT INTO identity.user (email, email_key, email_verified_at, display_name, role, seller_id)
        VALUES (\(email), \(email), now(), 'Ann', \(seller.isEmpty ? "customer" : "seller"),
                nullif(\(seller), '')::uuid)
        RETURNING id
        """, access: .write
      ).first?.string("id")
    }
    return try #require(account)
  }
}

extension ShopTests {
  @Suite struct LowStockAlertTests {
    @Test("a seller gets one mail each time that a variant becomes low on stock, and none while it stays so")
    func onePerCrossing() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let product = try await nodes[0].productOfSeveral()
        let variant = product.variants[0].id.string
        _ = try await shop.account("ann@example.com", of: product.sellerID.string)
        _ = try await shop.account("bob@example.com")
        let mailer = RecordingStockMailer()
        let server = try await shop.background(mailer)
        _ = try await nodes[0].count(20, of: variant)
        try await Self.setThreshold(5, of: variant, nodes[0])
        // What is counted, and how many mails there are then.
        let steps: [(onHand: Int64, mails: Int)] = [
          (6, 0), (5, 1), (4, 1), (0, 1), (5, 1), (6, 1), (3, 2), (9, 2), (1, 3),
        ]
        for (onHand, mails) in steps {
          _ = try await nodes[0].count(onHand, of: variant)
          try await shop.untilConsumed()
          #expect(mailer.emails(to: "ann@example.com").count == mails, "\(onHand)")
        }
        guard case .lowStock(let low, 0) = mailer.emails(to: "ann@example.com").first else { throw TestError.noMail }
        #expect(low.map(\.available) == [5] && low.map(\.threshold) == [5])
        #expect(low[0].name.hasPrefix(product.variants[0].sku.string + ": "))
        #expect(mailer.emails(to: "bob@example.com").isEmpty)
        await server.stop()
      }
    }

    @Test("a reservation makes a variant low on stock, too, and a variant that crossed unseen is told of once")
    func reservations() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let product = try await nodes[0].productOfSeveral()
        let variant = product.variants[0].id.string
        _ = try await shop.account("ann@example.com", of: product.sellerID.string)
        _ = try await nodes[0].count(10, of: variant)
        try await Self.setThreshold(5, of: variant, nodes[0])
        let mailer = RecordingStockMailer()
        let first = try await shop.background(mailer)
        let held = try await nodes[0].reserve(6, of: variant)
        try await shop.untilConsumed()
        #expect(mailer.emails(to: "ann@example.com").count == 1)
        await first.stop()
        // Meanwhile it is in stock for a moment.
        try await nodes[0].work { _ = try await InventoryModule.release([held], in: $0) }
        for onHand in [4, 9, 2] as [Int64] { _ = try await nodes[0].count(onHand, of: variant) }
        let second = try await shop.background(mailer)
        try await shop.untilConsumed()
        #expect(mailer.emails(to: "ann@example.com").count == 2)
        await second.stop()
      }
    }

    @Test("a threshold that is set above the stock alerts at once, and once until the variant has recovered")
    func threshold() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let (node, product) = (nodes[0], try await nodes[0].productOfSeveral())
        let variant = product.variants[0].id.string
        _ = try await shop.account("ann@example.com", of: product.sellerID.string)
        _ = try await node.count(20, of: variant)
        // What is set, and how many mails there are then.
        let steps: [(threshold: Int64, mails: Int)] = [(19, 0), (20, 1), (30, 1), (0, 1), (25, 2)]
        for (threshold, mails) in steps {
          try await Self.setThreshold(threshold, of: variant, node)
          #expect(node.stockMailer.emails(to: "ann@example.com").count == mails, "\(threshold)")
        }
        // The consumer finds nothing that was not told.
        let server = try await shop.background(node.stockMailer)
        _ = try await node.count(10, of: variant)
        try await shop.untilConsumed()
        #expect(node.stockMailer.emails(to: "ann@example.com").count == 2)
        await server.stop()
      }
    }

    private enum TestError: Error { case noMail }

    private static func setThreshold(_ threshold: Int64, of variant: String, _ node: TestNode) async throws {
      _ = try await node.inventory.setStockRules(
        request(SetStockRulesRequest.self) {
          $0.variantID = $0.text(variant)
          $0.lowStockThreshold = threshold
          $0.requestID = $0.text(TestID.next())
        })
    }
  }
}
