import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing
import TypeAPI

@testable import Catalog

/// What a list is asked for in a test.
struct ListCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let fill: @Sendable (ListProductsRequest) -> Void

  init(_ name: String, _ fill: @escaping @Sendable (ListProductsRequest) -> Void) {
    testDescription = name
    self.fill = fill
  }
}

extension ShopTests {
  @Suite struct CatalogTests {
    @Test func aProductIsFoundByIDAndBySlug() async throws {
      try await TestShop.make().serve { nodes in
        let catalog = nodes[0].catalog
        let listed = try #require(try await catalog.listProducts(request(ListProductsRequest.self)).products.first)
        let byID = try await catalog.getProduct(
          request(GetProductRequest.self) { $0.key = .id($0.text(listed.id.string)) })
        let bySlug = try await catalog.getProduct(
          request(GetProductRequest.self) { $0.key = .slug($0.text(listed.slug.string)) })
        #expect(byID.product?.description == bySlug.product?.description)
        #expect(byID.product?.description == listed.description)
        let product = try #require(byID.product)
        #expect(product.status == .active)
        #expect(product.price?.amountMinor == product.variants.compactMap { $0.price?.amountMinor }.min())
        #expect(product.price?.currency == "EUR")
        #expect(!product.images.isEmpty && !product.sellerName.isEmpty && !product.categoryPath.isEmpty)
        #expect(product.variants.allSatisfy { $0.options.count == 2 })
        #expect(product.etag == "v1")
        #expect((product.publishTime?.seconds ?? 0) > 1_700_000_000)
      }
    }

    static let sorts: [(ProductSort, @Sendable (Product) -> Int64)] = [
      (.newest, { -($0.publishTime?.seconds ?? 0) }),
      (.priceAscending, { $0.price?.amountMinor ?? 0 }),
      (.priceDescending, { -($0.price?.amountMinor ?? 0) }),
      (.rating, { -Int64($0.rating?.score ?? 0) }),
      (.popular, { -$0.unitsSold }),
    ]

    @Test(arguments: sorts.indices)
    func allPagesTogetherHaveEveryProductOnceInOrder(sort: Int) async throws {
      let (order, key) = Self.sorts[sort]
      try await TestShop.make().serve { nodes in
        let walked = try await Self.walk(nodes[0].catalog, pageSize: 7) { $0.sort = order }
        #expect(walked.count == TestShop.productsUsual)
        #expect(Set(walked.map(\.id.string)).count == TestShop.productsUsual)
        #expect(walked.map(key) == walked.map(key).sorted())
      }
    }

    @Test(arguments: sorts.indices)
    func whatWasThereThroughoutIsSeenOnceWhileOthersComeAndGo(sort: Int) async throws {
      let (order, _) = Self.sorts[sort]
      let shop = try await TestShop.make()
      try await shop.serve { nodes in
        let before = try await Self.walk(nodes[0].catalog, pageSize: 250) { _ in }.map(\.id.string)
        var round = 0
        let walked = try await Self.walk(nodes[0].catalog, pageSize: 11, fill: { $0.sort = order }) {
          round += 1
          try await Self.insertProduct(shop, round)
        }
        let seen = walked.map(\.id.string)
        #expect(Set(seen).count == seen.count)
        #expect(Set(before).subtracting(seen).isEmpty)
        #expect(round > 5)
      }
    }

    static let filters:
      [(String, @Sendable (ListProductsRequest, Product) -> Void, @Sendable (Product, Product) -> Bool)] = [
        ("brand", { $0.brand = $0.text($1.brand.string) }, { $0.brand == $1.brand }),
        ("seller", { $0.sellerID = $0.text($1.sellerID.string) }, { $0.sellerID == $1.sellerID }),
        ("category", { $0.categoryID = $0.text($1.categoryID.string) }, { $0.categoryID == $1.categoryID }),
        (
          "price",
          {
            $0.minPriceMinor = 5_000; $0.maxPriceMinor = 20_000; _ = $1
          },
          { product, _ in (5_000...20_000).contains(product.price?.amountMinor ?? 0) }
        ),
        (
          "category, seller and price",
          {
            $0.categoryID = $0.text($1.categoryID.string)
            $0.sellerID = $0.text($1.sellerID.string)
            $0.maxPriceMinor = $1.price?.amountMinor ?? 0
          },
          {
            $0.categoryID == $1.categoryID && $0.sellerID == $1.sellerID
              && ($0.price?.amountMinor ?? 0) <= ($1.price?.amountMinor ?? 0)
          }
        ),
      ]

    @Test func filtersHoldInEveryOrder() async throws {
      try await TestShop.make().serve { nodes in
        let everything = try await Self.walk(nodes[0].catalog, pageSize: 250) { _ in }
        let sample = try #require(everything.last)
        for (name, fill, holds) in Self.filters {
          let expected = Set(everything.filter { holds($0, sample) }.map(\.id.string))
          #expect(!expected.isEmpty)
          for (order, _) in Self.sorts {
            let found = try await Self.walk(nodes[0].catalog, pageSize: 3) {
              fill($0, sample)
              $0.sort = order
            }
            #expect(found.count == expected.count, "\(name) \(order)")
            #expect(Set(found.map(\.id.string)) == expected, "\(name) \(order)")
          }
        }
      }
    }

    @Test func categoriesStandInTreeOrder() async throws {
      try await TestShop.make(products: 5).serve { nodes in
        let tree = try await nodes[0].catalog.listCategories(request(ListCategoriesRequest.self)).categories
        var seen: Set<String> = [""]
        for category in tree {
          #expect(seen.contains(category.parentID.string))
          seen.insert(category.id.string)
        }
        let top = try #require(tree.first)
        let below = try await nodes[0].catalog.listCategories(
          request(ListCategoriesRequest.self) { $0.parentID = $0.text(top.id.string) }
        ).categories
        #expect(
          below.map(\.id.string) == tree.filter { $0.path.string.hasPrefix(top.path.string + "/") }.map(\.id.string))
        let children = try await nodes[0].catalog.listCategories(
          request(ListCategoriesRequest.self) {
            $0.parentID = $0.text(top.id.string)
            $0.depthLimit = 1
          }
        ).categories
        #expect(children.map(\.id.string) == tree.filter { $0.parentID == top.id.string }.map(\.id.string))
        let leaf = try #require(tree.last)
        let none = try await nodes[0].catalog.listCategories(
          request(ListCategoriesRequest.self) { $0.parentID = $0.text(leaf.id.string) })
        #expect(none.categories.isEmpty)
      }
    }

    static let badLists: [(ListCase, [String])] = [
      (ListCase("negative page size") { $0.pageSize = -1 }, ["page_size"]),
      (ListCase("unknown sort") { $0.sort = .unrecognized(99) }, ["sort"]),
      (ListCase("no UUID") { $0.categoryID = "shoes" }, ["category_id"]),
      (ListCase("garbage cursor") { $0.pageToken = "garbage!" }, ["page_token"]),
      (ListCase("negative price") { $0.minPriceMinor = -1 }, ["min_price_minor"]),
      (
        ListCase("prices the wrong way round") {
          $0.minPriceMinor = 2
          $0.maxPriceMinor = 1
        }, ["max_price_minor"]
      ),
      (
        ListCase("everything wrong at once") {
          $0.pageSize = -5
          $0.sellerID = "1"
          $0.sort = .unrecognized(-1)
        }, ["sort", "seller_id", "page_size"]
      ),
    ]

    @Test func whatIsWrongWithAListIsNamed() async throws {
      try await TestShop.make(products: 5).serve { nodes in
        for (asked, fields) in Self.badLists {
          let error = await failure {
            _ = try await nodes[0].catalog.listProducts(request(ListProductsRequest.self, asked.fill))
          }
          #expect(error?.code == .invalidArgument, "\(asked.testDescription)")
          #expect(error?.fields == fields, "\(asked.testDescription)")
        }
      }
    }

    @Test func aTokenIsGoodForItsOwnListAlone() async throws {
      try await TestShop.make().serve { nodes in
        let page = try await nodes[0].catalog.listProducts(request(ListProductsRequest.self) { $0.pageSize = 5 })
        let token = page.nextPageToken.string
        let others: [ListCase] = [
          ListCase("sort") { $0.sort = .popular }, ListCase("brand") { $0.brand = "Holt" },
          ListCase("price") { $0.minPriceMinor = 1 },
        ]
        for other in others {
          let error = await failure {
            _ = try await nodes[0].catalog.listProducts(
              request(ListProductsRequest.self) {
                other.fill($0)
                $0.pageToken = $0.text(token)
              })
          }
          #expect(error?.code == .invalidArgument && error?.fields == ["page_token"], "\(other.testDescription)")
        }
      }
    }

    @Test func whatDoesNotExistIsNotFound() async throws {
      let nowhere = "018cc251-f400-7ade-9e36-000000000000"
      try await TestShop.make(products: 5).serve { nodes in
        let product = await failure {
          _ = try await nodes[0].catalog.getProduct(request(GetProductRequest.self) { $0.key = .id($0.text(nowhere)) })
        }
        #expect(product?.code == .notFound)
        #expect(
          product?.details.contains {
            if case .resourceInfo("fastshop.catalog.v1.Product", nowhere, _) = $0 { true } else { false }
          } == true)
        let category = await failure {
          _ = try await nodes[0].catalog.listCategories(
            request(ListCategoriesRequest.self) { $0.parentID = $0.text(nowhere) })
        }
        #expect(category?.code == .notFound)
        let nothing = await failure { _ = try await nodes[0].catalog.getProduct(request(GetProductRequest.self)) }
        #expect(nothing?.code == .invalidArgument && nothing?.fields == ["key"])
      }
    }

    // MARK: Walking

    private static func walk(
      _ catalog: CatalogClient, pageSize: Int32, fill: (ListProductsRequest) -> Void,
      between: () async throws -> Void = {}
    ) async throws -> [Product] {
      var products: [Product] = []
      var token = ""
      repeat {
        let page = try await catalog.listProducts(
          request(ListProductsRequest.self) {
            fill($0)
            $0.pageSize = pageSize
            $0.pageToken = $0.text(token)
          })
        products += page.products
        token = page.nextPageToken.string
        try await between()
      } while !token.isEmpty
      return products
    }

    /// A product somewhere in the middle of every order.
    private static func insertProduct(_ shop: TestShop, _ round: Int) async throws {
      try await shop.run { database in
        _ = try await database.execute(
          """
          INSERT INTO catalog.product (seller_id, category_id, slug, title, brand, status, price_minor, currency,
                                       rating_sum, rating_count, units_sold, published_at)
          SELECT seller_id, category_id, 'new-' || \(round)::text, title, brand, 'active', price_minor, currency,
                 rating_sum, rating_count, units_sold, published_at
            FROM catalog.product
           ORDER BY id OFFSET (\(round)::int * 37) % 100 LIMIT 1
          """)
      }
    }
  }
}
