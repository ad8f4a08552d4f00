import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

extension TestNode {
  private var categories: CategoryClient { CategoryClient(channel) }

  /// Creates a category.
  fileprivate func create(
    _ title: String, below parent: String = "", slug: String = "", at position: Int32 = 0
  ) async throws -> CatalogAPI.Category {
    let response = try await categories.createCategory(
      request(CreateCategoryRequest.self) {
        let category = CatalogAPI.Category(in: $0.storage.arena)
        category.title = $0.text(title)
        category.parentID = $0.text(parent)
        category.slug = $0.text(slug)
        category.position = position
        $0.category = category
        $0.requestID = $0.text(TestID.next())
      })
    return try #require(response.category)
  }

  fileprivate func update(
    _ id: String, title: String = "", slug: String = "", etag: String = ""
  ) async throws -> CatalogAPI.Category {
    let response = try await categories.updateCategory(
      request(UpdateCategoryRequest.self) {
        let category = CatalogAPI.Category(in: $0.storage.arena)
        category.id = $0.text(id)
        category.title = $0.text(title)
        category.slug = $0.text(slug)
        category.etag = $0.text(etag)
        $0.category = category
        $0.requestID = $0.text(TestID.next())
      })
    return try #require(response.category)
  }

  fileprivate func move(
    _ id: String, below parent: String, at position: Int32 = 0, etag: String = ""
  ) async throws -> CatalogAPI.Category {
    let response = try await categories.moveCategory(
      request(MoveCategoryRequest.self) {
        $0.categoryID = $0.text(id)
        $0.parentID = $0.text(parent)
        $0.position = position
        $0.etag = $0.text(etag)
        $0.requestID = $0.text(TestID.next())
      })
    return try #require(response.category)
  }

  fileprivate func merge(
    _ id: String, into target: String, etag: String = ""
  ) async throws -> CatalogAPI.Category {
    let response = try await categories.mergeCategories(
      request(MergeCategoriesRequest.self) {
        $0.categoryID = $0.text(id)
        $0.targetCategoryID = $0.text(target)
        $0.etag = $0.text(etag)
        $0.requestID = $0.text(TestID.next())
      })
    return try #require(response.category)
  }

  fileprivate func delete(_ id: String) async throws {
    _ = try await categories.deleteCategory(
      request(DeleteCategoryRequest.self) {
        $0.categoryID = $0.text(id)
        $0.requestID = $0.text(TestID.next())
      })
  }

  fileprivate func category(_ path: String) async throws -> CatalogAPI.Category {
    let response = try await catalog.getCategory(request(GetCategoryRequest.self) { $0.key = .path($0.text(path)) })
    return try #require(response.category)
  }

  /// The titles below a category, in the order of the tree.
  fileprivate func titles(below id: String) async throws -> [String] {
    try await catalog.listCategories(request(ListCategoriesRequest.self) { $0.parentID = $0.text(id) })
      .categories.map(\.title.string)
  }

  fileprivate func resolve(_ path: String) async throws -> ResolvePathResponse {
    try await catalog.resolvePath(request(ResolvePathRequest.self) { $0.path = .category($0.text(path)) })
  }

  fileprivate func resolve(product slug: String) async throws -> ResolvePathResponse {
    try await catalog.resolvePath(request(ResolvePathRequest.self) { $0.path = .product($0.text(slug)) })
  }

  fileprivate func productCount(in category: String) async throws -> Int {
    var ids: Set<String> = []
    var token = ""
    repeat {
      let page = try await catalog.listProducts(
        request(ListProductsRequest.self) {
          $0.pageSize = 250
          $0.categoryID = $0.text(category)
          $0.pageToken = $0.text(token)
        })
      ids.formUnion(page.products.map(\.id.string))
      token = page.nextPageToken.string
    } while !token.isEmpty
    return ids.count
  }
}

extension ShopTests {
  @Suite struct CategoryTests {
    private static let slugs: [(title: String, slug: String)] = [
      ("Garden & Outdoor", "garden-outdoor"), ("Men's Shoes", "mens-shoes"), ("Größe L", "grosse-l"),
      ("Щётки", "setki"), ("北京", "bei-jing"), ("Ελλάδα", "ellada"), ("  --  A  --  ", "a"),
    ]

    @Test("a slug is made of a title in any script, and is another one where that is taken")
    func slugsAreMade() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let parent = try await nodes[0].create("Slugs").id.string
        for (title, slug) in Self.slugs {
          let made = try await nodes[0].create(title, below: parent)
          #expect(made.slug.string == slug && made.path.string == "slugs/\(slug)", "\(title)")
          #expect(made.etag == "v1" && made.depth == 1)
          let second = try await nodes[0].create(title, below: parent).slug.string
          #expect(second.hasPrefix("\(slug)-") && second.count == slug.count + 9, "\(title): \(second)")
          let taken = await failure { _ = try await nodes[0].create("Other", below: parent, slug: slug) }
          #expect(taken?.code == .alreadyExists && taken?.reason == "SLUG_TAKEN", "\(title)")
        }
        let none = try await nodes[0].create("\u{1f600}", below: parent).slug.string
        #expect(none.hasPrefix("category-"))
      }
    }

    private static let places: [(at: Int32, order: [String])] = [
      (1, ["X", "A", "B", "C"]), (2, ["A", "X", "B", "C"]), (3, ["A", "B", "X", "C"]), (4, ["A", "B", "C", "X"]),
      (0, ["A", "B", "C", "X"]), (9_999, ["A", "B", "C", "X"]),
    ]

    @Test("a category has the place that it is given, when it is made and when it is moved")
    func places() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        for (position, order) in Self.places {
          let parent = try await nodes[0].create("Parent").id.string
          for title in ["A", "B", "C"] { _ = try await nodes[0].create(title, below: parent) }
          let made = try await nodes[0].create("X", below: parent, at: position)
          #expect(try await nodes[0].titles(below: parent) == order, "made at \(position)")
          _ = try await nodes[0].move(made.id.string, below: parent, at: 2)
          #expect(try await nodes[0].titles(below: parent) == ["A", "X", "B", "C"])
          let moved = try await nodes[0].move(made.id.string, below: parent, at: position)
          #expect(try await nodes[0].titles(below: parent) == order, "moved to \(position)")
          #expect(moved.position == ((1...4).contains(position) ? position : 4))
        }
      }
    }

    @Test("siblings are numbered from 1 without gaps when one goes, and keep their order when one is renamed")
    func numbers() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let node = nodes[0]
        let parent = try await node.create("Parent").id.string
        var ids: [String] = []
        for title in ["A", "B", "C", "D", "E"] { ids.append(try await node.create(title, below: parent).id.string) }
        try await node.delete(ids[0])
        _ = try await node.move(ids[2], below: "")
        _ = try await node.update(ids[1], slug: "renamed")
        let rest = try await node.catalog.listCategories(
          request(ListCategoriesRequest.self) { $0.parentID = $0.text(parent) }
        ).categories
        #expect(rest.map(\.title.string) == ["B", "D", "E"])
        #expect(rest.map(\.position) == [1, 2, 3])
      }
    }

    @Test("a moved subtree takes its products along: lists and counts are right at once, and former paths lead to it")
    func moves() async throws {
      let shop = try await TestShop.make(products: 200)
      try await shop.serve { nodes in
        let node = nodes[0]
        let all = Array(try await node.catalog.listCategories(request(ListCategoriesRequest.self)).categories)
        let moved = try #require(all.first { $0.depth == 1 && $0.productCount > 0 })
        let (id, path) = (moved.id.string, moved.path.string)
        let old = try #require(all.first { $0.id == moved.parentID })
        let target = try #require(all.first { $0.depth == 0 && $0.id != moved.parentID })
        let child = try #require(all.first { $0.path.string.hasPrefix(path + "/") })
        _ = try await node.move(id, below: target.id.string, etag: moved.etag.string)
        #expect(try await Self.wrong(in: shop) == 0)
        let newPath = "\(target.path.string)/\(moved.slug.string)"
        let (from, to) = (try await node.category(old.path.string), try await node.category(target.path.string))
        #expect(from.productCount == old.productCount - moved.productCount)
        #expect(to.productCount == target.productCount + moved.productCount)
        #expect(try await node.category(newPath).productCount == moved.productCount)
        #expect(try await Int64(node.productCount(in: to.id.string)) == to.productCount)
        #expect(try await Int64(node.productCount(in: from.id.string)) == from.productCount)
        let former = try await node.resolve(child.path.string)
        #expect(former.isFormer && former.resourceID == child.id)
        #expect(former.path.string == newPath + child.path.string.dropFirst(path.count))
        #expect(try await !node.resolve(newPath).isFormer)
        _ = try await node.move(id, below: old.id.string)
        #expect(try await Self.wrong(in: shop) == 0)
        #expect(try await !node.resolve(path).isFormer)
      }
    }

    @Test("a former slug leads to the product on sale that had it last, unless one on sale has it now")
    func formerSlugs() async throws {
      let shop = try await TestShop.make(products: 20)
      try await shop.serve { nodes in
        let (one, other) = (try await nodes[0].product(), try await nodes[0].product(1))
        let (oneID, otherID, slug) = (one.id.string, other.id.string, one.slug.string)
        try await Self.change(shop) { "UPDATE catalog.product SET slug = 'renamed' WHERE id = \(oneID)::uuid" }
        let former = try await nodes[0].resolve(product: slug)
        #expect(former.isFormer && former.resourceID == one.id && former.path == "renamed")
        try await Self.change(shop) { "UPDATE catalog.product SET slug = \(slug) WHERE id = \(otherID)::uuid" }
        let present = try await nodes[0].resolve(product: slug)
        #expect(!present.isFormer && present.resourceID == other.id)
        try await Self.change(shop) { "UPDATE catalog.product SET status = 'archived' WHERE id = \(otherID)::uuid" }
        #expect(try await nodes[0].resolve(product: slug).resourceID == one.id)
        try await Self.change(shop) { "UPDATE catalog.product SET status = 'archived' WHERE id = \(oneID)::uuid" }
        let gone = await failure { _ = try await nodes[0].resolve(product: slug) }
        #expect(gone?.code == .notFound)
      }
    }

    @Test("the last 50 former slugs of a product lead to it, and no earlier one")
    func formerSlugsMax() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let id = try await nodes[0].product().id.string
        for number in 0...51 {
          try await Self.change(shop) {
            "UPDATE catalog.product SET slug = 'step-' || \(number)::int WHERE id = \(id)::uuid"
          }
        }
        #expect(try await nodes[0].resolve(product: "step-1").path == "step-51")
        let forgotten = await failure { _ = try await nodes[0].resolve(product: "step-0") }
        #expect(forgotten?.code == .notFound)
      }
    }

    private static func change(_ shop: TestShop, _ statement: @escaping @Sendable () -> Query) async throws {
      try await shop.run { database in _ = try await database.execute(statement()) }
    }

    @Test("what a move, a new name or an end must not do is refused, and nothing has changed")
    func refusals() async throws {
      let shop = try await TestShop.make(products: 20)
      try await shop.serve { nodes in
        let node = nodes[0]
        let a = try await node.create("A").id.string
        let b = try await node.create("B", below: a).id.string
        let c = try await node.create("C", below: b).id.string
        _ = try await node.create("C", below: a)
        let product = try await node.product()
        let cases: [(String, String, () async throws -> Void)] = [
          ("below itself", "CATEGORY_CYCLE", { _ = try await node.move(a, below: a) }),
          ("below a descendant", "CATEGORY_CYCLE", { _ = try await node.move(a, below: c) }),
          ("beside one of its name", "SLUG_TAKEN", { _ = try await node.move(c, below: a) }),
          ("to the name of a sibling", "SLUG_TAKEN", { _ = try await node.update(b, slug: "c") }),
          ("a merge into itself", "CATEGORY_CYCLE", { _ = try await node.merge(a, into: a) }),
          ("a merge into a descendant", "CATEGORY_CYCLE", { _ = try await node.merge(a, into: c) }),
          ("a merge of two children of one name", "SLUG_TAKEN", { _ = try await node.merge(b, into: a) }),
          ("a stale merge", "ETAG_MISMATCH", { _ = try await node.merge(b, into: a, etag: "v9") }),
          ("a merge into nothing", "RESOURCE_NOT_FOUND", { _ = try await node.merge(b, into: TestID.next()) }),
          ("a stale move", "ETAG_MISMATCH", { _ = try await node.move(b, below: "", etag: "v9") }),
          ("a stale change", "ETAG_MISMATCH", { _ = try await node.update(b, title: "X", etag: "v9") }),
          ("the end of one with children", "CATEGORY_NOT_EMPTY", { try await node.delete(a) }),
          ("the end of one with products", "CATEGORY_NOT_EMPTY", { try await node.delete(product.categoryID.string) }),
        ]
        let before = try await Self.tree(of: node)
        for (name, reason, change) in cases {
          #expect(await failure(change)?.reason == reason, "\(name)")
          #expect(try await Self.tree(of: node) == before, "\(name)")
        }
        let children = await failure { _ = try await node.merge(b, into: a) }
        #expect(children?.message.hasPrefix("both categories have a child with the slug c:") == true)
        try await node.delete(c)
        #expect(try await node.titles(below: b).isEmpty)
      }
    }

    @Test("a tree has at most 20 levels, also after a move")
    func levels() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        var parent = ""
        for level in 1...20 { parent = try await nodes[0].create("L\(level)", below: parent).id.string }
        let deepest = parent
        let tooDeep = await failure { _ = try await nodes[0].create("L21", below: deepest) }
        #expect(tooDeep?.reason == "CATEGORY_TREE_FULL")
        let (one, two) = (try await nodes[0].create("One"), try await nodes[0].category("l1"))
        let moved = await failure { _ = try await nodes[0].move(two.id.string, below: one.id.string) }
        #expect(moved?.reason == "CATEGORY_TREE_FULL")
        let cycle = await failure { _ = try await nodes[0].move(two.id.string, below: deepest) }
        #expect(cycle?.reason == "CATEGORY_CYCLE")
        let below = try await nodes[0].create("Below", below: one.id.string).id.string
        let merged = await failure { _ = try await nodes[0].merge(two.id.string, into: below) }
        #expect(merged?.reason == "CATEGORY_TREE_FULL")
        #expect(try await nodes[0].merge(two.id.string, into: one.id.string).id == one.id)
      }
    }

    @Test("changes of the tree at once, on two servers, leave a tree whose shelves and counts are right")
    func concurrentMoves() async throws {
      let shop = try await TestShop.make(products: 120)
      try await shop.serve(nodes: 2) { nodes in
        let all = try await nodes[0].catalog.listCategories(request(ListCategoriesRequest.self)).categories
        let ids = all.map(\.id.string)
        try await Self.moveAtOnce(ids, on: nodes)
        #expect(try await Self.wrong(in: shop) == 0)
        #expect(try await Self.tree(of: nodes[0]).count == ids.count)
      }
    }

    @Test("products that change their category and go on or off sale while subtrees move are on the right shelves")
    func movesBesideProducts() async throws {
      let shop = try await TestShop.make(products: 120)
      try await shop.serve(nodes: 2) { nodes in
        let all = try await nodes[0].catalog.listCategories(request(ListCategoriesRequest.self)).categories
        let ids = all.map(\.id.string)
        async let changed: Void = Self.changeProducts(of: shop, to: ids)
        try await Self.moveAtOnce(ids, on: nodes)
        try await changed
        #expect(try await Self.wrong(in: shop) == 0)
      }
    }

    @Test("the products of a large subtree move by several statements, each of them once")
    func largeMove() async throws {
      let shop = try await TestShop.make(products: 8_000)
      try await shop.serve { nodes in
        let all = try await nodes[0].catalog.listCategories(
          request(ListCategoriesRequest.self) { $0.depthLimit = 1 }
        ).categories
        let moved = try #require(all.max { $0.productCount < $1.productCount })
        try #require(moved.productCount > 1_000)
        let (target, count) = (try #require(all.first { $0.id != moved.id }), moved.productCount)
        let last = try await shop.number { "SELECT coalesce(max(seq), 0)::bigint AS n FROM platform.event" }
        _ = try await nodes[0].move(moved.id.string, below: target.id.string)
        let events = try await shop.number { "SELECT count(*) AS n FROM platform.event WHERE seq > \(last)" }
        #expect(events == 2, "one about the category, and one about all of its products")
        #expect(try await nodes[0].category(target.path.string).productCount == target.productCount + count)
        #expect(try await Self.wrong(in: shop) == 0)
        _ = try await nodes[0].move(moved.id.string, below: "")
        #expect(try await nodes[0].category(target.path.string).productCount == target.productCount)
        #expect(try await Self.wrong(in: shop) == 0)
      }
    }

    @Test("a merged category leaves its products, children and addresses to its target, and counts are right at once")
    func merges() async throws {
      let shop = try await TestShop.make(products: 200)
      try await shop.serve { nodes in
        let node = nodes[0]
        let all = Array(try await node.catalog.listCategories(request(ListCategoriesRequest.self)).categories)
        let merged = try #require(all.first { $0.depth == 1 && $0.productCount > 0 })
        let target = try #require(all.first { $0.depth == 1 && $0.parentID != merged.parentID })
        let (id, targetID, path) = (merged.id.string, target.id.string, merged.path.string)
        let child = try #require(all.first { $0.path.string.hasPrefix(path + "/") && $0.productCount > 0 })
        let (draft, product) = (try await node.createProduct().id.string, try await node.product())
        let (own, etag) = (product.id.string, product.etag)
        for product in [draft, own] { _ = try await node.updateProduct(product, ", \"category_id\": \"\(id)\"") }
        let count = try await node.category(path).productCount + node.category(target.path.string).productCount
        _ = try await node.update(id, slug: "renamed")
        let after = try await node.merge(id, into: targetID)
        #expect(after.id == target.id && after.productCount == count)
        #expect(try await Self.wrong(in: shop) == 0)
        #expect(try await node.productCount(in: targetID) == Int(count))
        for former in [path, merged.path.string.split(separator: "/").dropLast().joined() + "/renamed"] {
          let found = try await node.resolve(former)
          #expect(found.isFormer && found.resourceID == target.id && found.path == target.path, "\(former)")
        }
        let childNow = try await node.resolve(child.path.string)
        #expect(childNow.resourceID == child.id && childNow.path.string == "\(target.path)/\(child.slug)")
        for product in [draft, own] { #expect(try await node.draft(product).categoryID == target.id) }
        #expect(try await node.draft(own).etag != etag)
        let events = try await shop.number {
          """
          SELECT count(*) AS n FROM platform.event e
           WHERE e.topic = 'catalog.category' AND e.subjects @> ARRAY[\(targetID)::uuid]
             AND (e.type = 'merged' AND e.key = \(id)::uuid OR e.type = 'moved' AND e.subjects @> ARRAY[\(id)::uuid])
          """
        }
        #expect(events == Int64(1 + all.count { $0.parentID == merged.id }))
      }
    }

    @Test("a category is merged into its parent, its sibling and a child of its sibling, and siblings keep their order")
    func mergesOfNeighbours() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let node = nodes[0]
        for target in ["Parent", "B", "B1"] {
          let parent = try await node.create("Parent").id.string
          var ids = ["Parent": parent]
          for title in ["A", "B", "C"] { ids[title] = try await node.create(title, below: parent).id.string }
          for title in ["A1", "A2"] { _ = try await node.create(title, below: try #require(ids["A"])) }
          ids["B1"] = try await node.create("B1", below: try #require(ids["B"])).id.string
          let after = try await node.merge(try #require(ids["A"]), into: try #require(ids[target]))
          let expected =
            switch target {
            case "Parent": ["B", "B1", "C", "A1", "A2"]
            case "B": ["B", "B1", "A1", "A2", "C"]
            default: ["B", "B1", "A1", "A2", "C"]
            }
          #expect(try await node.titles(below: parent) == expected, "\(target)")
          #expect(try await node.titles(below: after.id.string).suffix(2) == ["A1", "A2"], "\(target)")
          #expect(try await Self.wrong(in: shop) == 0)
        }
      }
    }

    @Test("a category is merged into its parent when its child has its slug, and the child gets its address")
    func mergesOfNamesakes() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let node = nodes[0]
        var ids: [String] = []
        for title in ["Top", "Same", "Same", "Same"] {
          ids.append(try await node.create(title, below: ids.last ?? "").id.string)
        }
        let twin = try await node.create("Twin", below: ids[1]).id.string
        let below = try await node.create("Twin", below: ids[2]).id.string
        #expect(try await node.merge(ids[1], into: ids[0]).id.string == ids[0])
        let places = [("top/same", ids[2]), ("top/same/same", ids[3]), ("top/twin", twin), ("top/same/twin", below)]
        for (path, id) in places {
          let found = try await node.resolve(path)
          #expect(found.resourceID.string == id && !found.isFormer, "\(path)")
        }
        let former = try await node.resolve("top/same/same/same")
        #expect(former.resourceID.string == ids[3] && former.isFormer && former.path.string == "top/same/same")
        #expect(try await shop.number { "SELECT count(*) AS n FROM catalog.former_slug WHERE slug LIKE '%:%'" } == 0)
        #expect(try await Self.wrong(in: shop) == 0)
      }
    }

    @Test("many products change their category by several statements, whatever their state")
    func largeMerge() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let (source, target) = (try await nodes[0].create("Source"), try await nodes[0].create("Target"))
        let (category, seller) = (source.id.string, try await nodes[0].product().sellerID.string)
        try await shop.run { database in
          _ = try await database.execute(
            """
            WITH made AS (
              INSERT INTO catalog.product (seller_id, category_id, slug, title, status, price_minor, currency,
                                           published_at)
              SELECT \(seller)::uuid, \(category)::uuid, 'many-' || n, 'Many',
                     CASE n % 3 WHEN 0 THEN 'archived' ELSE 'active' END, 100, 'EUR', now()
                FROM generate_series(1, 2500) n
              RETURNING id
            )
            SELECT count(*) FROM made
            """)
          _ = try await database.execute(
            """
            SELECT catalog.shelve_products(
                     ARRAY(SELECT p.id FROM catalog.product p WHERE p.category_id = \(category)::uuid))
            """)
        }
        #expect(try await nodes[0].merge(category, into: target.id.string).productCount == 1_667)
        #expect(try await Self.wrong(in: shop) == 0)
        let wrong = try await shop.number {
          "SELECT count(*) AS n FROM catalog.product WHERE slug LIKE 'many-%' AND version <> 2"
        }
        #expect(wrong == 0)
      }
    }

    @Test("merges, moves and changes of products at once, on two servers, leave shelves and counts that are right")
    func concurrentMerges() async throws {
      let shop = try await TestShop.make(products: 120)
      try await shop.serve(nodes: 2) { nodes in
        let ids = try await nodes[0].catalog.listCategories(request(ListCategoriesRequest.self)).categories
          .map(\.id.string)
        let reasons = try await InventoryTests.atOnce(40) { index -> String? in
          let (node, one, other) = (nodes[index % 2], ids[index * 7 % ids.count], ids[index * 13 % ids.count])
          return await failure {
            switch index % 4 {
            case 0: _ = try await node.merge(one, into: other)
            case 1: _ = try await node.move(one, below: other)
            default:
              _ = try await node.updateProduct(node.product(index % 20).id.string, ", \"category_id\": \"\(one)\"")
            }
          }?.reason
        }
        let known: Set = ["CATEGORY_CYCLE", "SLUG_TAKEN", "CATEGORY_TREE_FULL", "RESOURCE_NOT_FOUND"]
        #expect(Set(reasons.compactMap { $0 }).isSubset(of: known), "\(reasons)")
        #expect(reasons.contains(nil))
        #expect(try await Self.wrong(in: shop) == 0)
      }
    }

    /// Moves categories below one another on all servers at once. What is refused, is refused for a reason.
    private static func moveAtOnce(_ ids: [String], on nodes: [TestNode]) async throws {
      let refusals = try await InventoryTests.atOnce(40) { index -> String? in
        let (id, parent) = (ids[index * 7 % ids.count], ids[index * 13 % ids.count])
        let refusal = await failure {
          _ = try await nodes[index % nodes.count].move(id, below: parent, at: Int32(index % 3))
        }
        return refusal?.reason
      }
      #expect(Set(refusals.compactMap { $0 }).isSubset(of: ["CATEGORY_CYCLE", "SLUG_TAKEN", "CATEGORY_TREE_FULL"]))
      #expect(refusals.contains(nil))
    }

    /// Changes products on as many connections as there are: each goes to another category, and on or off sale. After
    /// each, a seller is hidden or shown again.
    private static func changeProducts(of shop: TestShop, to categories: [String]) async throws {
      try await shop.run { database in
        let connections = 8
        let changes = atOnce(connections, database) { connection, database in
          for round in 0..<8 {
            let index = round * connections + connection
            let category = categories[index * 11 % categories.count]
            try await database.transaction { try await Self.changeProduct(index % 20, to: category, in: $0) }
            try await database.transaction { try await Self.hideSeller(index % 5, index % 3 == 0, in: $0) }
          }
        }
        for change in changes { try await change.value }
      }
    }

    private static func changeProduct(_ index: Int, to category: String, in transaction: Transaction) async throws {
      let rows = try await transaction.rows(
        """
        UPDATE catalog.product
           SET category_id = \(category)::uuid,
               status = CASE status WHEN 'active' THEN 'archived' ELSE 'active' END
         WHERE id = (SELECT p.id FROM catalog.product p WHERE p.published_at IS NOT NULL
                      ORDER BY p.id OFFSET \(index) LIMIT 1)
        RETURNING id
        """, access: .write)
      let id = try #require(rows.first).string("id")
      try await transaction.execute("SELECT catalog.shelve_products(ARRAY[\(id)::uuid])")
    }

    private static func hideSeller(_ index: Int, _ isHidden: Bool, in transaction: Transaction) async throws {
      try await transaction.execute(
        """
        SELECT catalog.hide_seller(s.id, \(isHidden)::boolean)
          FROM (SELECT id FROM catalog.seller ORDER BY id OFFSET \(index) LIMIT 1) s
        """)
    }

    /// One text for all that shoppers see of the tree.
    private static func tree(of node: TestNode) async throws -> [String] {
      try await node.catalog.listCategories(request(ListCategoriesRequest.self) { $0.pageSize = 1_000 })
        .categories.map(\.description)
    }

    /// The number of positions, paths, places, shelves and counts that do not follow from parents and slugs, and from
    /// the order of siblings.
    static func wrong(in shop: TestShop) async throws -> Int64 {
      try await shop.number {
        """
        WITH RECURSIVE tree AS (
          SELECT c.id, ARRAY[c.id] AS lineage, c.slug AS path, lpad(c.position::text, 4, '0') AS place
            FROM catalog.category c WHERE c.parent_id IS NULL
           UNION ALL
          SELECT c.id, t.lineage || c.id, t.path || '/' || c.slug, t.place || '.' || lpad(c.position::text, 4, '0')
            FROM tree t JOIN catalog.category c ON c.parent_id = t.id
        ), shelves AS (
          SELECT a.id AS category_id, p.id AS product_id
            FROM catalog.product p JOIN tree t ON t.id = p.category_id, unnest(t.lineage) a (id)
           WHERE p.status = 'active'
        )
        SELECT (SELECT count(*) FROM catalog.category c
                 WHERE NOT EXISTS (SELECT FROM tree t
                                    WHERE (t.id, t.lineage, t.path, t.place) = (c.id, c.lineage, c.path, c.place)))
             + (SELECT count(*)
                  FROM (SELECT c.position,
                               row_number() OVER (PARTITION BY c.parent_id ORDER BY c.position, c.id) AS number
                          FROM catalog.category c) s
                 WHERE s.position <> s.number)
             + (SELECT count(*) FROM (TABLE shelves EXCEPT SELECT category_id, product_id FROM catalog.shelf) a)
             + (SELECT count(*) FROM (SELECT category_id, product_id FROM catalog.shelf EXCEPT TABLE shelves) b)
             + (SELECT count(*) FROM catalog.category c
                 WHERE (SELECT coalesce(sum(n.products), 0) FROM catalog.category_count n WHERE n.category_id = c.id)
                       <> (SELECT count(*) FROM catalog.shelf h JOIN catalog.seller s ON s.id = h.seller_id
                            WHERE h.category_id = c.id AND NOT s.is_hidden)) AS n
        """
      }
    }
  }
}
