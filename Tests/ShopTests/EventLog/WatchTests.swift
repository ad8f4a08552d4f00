import CatalogAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Inventory

extension ShopTests {
  @Suite struct WatchTests {
    @Test func presentStateThenChangesAlsoOfTheOtherServer() async throws {
      try await TestShop.make().serve(nodes: 2) { nodes in
        let product = try await nodes[0].product()
        let id = product.id.string
        let variant = product.variants[0].id.string
        let watcher = TestWatcher(nodes[0]) { $0.selection = .productID($0.text(id)) }
        let state = try await watcher.state()
        #expect(Set(state.onHand.keys) == Set(product.variants.map(\.id.string)))
        for node in [nodes[0], nodes[1]] {
          let answer = try await node.adjust(variant, 5)
          let change = try await watcher.change()
          #expect(change.movement == answer.movementID.string)
          #expect(change.onHand == answer.stock?.onHand && change.version == answer.stock?.version)
        }
        await watcher.stop()
      }
    }

    /// As after a failover to a replica that lacks the last events, whose numbers are given out again.
    @Test func aLogThatIsAnotherOneIsFollowedAnew() async throws {
      let shop = try await TestShop.make()
      try await shop.serve(nodes: 2) { nodes in
        let product = try await nodes[0].product()
        let (id, variant) = (product.id.string, product.variants[0].id.string)
        let watcher = TestWatcher(nodes[0]) { $0.selection = .productID($0.text(id)) }
        _ = try await watcher.state()
        let last = try await shop.number { "SELECT last_value AS n FROM platform.event_seq" }
        for _ in 0..<5 { _ = try await nodes[1].adjust(variant, 1) }
        let ahead = try #require(try await watcher.changes(5).last?.cursor)
        try await shop.run { database in
          try await database.transaction { transaction in
            try await transaction.execute("DELETE FROM platform.event WHERE seq > \(last)")
            try await transaction.execute("DELETE FROM platform.event_subject WHERE seq > \(last)")
            try await transaction.execute("SELECT setval('platform.event_seq', \(last))")
            try await transaction.execute("UPDATE platform.event_log SET id = gen_random_uuid()")
          }
        }
        _ = try await watcher.state()
        for node in nodes {
          let movement = try await node.adjust(variant, 1).movementID.string
          #expect(try await watcher.change().movement == movement)
        }
        await watcher.stop()
        let late = TestWatcher(nodes[1], cursor: ahead) { $0.selection = .productID($0.text(id)) }
        #expect(try await late.next() == .ended(.outOfRange))
        await late.stop()
      }
    }

    static let selections: [(String, @Sendable (WatchInventoryRequest, Product) -> Void)] = [
      (
        "variants",
        { asked, product in
          let list = VariantSelection(in: asked.storage.arena)
          for variant in product.variants { list.variantIDs.append(asked.text(variant.id.string)) }
          asked.selection = .variants(list)
        }
      ),
      ("product", { $0.selection = .productID($0.text($1.id.string)) }),
      ("category", { $0.selection = .categoryID($0.text($1.categoryID.string)) }),
      ("seller", { $0.selection = .sellerID($0.text($1.sellerID.string)) }),
    ]

    @Test(arguments: selections.indices)
    func aSelectionHasItsOwnChangesAndNoOthers(selection: Int) async throws {
      try await TestShop.make().serve { nodes in
        let products = try await nodes[0].catalog.listProducts(request(ListProductsRequest.self) { $0.pageSize = 100 })
        let chosen = products.products[0]
        let other = try #require(
          products.products.first { $0.sellerID != chosen.sellerID && $0.categoryID != chosen.categoryID })
        let asked = request(WatchInventoryRequest.self) { Self.selections[selection].1($0, chosen) }
        let watcher = TestWatcher(nodes[0], copying: try asked.encoded())
        let state = try await watcher.state()
        #expect(Set(chosen.variants.map(\.id.string)).subtracting(state.onHand.keys).isEmpty)
        #expect(Set(other.variants.map(\.id.string)).isDisjoint(with: state.onHand.keys))
        _ = try await nodes[0].adjust(other.variants[0].id.string, 3)
        let movement = try await nodes[0].adjust(chosen.variants[0].id.string, 4).movementID.string
        #expect(try await watcher.change().movement == movement)
        #expect(try await watcher.changes(beforeAdjusting: chosen.variants[0].id.string, on: nodes[0]) == [])
        await watcher.stop()
      }
    }

    @Test func whoeverComesBackWithACursorMissesNothing() async throws {
      try await TestShop.make().serve(nodes: 2) { nodes in
        let product = try await nodes[0].product(1)
        let (id, variant) = (product.id.string, product.variants[0].id.string)
        let first = TestWatcher(nodes[0]) { $0.selection = .productID($0.text(id)) }
        let afterState = try await first.state().cursor
        let seen = try await nodes[1].adjust(variant, 1).movementID.string
        let change = try await first.change()
        await first.stop()
        var movements: [String] = []
        for _ in 0..<25 { movements.append(try await nodes[0].adjust(variant, 1).movementID.string) }
        let second = TestWatcher(nodes[1], cursor: change.cursor) { $0.selection = .productID($0.text(id)) }
        #expect(try await second.changes(25).map(\.movement) == movements)
        let third = TestWatcher(nodes[1], cursor: afterState) { $0.selection = .productID($0.text(id)) }
        #expect(try await third.changes(26).map(\.movement) == [seen] + movements)
        #expect(try await second.changes(beforeAdjusting: variant, on: nodes[0]) == [])
        await second.stop()
        await third.stop()
      }
    }

    @Test func manyWritersAndAWatcherThatKeepsComingBack() async throws {
      let shop = try await TestShop.make()
      try await shop.serve(nodes: 2) { nodes in
        let seller = try await nodes[0].product().sellerID.string
        let all = try await nodes[0].catalog.listProducts(
          request(ListProductsRequest.self) { $0.sellerID = $0.text(seller) })
        let variants = all.products.prefix(4).map { $0.variants[0].id.string }
        var watcher = TestWatcher(nodes[0]) { $0.selection = .sellerID($0.text(seller)) }
        var onHand = try await watcher.state().onHand
        async let written = InventoryTests.atOnce(160) { index in
          try await nodes[index % 2].adjust(variants[index % variants.count], 1).movementID.string
        }
        var changes: [TestWatcher.Change] = []
        while changes.count < 160 {
          for _ in 0..<min(23, 160 - changes.count) { changes.append(try await watcher.change()) }
          await watcher.stop()
          let cursor = changes[changes.count - 1].cursor
          watcher = TestWatcher(nodes[changes.count % 2], cursor: cursor) { $0.selection = .sellerID($0.text(seller)) }
        }
        #expect(Set(changes.map(\.movement)) == Set(try await written))
        let known = changes.count
        changes += try await watcher.changes(beforeAdjusting: variants[0], on: nodes[0])
        #expect(changes.count == known)
        await watcher.stop()
        for change in changes { onHand[change.variant] = change.onHand }
        for variant in variants {
          let versions = changes.filter { $0.variant == variant }.map(\.version)
          #expect(versions == versions.sorted())
          let markers: Int64 = variant == variants[0] ? 1 : 0
          #expect(try await nodes[0].stock(of: variant).onHand == (onHand[variant] ?? 0) + markers)
        }
      }
    }

    @Test func aReaderThatFallsFarBehindGetsTheStateAnew() async throws {
      let shop = try await TestShop.make(products: 10)
      try await shop.serve(loops: 1, eventsKept: 64) { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        let asked = request(WatchInventoryRequest.self) {
          let list = VariantSelection(in: $0.storage.arena)
          list.variantIDs.append($0.text(variant))
          $0.selection = .variants(list)
        }
        // Nobody reads the stream while far more is written than its windows hold.
        var responses = try await nodes[0].inventory.watchInventory(asked).makeAsyncIterator()
        _ = try await responses.next()
        _ = try await responses.next()
        try await shop.run { try await Self.writeManyEvents(5_000, variant, $0) }
        nodes[0].hub.wake()
        var states = 0
        var last: Int64 = 0
        var count = 0
        while last < 5_000, let response = try await responses.next() {
          count += 1
          if case .state(let state) = response.event {
            states += 1
            last = state.stocks.first?.onHand ?? 0
          }
          if case .change(let change) = response.event { last = change.stock?.onHand ?? 0 }
        }
        #expect(states >= 1)
        #expect(count < 5_000)
        _ = try await nodes[0].adjust(variant, 1)
        while last < 5_001, let response = try await responses.next() {
          if case .change(let change) = response.event { last = change.stock?.onHand ?? 0 }
        }
        #expect(last == 5_001)
      }
    }

    @Test func aLargeSelectionComesInPagesAndMissesNothing() async throws {
      let shop = try await TestShop.make(products: 4_000)
      try await shop.serve { nodes in
        let tree = try await nodes[0].catalog.listCategories(request(ListCategoriesRequest.self)).categories
        let home = try #require(tree.first { $0.path == "home" }).id.string
        let listed = try await nodes[0].catalog.listProducts(
          request(ListProductsRequest.self) {
            $0.categoryID = $0.text(home)
            $0.pageSize = 100
          })
        let variants = listed.products.map { $0.variants[0].id.string }
        async let written: [Void] = InventoryTests.atOnce(100) { _ = try await nodes[0].adjust(variants[$0], 1) }
        let watcher = TestWatcher(nodes[0]) { $0.selection = .categoryID($0.text(home)) }
        var onHand = try await watcher.state().onHand
        _ = try await written
        var versions: [String: Int64] = [:]
        for change in try await watcher.changes(beforeAdjusting: variants[0], on: nodes[0]) {
          #expect(onHand[change.variant] == change.onHand - 1)
          onHand[change.variant] = change.onHand
          versions[change.variant] = change.version
        }
        await watcher.stop()
        onHand[variants[0], default: 0] += 1  // by the last change
        #expect(onHand.count > 2_000)  // more than a page
        let sum = onHand.values.reduce(0, +)
        let truth = try await shop.number {
          """
          SELECT sum(s.on_hand)::bigint AS n
            FROM inventory.stock s JOIN catalog.shelf h ON h.product_id = s.product_id
           WHERE h.category_id = \(home)::uuid
          """
        }
        #expect(sum == truth)
      }
    }

    static let refusals: [(String, @Sendable (WatchInventoryRequest) -> Void, StatusCode)] = [
      ("nothing selected", { _ in }, .invalidArgument),
      ("no UUID", { $0.selection = .productID("x") }, .invalidArgument),
      ("no variants", { $0.selection = .variants(VariantSelection(in: $0.storage.arena)) }, .invalidArgument),
      (
        "garbage cursor",
        {
          $0.selection = .productID("018cc251-f400-7ade-9e36-000000000000")
          $0.cursor = "garbage"
        }, .invalidArgument
      ),
      ("absent product", { $0.selection = .productID("018cc251-f400-7ade-9e36-000000000000") }, .notFound),
      ("absent category", { $0.selection = .categoryID("018cc251-f400-7ade-9e36-000000000000") }, .notFound),
      ("absent seller", { $0.selection = .sellerID("018cc251-f400-7ade-9e36-000000000000") }, .notFound),
    ]

    @Test func whatCannotBeWatchedIsRefused() async throws {
      try await TestShop.make(products: 3).serve { nodes in
        for (name, fill, code) in Self.refusals {
          let error = await failure {
            for try await _ in try await nodes[0].inventory.watchInventory(request(WatchInventoryRequest.self, fill)) {}
          }
          #expect(error?.code == code, "\(name)")
          #expect((error?.fields.isEmpty == false) == (code == .invalidArgument), "\(name)")
        }
      }
    }

    @Test func aCursorOutOfTheLogIsOutOfRange() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let product = try await nodes[0].product()
        let id = product.id.string
        let first = TestWatcher(nodes[0]) { $0.selection = .productID($0.text(id)) }
        let cursor = try await first.state().cursor
        await first.stop()
        _ = try await nodes[0].adjust(product.variants[0].id.string, 1)
        let signer = TestShop.vault.tokenSigner(for: "inventory.stock")
        let log = try #require(EventCursor(cursor, signedBy: signer)).log
        let snapshot = try #require(Snapshot("100:110:101,104"))
        let ahead = EventCursor(log: log, seq: 1 << 40).text(signedBy: signer)
        let seenAhead = EventCursor(log: log, seq: 1, visible: .init(snapshot: snapshot, upTo: 1 << 40))
          .text(signedBy: signer)
        let foreign = EventCursor(log: 1, seq: 0).text(signedBy: signer)
        _ = try await shop.run { try await $0.execute("UPDATE platform.event_log SET floor_seq = 1") }
        for bad in [cursor, ahead, seenAhead, foreign] {
          let watcher = TestWatcher(nodes[0], cursor: bad) { $0.selection = .productID($0.text(id)) }
          #expect(try await watcher.next() == .ended(.outOfRange))
        }
      }
    }

    @Test("an event of a later release is told, without what this one does not know of it")
    func eventsOfALaterRelease() async throws {
      let shop = try await TestShop.make(products: 3)
      try await shop.serve { nodes in
        let variant = try await nodes[0].product().variants[0].id.string
        let watcher = TestWatcher(nodes[0]) {
          let list = VariantSelection(in: $0.storage.arena)
          list.variantIDs.append($0.text(variant))
          $0.selection = .variants(list)
        }
        _ = try await watcher.state()
        _ = try await shop.run { database in
          try await database.execute(
            """
            INSERT INTO platform.event (topic, key, type, subjects, payload)
            SELECT 'inventory.stock', s.variant_id, 'later', ARRAY[s.variant_id, s.product_id, s.seller_id],
                   jsonb_build_object('change', jsonb_build_object(
                     'movementId', 'later', 'reason', 'STOCK_REASON_LATER', 'later', 1,
                     'stock', jsonb_build_object('variantId', s.variant_id, 'onHand', 7, 'later', true)))
              FROM inventory.stock s WHERE s.variant_id = \(variant)::uuid
            """)
        }
        let last = try await nodes[0].adjust(variant, 1).movementID.string
        #expect(try await watcher.changes(2).map(\.movement) == ["later", last])
        await watcher.stop()
      }
    }

    private static func writeManyEvents(_ count: Int, _ variant: String, _ database: Database) async throws {
      _ = try await database.execute(
        """
        WITH moved AS (
          UPDATE inventory.stock SET on_hand = \(count), version = version + \(count)
           WHERE variant_id = \(variant)::uuid
          RETURNING *
        )
        INSERT INTO platform.event (topic, key, type, subjects, payload)
        SELECT 'inventory.stock', m.variant_id, 'adjusted', ARRAY[m.variant_id, m.product_id, m.seller_id],
               jsonb_build_object('change', jsonb_build_object(
                 'movementId', platform.uuid_v7(), 'delta', 1, 'reason', 'STOCK_REASON_COUNTED',
                 'stock', jsonb_build_object('variantId', m.variant_id, 'onHand', n, 'available', n, 'version', n)))
          FROM moved m, generate_series(1, \(count)) n
         ORDER BY n
        """)
    }
  }
}
