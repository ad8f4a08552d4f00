import Postgres
import RPC

extension AccessRow {
  private static let service = "fastshop.catalog.v1.ProductPageService/"
  private static let reader = "fastshop.catalog.v1.CatalogService/"
  private static let found = AccessOutcome.all(.ok)
  private static let missing = AccessOutcome.all(.notFound)
  /// Pages join the offers of several sellers: none of them decides.
  private static let configurers: Set<TestCaller> = [.admin, .key, .certificate, .keyWithoutAny]

  private static func page(_ relation: AccessRelation, _ things: AccessResources) async throws -> String {
    relation == .absent ? AccessResources.absent : try await things.newProductPage()
  }

  /// A read of the page that the shop's product is on.
  private static func read(
    _ field: String, _ thing: any KeyPath<ShopResources, String> & Sendable, own: AccessOutcome, absent: AccessOutcome
  ) -> AccessCase {
    .one(field, own: own, others: own, absent: absent) { things, whose in
      for (index, shop) in things.shops.enumerated() { _ = try await things.productPage(of: shop, index) }
      let id = things.shop(whose, thing)
      return AccessRequest(json: "{\"\(field)\": \"\(id)\"}", names: [id])
    }
  }

  /// A read by the id of the page of the shop's variant.
  private static func readPage(_ field: String, absent: AccessOutcome) -> AccessCase {
    .one(field, own: found, others: found, absent: absent) { things, whose in
      var id = AccessResources.absent
      if whose != .absent {
        let index = whose == .own ? 0 : 1
        id = try await things.productPage(of: things.shops[index], index)
      }
      return AccessRequest(json: "{\"\(field)\": \"\(id)\"}", names: [id])
    }
  }

  private static func place(_ page: String, _ variant: String, _ things: AccessResources) -> AccessRequest {
    AccessRequest(
      json: """
        {"page_id": "\(page)", "variant_ids": ["\(variant)"], "request_id": "\(things.requestID)"}
        """, names: [page, variant])
  }

  /// A change of variants of a page: who may, may for every shop.
  private static func placement(_ method: String) -> AccessRow {
    AccessRow(
      service + method, configurers,
      .one("page_id", own: found, absent: missing) { things, whose in
        place(try await page(whose, things), try await things.freeVariant(of: things.shops[0]), things)
      },
      .one("variant_ids", own: found, others: found, absent: missing) { things, whose in
        for shop in things.shops { _ = try await things.freeVariant(of: shop) }
        return place(try await things.newProductPage(), things.shop(whose, \.variant), things)
      })
  }

  static let productPages: [AccessRow] = [
    AccessRow(
      reader + "GetProductPage", TestCaller.everybody, readPage("id", absent: missing),
      read("variant_id", \.variant, own: found, absent: missing),
      read("product_id", \.product, own: found, absent: missing),
      // What is not on sale is no offer.
      read("variant_id", \.hiddenVariant, own: missing, absent: missing),
      read("product_id", \.hiddenProduct, own: missing, absent: missing)),
    AccessRow(reader + "ListOffers", TestCaller.everybody, readPage("product_page_id", absent: found)),
    AccessRow(
      service + "GetManagedProductPage", configurers,
      .one("page_id", own: found, absent: missing) { things, whose in
        let id = try await page(whose, things)
        return AccessRequest(json: "{\"page_id\": \"\(id)\"}", names: [id])
      }),
    AccessRow(service + "ListProductPages", configurers, .plain(.ok)),
    placement("JoinProductPage"),
    placement("LeaveProductPage"),
    AccessRow(
      service + "SetProductPageSource", configurers,
      .one("page_id", own: found, absent: missing) { things, whose in
        let id = try await page(whose, things)
        return AccessRequest(
          json: """
            {"page_id": "\(id)", "product_id": "\(things.shops[0].product)", "request_id": "\(things.requestID)"}
            """, names: [id])
      },
      .one("product_id", own: found, others: found, absent: missing) { things, whose in
        let (id, product) = (try await things.newProductPage(), things.shop(whose, \.product))
        return AccessRequest(
          json: """
            {"page_id": "\(id)", "product_id": "\(product)", "request_id": "\(things.requestID)"}
            """, names: [id, product])
      }),
    AccessRow(
      service + "MergeProductPage", configurers,
      .one("page_id", own: found, absent: missing) { things, whose in
        merge(try await page(whose, things), try await things.newProductPage(), things)
      },
      .one("target_page_id", own: found, absent: missing) { things, whose in
        merge(try await things.newProductPage(), try await page(whose, things), things)
      }),
  ]

  private static func merge(_ id: String, _ target: String, _ things: AccessResources) -> AccessRequest {
    AccessRequest(
      json: """
        {"page_id": "\(id)", "target_page_id": "\(target)", "request_id": "\(things.requestID)"}
        """, names: [id, target])
  }
}

extension AccessResources {
  /// One for the variant of each shop.
  private static let gtins = ["4006381333931", "4006381333948"]

  /// A new page that nothing is on.
  func newProductPage() async throws -> String {
    try await make { "INSERT INTO catalog.product_page (id) VALUES (platform.uuid_v7()) RETURNING id" }
  }

  /// The variant of a shop, which staff have placed nowhere.
  func freeVariant(of shop: ShopResources) async throws -> String {
    _ = try await make {
      """
      WITH gone AS (DELETE FROM catalog.page_placement m WHERE m.variant_id = \(shop.variant)::uuid)
      SELECT \(shop.variant)::text AS id
      """
    }
    return shop.variant
  }

  /// The page of the GTIN that the variants of the shop's products have.
  func productPage(of shop: ShopResources, _ index: Int) async throws -> String {
    let gtin = Self.gtins[index]
    _ = try await freeVariant(of: shop)
    return try await make {
      """
      UPDATE catalog.variant SET gtin = \(gtin) WHERE id IN (\(shop.variant)::uuid, \(shop.hiddenVariant)::uuid)
      RETURNING catalog.page_of_gtin(gtin) AS id
      """
    }
  }
}
