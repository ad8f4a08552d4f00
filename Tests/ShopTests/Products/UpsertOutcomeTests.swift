import CatalogAPI
import Platform
import Protobuf
import RPC
import Testing

extension ShopTests {
  /// What a caller learns of the rows of an upsert, and publishing by one.
  @Suite struct UpsertOutcomeTests {
    @Test("an upsert that publishes puts on sale what is complete, and says what each other draft lacks")
    func publication() async throws {
      let shop = try await TestShop.make(products: 12)
      try await shop.serve { nodes in
        let node = nodes[0]
        let (complete, archived) = (try await node.createCompleteProduct(), try await node.createCompleteProduct())
        let (id, category, seller) = (complete.id.string, complete.categoryID.string, complete.sellerID.string)
        _ = try await node.updateProduct(id, ", \"external_id\": \"7\"")
        _ = try await node.updateProduct(archived.id.string, ", \"external_id\": \"8\"")
        _ = try await node.archiveProduct(archived.id.string)
        let version = try await node.draft(id).etag.string
        let rows = [
          "{\"external_id\": \"7\"}", "{\"external_id\": \"8\"}",
          "{\"external_id\": \"9\", \"title\": \"Desk\", \"category_id\": \"\(category)\"}",
        ]
        let quiet = try await node.outcomes(rows, of: seller)
        #expect(quiet.map(\.kind) == ["unchanged", "unchanged", "created"])
        #expect(quiet.allSatisfy { $0.product?.lacks.isEmpty == true })
        #expect(try await node.draft(id).etag.string == version)

        let first = try await node.outcomes(rows, of: seller, publishing: true)
        #expect(first.map(\.kind) == ["updated", "unchanged", "unchanged"])
        #expect(first.map(\.product?.status) == [.active, .archived, .draft])
        let lacks = first.map { outcome in outcome.product.map { $0.lacks.entries.map(\.key.string).sorted() } ?? [] }
        #expect(lacks == [[], [], ["images", "variants"]])
        let published = try await node.draft(id)
        #expect(published.status == .active && published.publishTime != nil && published.etag.string != version)
        #expect(first[0].product?.etag == published.etag)
        #expect(try await node.listed(in: category).contains(id))
        #expect(try await shop.events(of: id).last == "published")

        let again = try await node.outcomes(rows, of: seller, publishing: true)
        #expect(again.map(\.kind) == ["unchanged", "unchanged", "unchanged"])
        #expect(try await node.draft(id).etag == published.etag)
        _ = try await node.unpublishProduct(id)
        let both = ["{\"external_id\": \"7\", \"title\": \"Bed\"}"]
        #expect(try await node.outcomes(both, of: seller, publishing: true).map(\.kind) == ["updated"])
        #expect(try await shop.events(of: id).suffix(2) == ["updated", "published"])
        #expect(try await CategoryTests.wrong(in: shop) == 0)
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("an upsert returns the ids of the variants that it names, and a list finds a product by its external id")
    func ids() async throws {
      try await TestShop.make(products: 12).serve { nodes in
        let node = nodes[0]
        let made = try await node.createCompleteProduct()
        let (id, seller) = (made.id.string, made.sellerID.string)
        _ = try await node.updateProduct(id, ", \"external_id\": \"7\"")
        let sku = made.variants[1].sku.string
        let row = """
          {"external_id": "7", "variants": [
             {"sku": "\(sku)"},
             {"sku": "NEW-7", "price": {"amount_minor": 100, "currency": "EUR"},
              "options": [{"name": "Colour", "value": "Elm"}]}]}
          """
        let product = try #require(try await node.outcomes([row], of: seller).first?.product)
        let after = try await node.draft(id)
        #expect(product.productID == after.id && product.variantIDs.count == 2)
        for variant in after.variants.dropFirst() {
          #expect(product.variantIDs[variant.sku]?.string == variant.id.string)
        }
        let other = try #require(
          try await node.catalog.listProducts(request(ListProductsRequest.self)).products
            .map(\.sellerID.string).first { $0 != seller })
        #expect(try await node.found("7", of: seller) == [id])
        #expect(try await node.found("7", of: seller, ", \"status\": \"PRODUCT_STATUS_ARCHIVED\"") == [])
        #expect(try await node.found("7", of: seller, ", \"search\": \"\(sku)\"") == [id])
        #expect(try await node.found("77", of: seller) == [])
        #expect(try await node.found("7", of: other) == [])
        let everywhere = await failure { _ = try await node.found("7", of: "") }
        #expect(everywhere?.code == .invalidArgument && everywhere?.fields == ["seller_id"])
      }
    }

    @Test("a refusal has the metadata that its sentence names, and the field with its index")
    func refusals() async throws {
      try await TestShop.make(products: 12).serve { nodes in
        let node = nodes[0]
        let made = try await node.createCompleteProduct()
        let (seller, taken) = (made.sellerID.string, made.variants[0].sku.string)
        _ = try await node.updateProduct(made.id.string, ", \"external_id\": \"7\"")
        let etag = try await node.draft(made.id.string).etag.string
        func variant(_ sku: String, _ option: String, _ value: String) -> String {
          """
          {"external_id": "7", "variants": [
             {"sku": "\(sku)", "price": {"amount_minor": 100, "currency": "EUR"},
              "options": [{"name": "\(option)", "value": "\(value)"}]}]}
          """
        }
        let rows: [(row: String, reason: String, field: String, metadata: [String: String])] = [
          (variant("RENAMED", "Colour", "Oak"), "OPTIONS_TAKEN", "variants[0].options", ["sku": taken]),
          (variant("NEW-1", "Size", "L"), "OPTIONS_DIFFER", "variants[0].options", ["options": "Colour"]),
          (variant(taken, "Size", "L"), "OPTIONS_DIFFER", "variants[0].options", ["options": "Colour"]),
          ("{\"external_id\": \"7\", \"title\": \"Bed\", \"etag\": \"v1\"}", "ETAG_MISMATCH", "etag", ["etag": etag]),
        ]
        for (row, reason, field, metadata) in rows {
          let refusal = try #require(try await node.outcomes([row], of: seller).first?.refusal)
          #expect(refusal.reason.string == reason && refusal.field.string == field, "\(row)")
          let told = Dictionary(uniqueKeysWithValues: refusal.metadata.entries.map { ($0.key.string, $0.value.string) })
          #expect(told == metadata, "\(row)")
        }
        let list = try await node.createPriceList(seller, currency: "USD").id.string
        let price = TestPrice(variant: made.variants[0].id.string, amount: 1, list: list)
        let outcome = try await node.setPrices([price]).first?.outcome
        guard case .refusal(let refusal)? = outcome else {
          Issue.record("the price is in another currency than its list")
          return
        }
        #expect(refusal.metadata["currency"] == "USD")
      }
    }
  }
}

extension UpsertOutcome {
  fileprivate var kind: String {
    switch outcome {
    case .created: "created"
    case .updated: "updated"
    case .unchanged: "unchanged"
    case .refusal(let refusal): refusal.reason.string
    case nil: ""
    }
  }

  fileprivate var product: UpsertedProduct? {
    switch outcome {
    case .created(let product), .updated(let product), .unchanged(let product): product
    case .refusal, nil: nil
    }
  }

  fileprivate var refusal: UpsertRefusal? {
    if case .refusal(let refusal)? = outcome { refusal } else { nil }
  }
}

extension TestNode {
  /// The outcomes of rows, which are JSON.
  fileprivate func outcomes(
    _ rows: [String], of seller: String, publishing publishes: Bool = false
  ) async throws -> [UpsertOutcome] {
    let json = """
      {"products": [\(rows.joined(separator: ","))], "seller_id": "\(seller)", "publish": \(publishes),
       "request_id": "\(TestID.next())"}
      """
    return Array(try await products.upsertProducts(try UpsertProductsRequest(json: json, in: Arena())).outcomes)
  }

  /// The ids of the products of a seller with an external id. `fields` is JSON behind a comma.
  fileprivate func found(_ externalID: String, of seller: String, _ fields: String = "") async throws -> [String] {
    let json = "{\"external_id\": \"\(externalID)\", \"seller_id\": \"\(seller)\"\(fields)}"
    let page = try await products.listManagedProducts(try ListManagedProductsRequest(json: json, in: Arena()))
    return page.products.map(\.id.string)
  }
}
