import CatalogAPI
import Eventually
import InventoryAPI
import Platform
import PlatformTesting
import Postgres
import Protobuf
import RPC
import Synchronization
import Testing

@testable import Inventory

/// What a caller hears of a variant.
private struct Heard: Equatable, Sendable {
  let available: Int64
  let isSaleEnded: Bool
  let reason: StockReason
}

/// Collects the changes of a variant.
private final class SaleWatcher: Sendable {
  private final class Collected: Sendable {
    let isReady = Mutex(false)
    let heard = Mutex<[Heard]>([])
  }

  private let collected: Collected
  private let reading: Task<Void, any Error>

  init(_ variant: String, as caller: TestCaller, _ node: TestNode) {
    let collected = Collected()
    self.collected = collected
    reading = Task {
      let asked = request(WatchInventoryRequest.self) {
        let variants = VariantSelection(in: $0.storage.arena)
        variants.variantIDs.append($0.text(variant))
        $0.selection = .variants(variants)
      }
      var options = CallOptions()
      options.metadata.add(TestAuthenticator.caller, caller.rawValue)
      for try await response in try await node.inventory.watchInventory(asked, options: options) {
        switch response.event {
        case .stateComplete: collected.isReady.withLock { $0 = true }
        case .change(let change):
          let heard = Heard(
            available: change.stock?.available ?? -1, isSaleEnded: change.isSaleEnded, reason: change.reason)
          collected.heard.withLock { $0.append(heard) }
        case .state, nil: break
        }
      }
    }
  }

  /// Whether it has the present state.
  var isReady: Bool { collected.isReady.withLock { $0 } }
  var heard: [Heard] { collected.heard.withLock { $0 } }

  func stop() async {
    reading.cancel()
    _ = await reading.result
  }
}

extension ShopTests {
  @Suite struct SaleNewsTests {
    @Test("a product that goes off sale, and on again, is a change for everybody who watches it, each time once")
    func product() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let (node, product) = (nodes[0], try await nodes[0].productOfSeveral())
        let (id, variant) = (product.id.string, product.variants[0].id.string)
        _ = try await node.count(7, of: variant)
        let server = try await shop.background(node.stockMailer, and: [SaleEvents.consumer])
        let guest = SaleWatcher(variant, as: .guest, node)
        let staff = SaleWatcher(variant, as: .admin, node)
        try await eventually { guest.isReady && staff.isReady }
        let version = try await node.stock(of: variant).version
        _ = try await node.unpublishProduct(id)
        try await eventually { guest.heard.count == 1 && staff.heard.count == 1 }
        // What nobody but staff hears, and a change of the product that is none for its stock.
        _ = try await node.adjust(variant, 1)
        _ = try await node.publishProduct(id)
        try await eventually { guest.heard.count == 2 && staff.heard.count == 3 }
        #expect(
          guest.heard == [
            Heard(available: 0, isSaleEnded: true, reason: .unspecified),
            Heard(available: 8, isSaleEnded: false, reason: .unspecified),
          ])
        #expect(
          staff.heard == [
            Heard(available: 7, isSaleEnded: true, reason: .saleEnded),
            Heard(available: 8, isSaleEnded: false, reason: .counted),
            Heard(available: 8, isSaleEnded: false, reason: .saleBegun),
          ])
        #expect(try await node.stock(of: variant).version == version + 3)
        #expect(try await shop.wrongStocks() == 0)
        for watcher in [guest, staff] { await watcher.stop() }
        await server.stop()
      }
    }

    @Test("all variants of a seller that is hidden, and shown again, are told of, each time once")
    func seller() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let node = nodes[0]
        let id = try #require(ID(try await node.productOfSeveral().sellerID.string))
        let server = try await shop.background(node.stockMailer, and: [SaleEvents.consumer])
        let count = try await shop.number {
          """
          SELECT count(*) AS n
            FROM inventory.stock s JOIN catalog.product_sight p ON p.id = s.product_id AND p.is_on_sale
           WHERE s.seller_id = \(id)
          """
        }
        for (isHidden, type) in [(true, "sale_ended"), (false, "sale_begun")] {
          try await node.work { work in
            _ = try await work.rows("SELECT catalog.hide_seller(\(id), \(isHidden)::boolean)", access: .write)
            work.publish(NewEvent("sellers.visibility", "changed", of: id))
          }
          try await eventually {
            try await shop.number {
              "SELECT count(*) AS n FROM platform.event WHERE topic = 'inventory.stock' AND type = \(type)"
            } == count
          }
        }
        #expect(count > 1)
        await server.stop()
      }
    }
  }
}
