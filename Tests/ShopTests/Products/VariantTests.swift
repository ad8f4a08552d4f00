import CatalogAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing
import TypeAPI

@testable import Catalog
@testable import Inventory

extension TestNode {
  /// Changes fields of a variant, which are JSON behind a comma.
  func updateVariant(_ id: String, _ fields: String, mask: String = "") async throws -> Product {
    let json = """
      {"variant": {"id": "\(id)"\(fields)}, "update_mask": "\(mask)", "request_id": "\(TestID.next())"}
      """
    return try #require(try await variants.updateVariant(try UpdateVariantRequest(json: json, in: Arena())).product)
  }

  func deleteVariant(_ id: String) async throws -> Product {
    let response = try await variants.deleteVariant(
      request(DeleteVariantRequest.self) {
        $0.variantID = $0.text(id)
        $0.requestID = $0.text(TestID.next())
      })
    return try #require(response.product)
  }

  func reorderVariants(_ product: String, _ ids: [String]) async throws -> Product {
    let response = try await variants.reorderVariants(
      request(ReorderVariantsRequest.self) { order in
        order.productID = order.text(product)
        for id in ids { order.variantIDs.append(order.text(id)) }
        order.requestID = order.text(TestID.next())
      })
    return try #require(response.product)
  }

  func reorderOptions(_ product: String, _ names: [String]) async throws -> Product {
    let response = try await variants.reorderOptions(
      request(ReorderOptionsRequest.self) { order in
        order.productID = order.text(product)
        for name in names { order.options.append(order.text(name)) }
        order.requestID = order.text(TestID.next())
      })
    return try #require(response.product)
  }
}

extension ShopTests {
  @Suite struct VariantTests {
    private static let colours: (name: String, values: [String]) = ("Colour", ["Oak", "Ash"])
    private static let sizes: (name: String, values: [String]) = ("Size", ["S", "L"])

    @Test("each combination of the options becomes a variant, once, and an option that comes later keeps the ids")
    func matrix() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let id = try await nodes[0].createProduct().id.string
        let colours = try await nodes[0].createVariants(id, [Self.colours], sku: "A-\(id.suffix(8))-")
        #expect(colours.variants.map(\.title.string) == ["Oak", "Ash"])
        #expect(colours.variants.map { $0.sku.string.suffix(4) } == ["-oak", "-ash"])
        let both = try await nodes[0].createVariants(id, [Self.sizes, Self.colours])
        #expect(both.variants.map(\.title.string) == ["S / Oak", "S / Ash", "L / Oak", "L / Ash"])
        #expect(both.variants.prefix(2).map(\.id) == colours.variants.map(\.id))
        #expect(both.variants[0].options.map(\.name.string) == ["Size", "Colour"])
        let again = try await nodes[0].createVariants(id, [Self.sizes, Self.colours])
        #expect(again.variants.map(\.id) == both.variants.map(\.id))
        let more = try await nodes[0].createVariants(id, [("Size", ["L", "XL"]), ("Colour", ["Ash"])])
        #expect(more.variants.map(\.title.string).last == "XL / Ash" && more.variants.count == 5)
        let missing = await failure { _ = try await nodes[0].createVariants(id, [Self.sizes]) }
        #expect(missing?.reason == "OPTIONS_DIFFER")
        let single = try await nodes[0].createVariants(try await nodes[0].createProduct().id.string, [])
        #expect(single.variants.map(\.title.string) == [""] && single.price?.amountMinor == 100)
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("a product has at most 250 variants, with SKUs that nothing else of the seller has")
    func bounds() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let id = try await nodes[0].createProduct().id.string
        let full = try await nodes[0].createVariants(id, [("Size", (1...250).map { "\($0) cm" })], sku: "FULL-")
        #expect(full.variants.count == 250)
        let tooMany = await failure { _ = try await nodes[0].createVariants(id, [("Size", ["251 cm"])]) }
        #expect(tooMany?.reason == "TOO_MANY_VARIANTS")
        let other = try await nodes[0].createProduct().id.string
        let taken = await failure {
          _ = try await nodes[0].createVariants(other, [("Size", ["7 inch", "8 cm"])], sku: "FULL-")
        }
        #expect(taken?.code == .alreadyExists && taken?.reason == "SKU_TAKEN")
        #expect(taken?.metadata == ["sku": "FULL-8-cm"])
        #expect(try await nodes[0].draft(other).variants.isEmpty)
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    private static let skus: [(axes: [(name: String, values: [String])], pattern: String, skus: [String])] = [
      ([("Colour", ["Oak", "Ash"])], "A {options}", ["A oak", "A ash"]), ([], "A {options}", ["A"]),
      ([("Sign", ["\u{2605}"])], "B {options}", ["B"]), ([("Sign", ["\u{2605}", "a"])], "{options} C", ["C", "a C"]),
    ]

    @Test("SKUs that a pattern makes have no blanks at their ends")
    func skusOfPatterns() throws {
      for (axes, pattern, skus) in Self.skus {
        var check = RequestCheck()
        let made = Self.matrix(of: axes, &check).skus(Arena().text(pattern), &check)
        try check.verify()
        #expect(made == skus, "\(pattern)")
      }
    }

    /// Options of which two get the same SKU, the field that the error names, and the texts that it names them by.
    private static let sameSKUs: [(axes: [(name: String, values: [String])], field: String, names: [String])] = [
      ([("Colour", ["Red", "Blue", "red"])], "axes[0].values[2]", ["\"Red\"", "\"red\""]),
      ([("Size", ["S"]), ("Grade", ["A+", "A-"])], "axes[1].values[1]", ["\"A+\"", "\"A-\""]),
      ([("Sign", ["\u{2605}", "\u{2606}"])], "axes[0].values[1]", ["\"\u{2605}\"", "\"\u{2606}\""]),
      (
        [("A", ["x", "x y"]), ("B", ["y z", "z"])], "sku_pattern", ["\"x / y z\"", "\"x y / z\"", "\"A-x-y-z\""]
      ),
    ]

    @Test("options that differ only in signs, in case or in where they end are refused, and both are named")
    func sameSKUs() throws {
      for (axes, field, names) in Self.sameSKUs {
        var check = RequestCheck()
        _ = Self.matrix(of: axes, &check).skus("A-{options}", &check)
        let error = try #require(throws: RPCError.self) { try check.verify() }
        #expect(error.fields == [field])
        for name in names { #expect(error.message.contains(name), "\(error.message)") }
      }
    }

    private static func matrix(
      of axes: [(name: String, values: [String])], _ check: inout RequestCheck
    ) -> OptionMatrix {
      let request = request(CreateVariantsRequest.self) { creation in
        for axis in axes {
          let added = creation.axes.appendNew()
          added.name = added.text(axis.name)
          for value in axis.values { added.values.append(added.text(value)) }
        }
      }
      return OptionMatrix(request.axes, &check)
    }

    @Test("two who create the same variants at once create them once")
    func creationsAtOnce() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        let id = try await nodes[0].createProduct().id.string
        let refusals = try await InventoryTests.atOnce(6) { index in
          await failure { _ = try await nodes[index % 2].createVariants(id, [Self.colours], sku: "X-") }?.reason
        }
        #expect(refusals.allSatisfy { $0 == nil })
        #expect(try await nodes[0].draft(id).variants.count == 2)
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("a change of a variant moves the product's etag, its price and its row in the lists")
    func updates() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct()
        let (id, oak, ash) = (made.id.string, made.variants[0].id.string, made.variants[1].id.string)
        let published = try await nodes[0].publishProduct(id)
        let cheaper = try await nodes[0].updateVariant(ash, ", \"price\": {\"amount_minor\": 7, \"currency\": \"EUR\"}")
        #expect(cheaper.price?.amountMinor == 7 && cheaper.etag != published.etag)
        let changed = try await nodes[0].updateVariant(oak, ", \"gtin\": \"4006381333931\", \"weight_grams\": 900")
        #expect(changed.variants[0].gtin == "4006381333931" && changed.variants[0].weightGrams == 900)
        let cleared = try await nodes[0].updateVariant(oak, "", mask: "gtin,weightGrams")
        #expect(cleared.variants[0].gtin.isEmpty && cleared.variants[0].weightGrams == 0)
        let sku = await failure {
          _ = try await nodes[0].updateVariant(oak, ", \"sku\": \"\(made.variants[1].sku.string)\"")
        }
        #expect(sku?.reason == "SKU_TAKEN" && sku?.metadata == ["sku": made.variants[1].sku.string])
        let options = { (name: String, value: String) in
          ", \"options\": [{\"name\": \"\(name)\", \"value\": \"\(value)\"}]"
        }
        #expect(try await nodes[0].updateVariant(oak, options("Colour", "Elm")).variants[0].title == "Elm")
        let taken = await failure { _ = try await nodes[0].updateVariant(oak, options("Colour", "Ash")) }
        #expect(taken?.reason == "OPTIONS_TAKEN")
        let unknown = await failure { _ = try await nodes[0].updateVariant(oak, options("Size", "L")) }
        #expect(unknown?.reason == "OPTIONS_DIFFER")
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("variants and options have the order that they are given, if it names all of them")
    func orders() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createVariants(
          try await nodes[0].createProduct().id.string, [Self.colours, Self.sizes])
        let (id, ids) = (made.id.string, made.variants.map(\.id.string))
        let order = [ids[2], ids[0], ids[3], ids[1]]
        #expect(try await nodes[0].reorderVariants(id, order).variants.map(\.id.string) == order)
        let foreign = try await nodes[0].createCompleteProduct().variants[0].id.string
        for wrong in [Array(ids.dropLast()), ids + [foreign], Array(ids.dropLast()) + [foreign]] {
          let refusal = await failure { _ = try await nodes[0].reorderVariants(id, wrong) }
          #expect(refusal?.reason == "ORDER_INCOMPLETE")
        }
        let turned = try await nodes[0].reorderOptions(id, ["Size", "Colour"])
        #expect(turned.variants.map(\.title.string) == ["S / Ash", "S / Oak", "L / Ash", "L / Oak"])
        for wrong in [["Size"], ["Size", "Height"], ["Size", "Size"]] {
          let refusal = await failure { _ = try await nodes[0].reorderOptions(id, wrong) }
          #expect(refusal?.reason == "ORDER_INCOMPLETE", "\(wrong)")
        }
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("a variant that was never sold is deleted, also one that shoppers wait for, but not the last one on sale")
    func deletions() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let made = try await nodes[0].createCompleteProduct(colours: ["Oak", "Ash", "Elm"])
        let ids = made.variants.map(\.id.string)
        _ = try await nodes[0].publishProduct(made.id.string)
        let waitedFor = ids[1]
        _ = try await shop.run { database in
          try await database.execute(
            """
            INSERT INTO inventory.back_in_stock (variant_id, user_id, created_at, confirmed_at)
            VALUES (\(waitedFor)::uuid, platform.uuid_v7(), now(), now())
            """)
        }
        #expect(try await nodes[0].deleteVariant(ids[1]).variants.map(\.id.string) == [ids[0], ids[2]])
        let again = await failure { _ = try await nodes[0].deleteVariant(ids[1]) }
        #expect(again?.code == .notFound)
        _ = try await nodes[0].adjust(ids[0], 1)
        let sold = ids[0]
        _ = try await shop.run { database in
          try await database.execute(
            """
            INSERT INTO inventory.movement (variant_id, seller_id, delta, reason, on_hand, version)
            SELECT s.variant_id, s.seller_id, -1, 'sold', 0, 99 FROM inventory.stock s
             WHERE s.variant_id = \(sold)::uuid
            """)
        }
        #expect(await failure { _ = try await nodes[0].deleteVariant(sold) }?.reason == "VARIANT_WAS_SOLD")
        _ = try await nodes[0].deleteVariant(ids[2])
        let last = await failure { _ = try await nodes[0].deleteVariant(sold) }
        #expect(last?.reason == "PRODUCT_INCOMPLETE" && last?.unmet == ["variants"])
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("of a deletion and a reservation at once, one succeeds, and the other one is refused")
    func deletionBesideReservation() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve(nodes: 2) { nodes in
        for round in 0..<8 {
          let variant = try await nodes[0].createCompleteProduct().variants[0].id.string
          _ = try await nodes[0].adjust(variant, 5)
          let outcomes = try await InventoryTests.atOnce(2) { index -> String in
            if index == round % 2 {
              let refusal = await failure { _ = try await nodes[0].deleteVariant(variant) }
              return refusal?.reason ?? "deleted"
            }
            do {
              _ = try await nodes[1].reserve(1, of: variant)
              return "reserved"
            } catch is InventoryError {
              return "absent"
            }
          }
          let possible = [["VARIANT_WAS_SOLD", "reserved"], ["absent", "deleted"]]
          #expect(possible.contains(outcomes.sorted()), "\(outcomes)")
        }
        #expect(try await shop.wrongProducts() == 0)
      }
    }

    @Test("the number of statements of a change does not depend on the number of variants")
    func statements() async throws {
      try await TestShop.make(products: 3).serve(loops: 1) { nodes in
        let node = nodes[0]
        await node.hub.stop()
        var counts: Set<[Int]> = []
        for size in [1, 250] {
          let id = try await node.createProduct().id.string
          let (sizes, sku) = ([(name: "Size", values: (1...size).map { "\($0) cm" })], TestID.next())
          let creation = try await node.statements { _ = try await node.createVariants(id, sizes, sku: sku) }
          let ids = try await node.draft(id).variants.map(\.id.string)
          #expect(ids.count == size)
          let order = try await node.statements { _ = try await node.reorderVariants(id, ids) }
          let update = try await node.statements { _ = try await node.updateVariant(ids[0], ", \"weight_grams\": 9") }
          let reading = try await node.statements { _ = try await node.draft(id) }
          counts.insert([creation, order, update, reading])
        }
        #expect(counts.count == 1, "\(counts)")
      }
    }

    @Test(
      "a GTIN has 8, 12, 13 or 14 digits and a right check digit",
      arguments: [
        ("4006381333931", true), ("96385074", true), ("036000291452", true), ("10012345678902", true),
        ("4006381333932", false), ("96385075", false), ("400638133393", false), ("", false), ("0", false),
        ("00000000", false), ("400638133393x", false), (" 4006381333931", false), ("٤006381333931", false),
      ])
    func checkDigits(_ text: String, _ isValid: Bool) { #expect((GTIN(text) != nil) == isValid, "\(text)") }
  }
}
