import CatalogAPI
import Eventually
import Platform
import PlatformTesting
import Postgres
import Protobuf
import RPC
import Testing

@testable import Catalog

extension ShopTests {
  @Suite struct ProductPublicationTests {
    /// What is possible in a state, and the state afterwards; nil for what is not.
    private static let moves: [(from: String, move: String, after: ProductStatus?)] = [
      ("draft", "publish", .active), ("draft", "unpublish", .draft), ("draft", "archive", .archived),
      ("active", "publish", nil), ("active", "unpublish", .draft), ("active", "archive", .archived),
      ("archived", "publish", nil), ("archived", "unpublish", .draft), ("archived", "archive", nil),
    ]

    @Test("a product goes from draft to sale, to the archive and back, and the lists follow")
    func states() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        for (from, move, after) in Self.moves {
          let made = try await nodes[0].createCompleteProduct()
          let id = made.id.string
          if from == "active" { _ = try await nodes[0].publishProduct(id) }
          if from == "archived" { _ = try await nodes[0].archiveProduct(id) }
          let refusal = await failure {
            let moved =
              switch move {
              case "publish": try await nodes[0].publishProduct(id)
              case "unpublish": try await nodes[0].unpublishProduct(id)
              default: try await nodes[0].archiveProduct(id)
              }
            #expect(moved.status == after, "\(move) from \(from)")
          }
          #expect(refusal?.reason == (after == nil ? "ILLEGAL_MOVE" : nil), "\(move) from \(from)")
          let isListed = try await nodes[0].listed(in: made.categoryID.string).contains(id)
          #expect(isListed == (after == .active || (after == nil && from == "active")), "\(move) from \(from)")
          #expect(try await shop.wrongProducts() == 0, "\(move) from \(from)")
        }
      }
    }

    private static let attributes = """
      {"code": "material", "title": "Material", "kind": "ATTRIBUTE_KIND_TEXT", "is_required": true},
      {"code": "height", "title": "Height", "kind": "ATTRIBUTE_KIND_NUMBER"},
      {"code": "colour", "title": "Colour", "kind": "ATTRIBUTE_KIND_TEXT", "is_required": true,
       "is_variant_axis": true}
      """

    @Test("what a draft lacks is named, field by field, and what is on sale cannot come to lack it")
    func completeness() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        let type = try await nodes[0].createProductType(Self.attributes)
        let id = try await nodes[0].createProduct().id.string
        func lacks() async -> [String] { await failure { _ = try await nodes[0].publishProduct(id) }?.unmet ?? [] }
        #expect(await lacks() == ["images", "variants"])
        _ = try await nodes[0].updateProduct(id, ", \"product_type_id\": \"\(type)\"")
        #expect(await lacks() == ["attributes.material", "images", "variants", "variants.options.colour"])
        _ = try await nodes[0].upload(try await nodes[0].media.image(), to: id)
        #expect(await lacks() == ["attributes.material", "variants", "variants.options.colour"])
        _ = try await nodes[0].createVariants(id, [("Size", ["S", "M"])])
        #expect(await lacks() == ["attributes.material", "variants.options.colour"])
        _ = try await nodes[0].createVariants(id, [("Size", ["S", "M"]), ("Colour", ["Oak"])])
        #expect(await lacks() == ["attributes.material"])
        _ = try await nodes[0].updateProduct(id, ", \"attributes\": [{\"code\": \"material\", \"text\": \"Oak\"}]")
        #expect(try await nodes[0].publishProduct(id).status == .active)
        let emptied = await failure { _ = try await nodes[0].updateProduct(id, "", mask: "attributes") }
        #expect(emptied?.reason == "PRODUCT_INCOMPLETE" && emptied?.unmet == ["attributes.material"])
        #expect(try await nodes[0].draft(id).attributes.count == 1)
      }
    }

    /// The job of a time runs now, as if the time had come.
    private static func runJobs(of shop: TestShop) async throws {
      _ = try await shop.run { database in
        try await database.execute("UPDATE jobs.job SET due_at = now() WHERE kind = 'catalog.publish-product'")
      }
      let server = try await BackgroundServer(shop.url, vault: TestShop.vault, jobs: [PublishScheduledProduct()])
      try await eventually {
        try await shop.number {
          "SELECT count(*) AS n FROM jobs.job WHERE kind = 'catalog.publish-product' AND ended_at IS NULL"
        } == 0
      }
      await server.stop()
    }

    /// What happens to a scheduled draft before its time, whether it goes on sale, and the last event.
    private static let changes: [(change: String, isOnSale: Bool, event: String)] = [
      ("nothing", true, "published"), ("another title", true, "published"), ("unpublished", false, "unpublished"),
      ("archived", false, "archived"), ("without variants", false, "publication_refused"),
      ("without an image", false, "publication_refused"), ("deleted", false, "deleted"),
    ]

    @Test("a draft goes on sale at its time, unless something has happened to it before")
    func scheduling() async throws {
      let tomorrow = Instant.now + .seconds(86_400)
      for (change, isOnSale, event) in Self.changes {
        let shop = try await TestShop.make(products: 3)
        try await shop.serve { nodes in
          let made = try await nodes[0].createCompleteProduct()
          let id = made.id.string
          let scheduled = try await nodes[0].publishProduct(id, at: try Self.text(tomorrow))
          #expect(scheduled.status == .draft && scheduled.scheduledPublishTime != nil, "\(change)")
          #expect(try await nodes[0].listed(in: made.categoryID.string).contains(id) == false, "\(change)")
          switch change {
          case "another title": _ = try await nodes[0].updateProduct(id, ", \"title\": \"Bed\"")
          case "unpublished": _ = try await nodes[0].unpublishProduct(id)
          case "archived": _ = try await nodes[0].archiveProduct(id)
          case "without variants":
            for variant in made.variants { _ = try await nodes[0].deleteVariant(variant.id.string) }
          case "without an image": try await nodes[0].delete(image: made.images[0].id.string)
          case "deleted": try await nodes[0].deleteProduct(id)
          default: break
          }
          try await Self.runJobs(of: shop)
          if change != "deleted" {
            let after = try await nodes[0].draft(id)
            #expect((after.status == .active) == isOnSale && after.scheduledPublishTime == nil, "\(change)")
          }
          #expect(try await nodes[0].listed(in: made.categoryID.string).contains(id) == isOnSale, "\(change)")
          #expect(try await shop.events(of: id).last == event, "\(change)")
          #expect(try await shop.wrongProducts() == 0, "\(change)")
        }
      }
    }

    @Test("the last time that was given counts, and one that has passed is now")
    func rescheduling() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let id = try await nodes[0].createCompleteProduct().id.string
        let day = Duration.seconds(86_400)
        for time in [Instant.now + day, Instant.now + day + day] {
          _ = try await nodes[0].publishProduct(id, at: try Self.text(time))
        }
        _ = try await shop.run { database in
          try await database.execute(
            """
            DELETE FROM jobs.job
             WHERE id = (SELECT id FROM jobs.job WHERE kind = 'catalog.publish-product' ORDER BY due_at DESC LIMIT 1)
            """)
        }
        try await Self.runJobs(of: shop)
        #expect(try await nodes[0].draft(id).status == .draft)
        #expect(try await nodes[0].publishProduct(id, at: "2020-01-01T00:00:00Z").status == .active)
      }
    }

    /// A time as JSON writes it.
    private static func text(_ time: Instant) throws -> String {
      String(try time.timestamp(in: Arena()).json().dropFirst().dropLast())
    }
  }
}
