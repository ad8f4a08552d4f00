import CatalogAPI
import InventoryAPI
import Platform
import Postgres
import Protobuf
import RPC
import Testing

@testable import Inventory

/// Lets two transactions be open at once, and end in the order that a test wants.
final class Gate: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func open() { continuation.finish() }

  func wait() async { for await _ in stream {} }
}

/// A transaction that adjusts a variant's stock, then waits to be let go.
private struct OpenAdjustment {
  struct RolledBack: Error {}

  let isDone = Gate()
  private let mayEnd = Gate()
  private let running: Task<Void, any Error>

  /// - Parameter first: what the transaction does before anything else.
  init(
    _ shop: TestShop, _ variant: String, begun: Gate? = nil, adjustsAfter: Gate? = nil, commits: Bool = true
  ) {
    let (isDone, mayEnd) = (isDone, mayEnd)
    running = Task {
      try await shop.run { database in
        try await database.transaction { transaction in
          _ = try await transaction.rows("SELECT pg_current_xact_id()::text AS xid", access: .write)
          begun?.open()
          await adjustsAfter?.wait()
          let adjustment = try StockAdjustment(
            request(AdjustStockRequest.self) {
              $0.variantID = $0.text(variant)
              $0.delta = 1
              $0.reason = .counted
              $0.requestID = $0.text(TestID.next())
            }, from: .test)
          _ = try await transaction.rows(adjustment.statement, access: .write)
          isDone.open()
          await mayEnd.wait()
          if !commits { throw RolledBack() }
        }
      }
    }
  }

  func end() async throws {
    mayEnd.open()
    do { try await running.value } catch is RolledBack {}
  }
}

extension ShopTests {
  /// Transactions commit out of the order of their numbers.
  @Suite struct CommitOrderTests {
    private static func open(
      _ body: (TestShop, TestNode, _ variants: [String], _ watch: @escaping @Sendable (WatchInventoryRequest) -> Void)
        async throws -> Void
    ) async throws {
      let shop = try await TestShop.make()
      try await shop.serve { nodes in
        let seller = try await nodes[0].product().sellerID.string
        let listed = try await nodes[0].catalog.listProducts(
          request(ListProductsRequest.self) { $0.sellerID = $0.text(seller) })
        try await body(shop, nodes[0], listed.products.map { $0.variants[0].id.string }) {
          $0.selection = .sellerID($0.text(seller))
        }
      }
    }

    @Test func theLaterNumberCommitsFirst() async throws {
      try await Self.open { shop, node, variants, watch in
        let early = TestWatcher(node, watch)
        let before = try await early.state()
        let first = OpenAdjustment(shop, variants[0])
        await first.isDone.wait()
        let second = OpenAdjustment(shop, variants[1])
        await second.isDone.wait()
        try await second.end()
        // Its state contains what the second did, and not what the first did.
        let between = TestWatcher(node, watch)
        let state = try await between.state()
        #expect(state.onHand[variants[1]] == (before.onHand[variants[1]] ?? 0) + 1)
        #expect(state.onHand[variants[0]] == before.onHand[variants[0]])
        try await first.end()
        #expect(try await early.changes(2).map(\.variant) == [variants[0], variants[1]])
        #expect(try await between.change().variant == variants[0])
        let back = TestWatcher(node, cursor: state.cursor, watch)
        #expect(try await back.change().variant == variants[0])
        let fromTheStart = TestWatcher(node, cursor: before.cursor, watch)
        #expect(try await fromTheStart.changes(2).map(\.variant) == [variants[0], variants[1]])
        for watcher in [early, between, back, fromTheStart] {
          let further = try await watcher.changes(beforeAdjusting: variants[2], on: node)
          #expect(further.allSatisfy { $0.variant == variants[2] }, "the markers of those before")
          await watcher.stop()
        }
      }
    }

    @Test func aNumberThatWasRolledBackHoldsNobodyUp() async throws {
      try await Self.open { shop, node, variants, watch in
        let watcher = TestWatcher(node, watch)
        _ = try await watcher.state()
        let first = OpenAdjustment(shop, variants[0], commits: false)
        await first.isDone.wait()
        let movement = try await node.adjust(variants[1], 1).movementID.string
        try await first.end()
        #expect(try await watcher.change().movement == movement)
        #expect(try await watcher.changes(beforeAdjusting: variants[0], on: node) == [])
        await watcher.stop()
      }
    }

    @Test func aLongTransactionWithoutEventsHoldsNobodyUp() async throws {
      try await Self.open { shop, node, variants, watch in
        let watcher = TestWatcher(node, watch)
        _ = try await watcher.state()
        let (begun, adjusts) = (Gate(), Gate())
        let long = OpenAdjustment(shop, variants[0], begun: begun, adjustsAfter: adjusts)
        await begun.wait()
        for _ in 0..<3 {
          let movement = try await node.adjust(variants[1], 1).movementID.string
          #expect(try await watcher.change().movement == movement)
        }
        let late = TestWatcher(node, watch)
        _ = try await late.state()
        adjusts.open()
        try await long.end()
        #expect(try await watcher.change().variant == variants[0])
        #expect(try await late.change().variant == variants[0])
        await watcher.stop()
        await late.stop()
      }
    }

    /// It has run the statement that appends, which found nothing to append. Only who took a number holds readers up.
    @Test func aLongTransactionThatAppendsNothingHoldsNobodyUpAfterARollback() async throws {
      try await Self.open { shop, node, variants, watch in
        let watcher = TestWatcher(node, watch)
        _ = try await watcher.state()
        let (begun, mayEnd) = (Gate(), Gate())
        async let long: Void = shop.run { database in
          try await database.transaction { transaction in
            try await transaction.execute("CREATE TABLE public.imported AS SELECT 1 AS n")
            try await transaction.execute(
              """
              INSERT INTO platform.event (topic, key, type, subjects, payload)
              SELECT 'test', platform.uuid_v7(), 'x', '{}', '{}' WHERE false
              """)
            begun.open()
            await mayEnd.wait()
          }
        }
        await begun.wait()
        let lost = OpenAdjustment(shop, variants[0], commits: false)
        await lost.isDone.wait()
        try await lost.end()
        let movement = try await node.adjust(variants[1], 1).movementID.string
        #expect(try await watcher.change().movement == movement)
        mayEnd.open()
        try await long
        await watcher.stop()
      }
    }

    /// While the first one is open, what it holds up waits; no longer.
    @Test func aTransactionThatAppendedEarlyHoldsLaterNumbersUntilItsEnd() async throws {
      try await Self.open { shop, node, variants, watch in
        let watcher = TestWatcher(node, watch)
        _ = try await watcher.state()
        let early = OpenAdjustment(shop, variants[0])
        await early.isDone.wait()
        let lost = OpenAdjustment(shop, variants[1], commits: false)
        await lost.isDone.wait()
        try await lost.end()
        let later = try await node.adjust(variants[2], 1).movementID.string
        #expect(try await shop.number { "SELECT count(*) AS n FROM platform.event" } == 1)
        try await early.end()
        let changes = try await watcher.changes(2)
        #expect(changes.map(\.variant) == [variants[0], variants[2]] && changes[1].movement == later)
        await watcher.stop()
      }
    }

    /// The transaction that began first changes a variant last: its transaction id is the lower one all the same.
    @Test func theChangesOfOneVariantKeepTheirOrder() async throws {
      try await Self.open { shop, node, variants, watch in
        let watcher = TestWatcher(node, watch)
        _ = try await watcher.state()
        let (begun, adjusts) = (Gate(), Gate())
        let older = OpenAdjustment(shop, variants[0], begun: begun, adjustsAfter: adjusts)
        await begun.wait()
        let younger = try await node.adjust(variants[0], 1)
        adjusts.open()
        try await older.end()
        let changes = try await watcher.changes(2)
        #expect(changes[0].movement == younger.movementID.string)
        #expect(changes[0].version + 1 == changes[1].version)
        await watcher.stop()
      }
    }

    @Test func aServerThatStartsInBetweenMissesNothing() async throws {
      try await Self.open { shop, node, variants, _ in
        let first = OpenAdjustment(shop, variants[0])
        await first.isDone.wait()
        _ = try await node.adjust(variants[1], 1)
        try await shop.serve { nodes in
          let watcher = TestWatcher(nodes[0]) { asked in
            let list = VariantSelection(in: asked.storage.arena)
            for variant in variants { list.variantIDs.append(asked.text(variant)) }
            asked.selection = .variants(list)
          }
          _ = try await watcher.state()
          try await first.end()
          #expect(try await watcher.change().variant == variants[0])
          #expect(try await watcher.changes(beforeAdjusting: variants[1], on: nodes[0]) == [])
          await watcher.stop()
        }
      }
    }
  }
}
