import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Synchronization
import Testing

@testable import Catalog

extension TestNode {
  fileprivate func get(_ id: String) async throws -> Product {
    let response = try await catalog.getProduct(request(GetProductRequest.self) { $0.key = .id($0.text(id)) })
    return try #require(response.product)
  }

  fileprivate func list(_ category: String = "") async throws -> [Product] {
    let response = try await catalog.listProducts(
      request(ListProductsRequest.self) {
        $0.categoryID = $0.text(category)
        $0.pageSize = 250
      })
    return Array(response.products)
  }

  fileprivate func batch(_ ids: [String]) async throws -> BatchGetProductsResponse {
    try await catalog.batchGetProducts(
      request(BatchGetProductsRequest.self) { for id in ids { $0.ids.append($0.text(id)) } })
  }

  fileprivate func renameCategory(_ id: String, slug: String) async throws {
    let json = "{\"category\": {\"id\": \"\(id)\", \"slug\": \"\(slug)\"}, \"request_id\": \"\(TestID.next())\"}"
    _ = try await CategoryClient(channel).updateCategory(try UpdateCategoryRequest(json: json, in: Arena()))
  }
}

extension ShopTests {
  /// Products as shoppers see them, which a server keeps encoded.
  @Suite struct ProductReadTests {
    /// How far a writer is.
    private final class Progress: Sendable {
      let committed = Atomic(0)
      let isDone = Atomic(false)
    }

    private typealias Change = (name: String, statement: @Sendable (_ product: String) -> Query)

    /// What changes something that a product shows, also by hand.
    private static let changes: [Change] = [
      ("title", { "UPDATE catalog.product SET title = 'Renamed' WHERE id = \($0)::uuid" }),
      ("price", { "UPDATE catalog.product SET price_minor = price_minor + 1 WHERE id = \($0)::uuid" }),
      ("rating", { "UPDATE catalog.product SET rating_sum = 9, rating_count = 3 WHERE id = \($0)::uuid" }),
      ("variants", { "UPDATE catalog.product SET variants = '[]' WHERE id = \($0)::uuid" }),
      ("images", { "UPDATE catalog.product SET images = '[]' WHERE id = \($0)::uuid" }),
      ("tags", { "UPDATE catalog.product SET tags = '{a,b}' WHERE id = \($0)::uuid" }),
      (
        "the seller's name",
        {
          """
          SELECT catalog.rename_seller(p.seller_id, 'Another name') FROM catalog.product p WHERE p.id = \($0)::uuid
          """
        }
      ),
      (
        "the category's path",
        {
          """
          UPDATE catalog.category c SET path = 'moved/' || c.path
            FROM catalog.product p
           WHERE p.category_id = c.id AND p.id = \($0)::uuid
          """
        }
      ),
    ]

    @Test("what is read again takes one statement, and is the same")
    func again() async throws {
      try await TestShop.make(products: 30).serve(loops: 1) { nodes in
        let first = try await nodes[0].list().map { try $0.json() }
        #expect(try await nodes[0].statements { _ = try await nodes[0].list() } == 1)
        #expect(try await nodes[0].list().map { try $0.json() } == first)
        let id = try await nodes[0].product().id.string
        #expect(try await nodes[0].statements { _ = try await nodes[0].get(id) } == 1)
        #expect(first.contains(try await nodes[0].get(id).json()))
      }
    }

    @Test("products by their ids come from the same memory, in the order asked, and those that are not there are named")
    func batches() async throws {
      try await TestShop.make(products: 30).serve(loops: 1) { nodes in
        let (node, absent) = (nodes[0], TestID.next())
        let listed = try await node.list()
        let products = [listed[7], listed[2], listed[5]]
        let ids = products.map(\.id.string)
        // The list has put all of them into the memory.
        let count = try await node.statements { _ = try await node.batch([ids[0], absent] + ids) }
        #expect(count == 1)
        let answer = try await node.batch([ids[0], absent] + ids)
        #expect(try answer.products.map { try $0.json() } == products.map { try $0.json() })
        #expect(answer.missingIDs.map(\.string) == [absent])
        let renamed = try await node.updateProduct(ids[1], ", \"title\": \"Renamed\"")
        #expect(try await node.batch(ids).products[1].title == renamed.title)
        _ = try await node.unpublishProduct(ids[0])
        #expect(try await node.batch(ids).missingIDs.map(\.string) == [ids[0]])
      }
    }

    @Test("the etag is the version of what the seller decides: a category that is renamed moves it not, but its path")
    func etagOfAnotherPath() async throws {
      try await TestShop.make(products: 30).serve { nodes in
        let before = try await nodes[0].product(3)
        let (id, category) = (before.id.string, before.categoryID.string)
        _ = try await (nodes[0].list(), nodes[0].get(id), nodes[0].batch([id]))
        try await nodes[0].renameCategory(category, slug: "renamed")
        let (alone, inBatch) = (try await nodes[0].get(id), try await nodes[0].batch([id]).products[0])
        let inList = try #require(try await nodes[0].list(category).first { $0.id.string == id })
        for product in [alone, inBatch, inList] {
          #expect(product.categoryPath.string.hasSuffix("renamed") && product.categoryPath != before.categoryPath)
          #expect(product.etag == before.etag && product.updateTime?.seconds == before.updateTime?.seconds)
        }
        // The seller's change is of the product that was looked at.
        let changed = try await nodes[0].updateProduct(id, ", \"title\": \"Mine\"", etag: before.etag.string)
        #expect(changed.etag != before.etag)
        let stale = await failure {
          _ = try await nodes[0].updateProduct(id, ", \"title\": \"Late\"", etag: before.etag.string)
        }
        #expect(stale?.reason == "ETAG_MISMATCH")
      }
    }

    @Test("whatever its seller changes in a product moves the etag")
    func etagOfTheSeller() async throws {
      try await TestShop.make(products: 30).serve { nodes in
        let node = nodes[0]
        let (made, category) = (try await node.createCompleteProduct(), try await node.product(9).categoryID.string)
        let (id, variant) = (made.id.string, made.variants[0].id.string)
        let changes: [(name: String, body: () async throws -> Product)] = [
          ("title", { try await node.updateProduct(id, ", \"title\": \"Other\"") }),
          ("description", { try await node.updateProduct(id, ", \"description\": \"Other\"") }),
          ("metadata", { try await node.updateProduct(id, ", \"metadata\": {\"a\": \"b\"}") }),
          ("category", { try await node.updateProduct(id, ", \"category_id\": \"\(category)\"") }),
          ("publication", { try await node.publishProduct(id) }),
          (
            "price",
            { try await node.updateVariant(variant, ", \"price\": {\"amount_minor\": 7, \"currency\": \"EUR\"}") }
          ),
          ("weight", { try await node.updateVariant(variant, ", \"weight_grams\": 9") }),
          ("order", { try await node.reorderVariants(id, made.variants.map(\.id.string).reversed()) }),
          ("deleted variant", { try await node.deleteVariant(variant) }),
          ("end of sale", { try await node.unpublishProduct(id) }),
        ]
        var etag = try await node.draft(id).etag
        for (name, body) in changes {
          let after = try await body().etag
          #expect(after != etag, "\(name)")
          etag = after
        }
      }
    }

    @Test("whatever changes in what a product shows is shown by the next read, one by one and in lists")
    func changes() async throws {
      let shop = try await TestShop.make(products: 30)
      try await shop.serve { nodes in
        for (name, statement) in Self.changes {
          let before = try await nodes[0].product(3)
          let (id, category) = (before.id.string, before.categoryID.string)
          _ = try await (nodes[0].list(), nodes[0].list(category), nodes[0].get(id), nodes[0].batch([id]))
          try await shop.run { _ = try await $0.rows(statement(id), access: .write) }
          let text = try await nodes[0].get(id).json()
          #expect(try text != before.json(), "\(name)")
          #expect(try await nodes[0].list().contains { try $0.json() == text }, "\(name)")
          #expect(try await nodes[0].list(category).contains { try $0.json() == text }, "\(name)")
          #expect(try await nodes[0].batch([id]).products.first?.json() == text, "\(name)")
          #expect(try await shop.uncached(id) == text, "\(name)")
        }
      }
    }

    @Test("while a product changes all the time, no answer is older than the last change before its call")
    func neverStale() async throws {
      let rounds = 60
      try await TestShop.make(products: 30).serve(nodes: 2) { nodes in
        let id = try await nodes[0].product(3).id.string
        let progress = Progress()
        try await withThrowingTaskGroup { group in
          for number in 0..<4 {
            group.addTask {
              let node = nodes[number % 2]
              while !progress.isDone.load(ordering: .acquiring) {
                let before = progress.committed.load(ordering: .acquiring)
                let product =
                  number < 2 ? try await node.get(id) : try await node.list().first { $0.id.string == id }
                let shown = Int(product?.title.string.split(separator: " ").last ?? "") ?? 0
                #expect(shown >= before, "reader \(number)")
              }
            }
          }
          for round in 1...rounds {
            _ = try await nodes[round % 2].updateProduct(id, ", \"title\": \"Desk \(round)\"")
            progress.committed.store(round, ordering: .releasing)
          }
          progress.isDone.store(true, ordering: .releasing)
          try await group.waitForAll()
        }
        #expect(try await nodes[0].get(id).title.string == "Desk \(rounds)")
      }
    }

    @Test("a product that is taken off sale is gone with the call")
    func offSale() async throws {
      try await TestShop.make(products: 20).serve { nodes in
        let id = try await nodes[0].product(2).id.string
        _ = try await (nodes[0].list(), nodes[0].get(id))
        _ = try await nodes[0].unpublishProduct(id)
        #expect(try await !nodes[0].list().contains { $0.id.string == id })
        #expect(await failure { _ = try await nodes[0].get(id) }?.code == .notFound)
      }
    }
  }
}

extension TestShop {
  /// The text of a product, read without a cache.
  fileprivate func uncached(_ id: String) async throws -> String? {
    try await run { database in
      try await database.first(
        Product.self,
        "SELECT \(ProductColumns.product) FROM \(ProductColumns.tables) WHERE p.id = \(id)::uuid", in: Arena()
      )?.json()
    }
  }
}
