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
  private var categories: CategoryClient { CategoryClient(channel) }

  /// The id of a new category.
  fileprivate func newCategory(_ title: String, below parent: String = "") async throws -> String {
    let json = """
      {"category": {"title": "\(title)", "parent_id": "\(parent)"}, "request_id": "\(TestID.next())"}
      """
    let response = try await categories.createCategory(try CreateCategoryRequest(json: json, in: Arena()))
    return try #require(response.category).id.string
  }

  fileprivate func moveCategory(_ id: String, below parent: String) async throws {
    let json = "{\"category_id\": \"\(id)\", \"parent_id\": \"\(parent)\", \"request_id\": \"\(TestID.next())\"}"
    _ = try await categories.moveCategory(try MoveCategoryRequest(json: json, in: Arena()))
  }

  fileprivate func mergeCategory(_ id: String, into target: String) async throws {
    let json = """
      {"category_id": "\(id)", "target_category_id": "\(target)", "request_id": "\(TestID.next())"}
      """
    _ = try await categories.mergeCategories(try MergeCategoriesRequest(json: json, in: Arena()))
  }

  fileprivate func deleteCategory(_ id: String) async throws {
    let json = "{\"category_id\": \"\(id)\", \"request_id\": \"\(TestID.next())\"}"
    _ = try await categories.deleteCategory(try DeleteCategoryRequest(json: json, in: Arena()))
  }

  /// A product on sale in a category, with two variants that watchers have been told of.
  fileprivate func productOnSale(in category: String, of shop: TestShop) async throws -> Product {
    let id = try await createCompleteProduct().id.string
    _ = try await updateProduct(id, ", \"category_id\": \"\(category)\", \"external_id\": \"moved\"")
    let product = try await publishProduct(id)
    try await eventually {
      try await shop.number {
        """
        SELECT count(*) AS n FROM inventory.stock s
         WHERE s.product_id = \(id)::uuid AND s.is_told_on_sale
           AND NOT EXISTS (SELECT FROM inventory.left_category l WHERE l.product_id = s.product_id)
        """
      } == 2
    }
    return product
  }

  fileprivate func watch(
    category: String, cursor: String = "", as caller: TestCaller = .guest
  ) -> TestWatcher {
    TestWatcher(self, cursor: cursor, as: caller) { $0.selection = .categoryID($0.text(category)) }
  }
}

/// Who watches a category, from the present state on.
private struct CategoryWatcher {
  let category: String
  let caller: TestCaller
  let watcher: TestWatcher
  /// After the present state.
  let cursor: String

  init(_ category: String, on node: TestNode, expecting variants: Int, as caller: TestCaller = .guest) async throws {
    (self.category, self.caller) = (category, caller)
    watcher = node.watch(category: category, as: caller)
    let state = try await watcher.state()
    #expect(state.onHand.count == variants)
    cursor = state.cursor
  }

  /// Another watcher, which resumes with the cursor.
  func again(on node: TestNode) -> TestWatcher { node.watch(category: category, cursor: cursor, as: caller) }
}

extension ShopTests {
  /// What is in the selection of a watcher changes.
  @Suite struct SelectionNewsTests {
    @Test("whoever watches a variant hears that it was deleted, however it was selected, also when coming back")
    func deletedVariant() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve(nodes: 2) { nodes in
        let made = try await nodes[0].createCompleteProduct(colours: ["Oak", "Ash", "Elm"])
        let product = try await nodes[0].publishProduct(made.id.string)
        let gone = product.variants[1].id.string
        let version = try await nodes[0].stock(of: gone).version
        var watchers: [(watcher: TestWatcher, selection: [UInt8], caller: TestCaller, cursor: String)] = []
        for (_, fill) in WatchTests.selections {
          let asked = try request(WatchInventoryRequest.self) { fill($0, product) }.encoded()
          for caller in [TestCaller.guest, .admin] {
            let watcher = TestWatcher(nodes[0], as: caller, copying: asked)
            watchers.append((watcher, asked, caller, try await watcher.state().cursor))
          }
        }
        _ = try await nodes[0].deleteVariant(gone)
        for (watcher, selection, caller, cursor) in watchers {
          let back = TestWatcher(nodes[1], cursor: cursor, as: caller, copying: selection)
          for one in [watcher, back] {
            let change = try await one.change()
            #expect(change.isDeleted && change.variant == gone && change.version == version + 1)
            await one.stop()
          }
        }
        #expect(try await shop.wrongStocks() == 0)
      }
    }

    @Test("the end of a product is the end of its variants, for those who know of it")
    func deletedProduct() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let (node, product) = (nodes[0], try await nodes[0].createCompleteProduct())
        let (id, seller) = (product.id.string, product.sellerID.string)
        let watchers = [TestCaller.guest, .admin].map { caller in
          TestWatcher(node, as: caller) { $0.selection = .sellerID($0.text(seller)) }
        }
        for watcher in watchers { _ = try await watcher.state() }
        try await node.deleteProduct(id)
        for variant in product.variants.map(\.id.string).sorted() {
          let change = try await watchers[1].change()
          #expect(change.isDeleted && change.variant == variant)
        }
        // It was never on sale, so nobody else hears of it.
        let shown = try await node.product()
        try #require(shown.sellerID.string == seller)
        _ = try await node.adjust(shown.variants[0].id.string, 1)
        #expect(try await watchers[0].change().variant == shown.variants[0].id.string)
        for watcher in watchers { await watcher.stop() }
      }
    }

    @Test("a product that gets another category leaves one and comes into the other, by an update and by an upsert")
    func productsThatMove() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve(nodes: 2) { nodes in
        let node = nodes[0]
        let server = try await shop.background(node.stockMailer, and: [SaleEvents.consumer])
        let root = try await node.newCategory("Root")
        let (one, other) = (
          try await node.newCategory("One", below: root), try await node.newCategory("Other", below: root)
        )
        let product = try await node.productOnSale(in: one, of: shop)
        let (id, variants) = (product.id.string, Set(product.variants.map(\.id.string)))
        for (source, target) in [(one, other), (other, one)] {
          let watchers = [
            try await CategoryWatcher(root, on: node, expecting: 2),
            try await CategoryWatcher(source, on: node, expecting: 2),
            try await CategoryWatcher(target, on: node, expecting: 0),
          ]
          if source == one {
            _ = try await node.updateProduct(id, ", \"category_id\": \"\(target)\"")
          } else {
            let row = "{\"external_id\": \"moved\", \"category_id\": \"\(target)\"}"
            #expect(
              try await node.upsertProducts([row], mask: "categoryId", seller: product.sellerID.string) == ["updated"])
          }
          for watching in watchers {
            for watcher in [watching.watcher, watching.again(on: nodes[1])] {
              let changes = try await watcher.changes(2)
              #expect(Set(changes.map(\.variant)) == variants)
              #expect(changes.allSatisfy { $0.left == [source] && !$0.isSaleEnded && $0.version > 0 })
              await watcher.stop()
            }
          }
        }
        #expect(try await shop.number { "SELECT count(*) AS n FROM inventory.left_category" } == 0)
        await server.stop()
      }
    }

    @Test("nobody but its shop hears of the category of a product that is not on sale")
    func hiddenProductsThatMove() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let node = nodes[0]
        let server = try await shop.background(node.stockMailer, and: [SaleEvents.consumer])
        let (one, other) = (try await node.newCategory("One"), try await node.newCategory("Other"))
        let id = try await node.productOnSale(in: one, of: shop).id.string
        let guest = try await CategoryWatcher(one, on: node, expecting: 2).watcher
        let staff = try await CategoryWatcher(one, on: node, expecting: 2, as: .admin).watcher
        _ = try await node.unpublishProduct(id)
        for watcher in [guest, staff] {
          #expect(try await watcher.changes(2).allSatisfy { $0.isSaleEnded })
        }
        for (source, target) in [(one, other), (other, one)] {
          _ = try await node.updateProduct(id, ", \"category_id\": \"\(target)\"")
          #expect(try await staff.changes(2).allSatisfy { $0.left == [source] && !$0.isSaleEnded })
        }
        _ = try await node.publishProduct(id)
        for watcher in [guest, staff] {
          #expect(try await watcher.changes(2).allSatisfy { $0.left.isEmpty && !$0.isSaleEnded })
          await watcher.stop()
        }
        await server.stop()
      }
    }

    @Test("a category that moves gives the state again to those that lose or get its products, and to nobody else")
    func categoriesThatMove() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve(nodes: 2) { nodes in
        let node = nodes[0]
        let server = try await shop.background(node.stockMailer, and: [SaleEvents.consumer])
        let (left, entered) = (try await node.newCategory("Left"), try await node.newCategory("Entered"))
        let moved = try await node.newCategory("Moved", below: left)
        let product = try await node.productOnSale(in: moved, of: shop)
        let variants = Set(product.variants.map(\.id.string))
        let watchers = [
          try await CategoryWatcher(left, on: node, expecting: 2),
          try await CategoryWatcher(entered, on: node, expecting: 0),
        ]
        let own = try await CategoryWatcher(moved, on: node, expecting: 2, as: .admin)
        try await node.moveCategory(moved, below: entered)
        for (watching, expected) in zip(watchers, [[], variants]) {
          for watcher in [watching.watcher, watching.again(on: nodes[1])] {
            let state = try await watcher.state()
            #expect(Set(state.onHand.keys) == expected)
            let version = try await node.adjust(product.variants[0].id.string, 1).stock?.version
            if let version, !expected.isEmpty {
              // Those before it may come first.
              var seen = try await watcher.change().version
              while seen < version { seen = try await watcher.change().version }
              #expect(seen == version)
            }
            await watcher.stop()
          }
        }
        for watcher in [own.watcher, own.again(on: nodes[1])] {
          #expect(try await watcher.changes(4).allSatisfy { $0.left.isEmpty && !$0.movement.isEmpty })
          await watcher.stop()
        }
        await server.stop()
      }
    }

    @Test("a category that is merged or deleted ends the streams of those who watch it, and others get the state again")
    func categoriesThatEnd() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve(nodes: 2) { nodes in
        let node = nodes[0]
        let server = try await shop.background(node.stockMailer, and: [SaleEvents.consumer])
        let (above, target) = (try await node.newCategory("Above"), try await node.newCategory("Target"))
        let merged = try await node.newCategory("Merged", below: above)
        let variants = Set(try await node.productOnSale(in: merged, of: shop).variants.map(\.id.string))
        let ending = try await CategoryWatcher(merged, on: node, expecting: 2)
        let watchers = [
          try await CategoryWatcher(above, on: node, expecting: 2),
          try await CategoryWatcher(target, on: node, expecting: 0),
        ]
        try await node.mergeCategory(merged, into: target)
        for (watching, expected) in zip(watchers, [[], variants]) {
          for watcher in [watching.watcher, watching.again(on: nodes[1])] {
            #expect(try await Set(watcher.state().onHand.keys) == expected)
            await watcher.stop()
          }
        }
        let empty = try await CategoryWatcher(above, on: node, expecting: 0)
        try await node.deleteCategory(above)
        for watching in [ending, empty] {
          for watcher in [watching.watcher, watching.again(on: nodes[1])] {
            #expect(try await watcher.next() == .ended(.notFound))
            await watcher.stop()
          }
        }
        await server.stop()
      }
    }

    @Test("a variant that an upsert adds to a product on sale is told of, and one of a draft is not")
    func variantsOfUpserts() async throws {
      let shop = try await TestShop.makeWithoutReservations()
      try await shop.serve { nodes in
        let node = nodes[0]
        let server = try await shop.background(node.stockMailer, and: [SaleEvents.consumer])
        let category = try await node.newCategory("One")
        let product = try await node.productOnSale(in: category, of: shop)
        let guest = try await CategoryWatcher(category, on: node, expecting: 2).watcher
        let variant = { (sku: String) in
          """
          "variants": [{"sku": "\(sku)", "price": {"amount_minor": 5, "currency": "EUR"},
                        "options": [{"name": "Colour", "value": "Elm"}]}]
          """
        }
        let draft = "{\"external_id\": \"d\", \"title\": \"D\", \"category_id\": \"\(category)\", \(variant("D"))}"
        let added = "{\"external_id\": \"moved\", \(variant("E"))}"
        let outcomes = try await node.upsertProducts([draft, added], seller: product.sellerID.string)
        #expect(outcomes == ["created", "updated"])
        let known = Set(product.variants.map(\.id.string))
        let new = try await node.draft(product.id.string).variants.map(\.id.string).filter { !known.contains($0) }
        #expect(try await [guest.change().variant] == new)
        let version = try await node.adjust(new[0], 1).stock?.version
        #expect(try await guest.change().version == version)
        await guest.stop()
        await server.stop()
      }
    }
  }
}
