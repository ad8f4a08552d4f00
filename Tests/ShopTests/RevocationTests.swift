import Platform
import Postgres
import Testing

@testable import Identity

extension ShopTests {
  /// A reader finds every revocation, in any order in which transactions begin, write and end.
  @Suite struct RevocationTests {
    private struct Undone: Error {}
    private static let lifetime: Duration = .seconds(600)

    /// A transaction that notes the end of a session, and ends when it is told to.
    private struct OpenEnding {
      let session = ID(TestID.next()) ?? .none
      let isNoted = Gate()
      private let mayEnd = Gate()
      private let running: Task<Void, any Error>
      let commits: Bool

      init(_ shop: TestShop, commits: Bool) {
        let (session, isNoted, mayEnd) = (session, isNoted, mayEnd)
        self.commits = commits
        running = Task {
          try await shop.run { database in
            try await database.transaction { transaction in
              try await transaction.execute(
                "INSERT INTO identity.revocation (kind, subject) VALUES ('session', \(session))")
              isNoted.open()
              await mayEnd.wait()
              if !commits { throw Undone() }
            }
          }
        }
      }

      func end() async throws {
        mayEnd.open()
        do { try await running.value } catch is Undone {}
      }
    }

    private static func read(
      _ shop: TestShop, since position: RevocationPosition?
    ) async throws -> (RevocationPosition, [ID]) {
      try await shop.run { database in
        let page = try await RevocationPage.read(since: position, lifetime: lifetime, database)
        return (page.position, page.revocations.compactMap(\.subject))
      }
    }

    /// After a crash, ids of transactions that were lost with it are given out again.
    @Test func whatWasWrittenUnderATransactionIDGivenOutTwiceIsRead() async throws {
      let shop = try await TestShop.make(products: 0)
      let (before, _) = try await Self.read(shop, since: nil)
      let lost = before.snapshot.xmax + 1_000
      let snapshot = try #require(Snapshot("\(lost):\(lost):"))
      let position = RevocationPosition(snapshot: snapshot, server: before.server, lastID: before.lastID)
      let ending = OpenEnding(shop, commits: true)
      await ending.isNoted.wait()
      try await ending.end()
      #expect(try await Self.read(shop, since: position).1 == [ending.session])
    }

    @Test(arguments: 0..<6)
    func nothingIsMissedOrReadTwiceWhateverTheOrderOfCommits(seed: UInt64) async throws {
      let shop = try await TestShop.make(products: 0)
      var random = SeededRandom(state: seed &+ 7)
      var (position, found) = try await Self.read(shop, since: nil)
      var open: [OpenEnding] = []
      var committed: [ID] = []
      for step in 0..<24 {
        if open.count < 4, step < 18, random.below(2) == 0 {
          let ending = OpenEnding(shop, commits: random.below(4) > 0)
          await ending.isNoted.wait()
          open.append(ending)
        } else if !open.isEmpty {
          let ending = open.remove(at: random.below(open.count))
          try await ending.end()
          if ending.commits { committed.append(ending.session) }
        }
        guard random.below(2) == 0 else { continue }
        let (next, news) = try await Self.read(shop, since: position)
        #expect(next.isReached(from: position))
        position = next
        found += news
        #expect(Set(found) == Set(committed))
      }
      for ending in open {
        try await ending.end()
        if ending.commits { committed.append(ending.session) }
      }
      found += try await Self.read(shop, since: position).1
      #expect(found.map(\.description).sorted() == committed.map(\.description).sorted())
    }

    @Test func manyArePaged() async throws {
      let shop = try await TestShop.make(products: 0)
      let count = RevocationPage.countMax + 3
      try await shop.run { database in
        let empty = try await RevocationPage.read(since: nil, lifetime: Self.lifetime, database)
        #expect(empty.revocations.isEmpty && empty.next == nil)
        try await database.execute(
          """
          INSERT INTO identity.revocation (kind, subject)
          SELECT 'session', gen_random_uuid() FROM generate_series(1, \(count)::int)
          """)
        let first = try await RevocationPage.read(since: empty.position, lifetime: Self.lifetime, database)
        #expect(first.revocations.count == RevocationPage.countMax)
        let second = try await RevocationPage.read(
          since: empty.position, after: try #require(first.next), lifetime: Self.lifetime, database)
        #expect(second.revocations.count == 3 && second.next == nil)
        let afterwards = try await RevocationPage.read(since: first.position, lifetime: Self.lifetime, database)
        #expect(afterwards.revocations.isEmpty)
      }
    }

    @Test func anotherServerOfPostgresIsReadAnew() throws {
      let snapshot = try #require(Snapshot("10:12:10,11")), earlier = try #require(Snapshot("9:11:9"))
      let position = RevocationPosition(snapshot: snapshot, server: "a", lastID: 0)
      #expect(position.isReached(from: RevocationPosition(snapshot: earlier, server: "a", lastID: 0)))
      #expect(!position.isReached(from: RevocationPosition(snapshot: earlier, server: "b", lastID: 0)))
      #expect(!RevocationPosition(snapshot: earlier, server: "a", lastID: 0).isReached(from: position))
    }

    /// A kind that the program knows and the table refuses, or the other way round, would be lost.
    @Test func theTableKnowsTheKindsThatTheProgramKnows() async throws {
      let shop = try await TestShop.make(products: 0)
      let rule = try await shop.run { database in
        let rows = try await database.rows(
          """
          SELECT pg_get_constraintdef(c.oid) AS rule FROM pg_constraint c WHERE c.conname = 'revocation_kind_is_known'
          """)
        return try rows.first?.string("rule") ?? ""
      }
      let known = Set(rule.matches(of: #/'([a-z_]+)'::text/#).map { String($0.1) })
      #expect(known == Set(RevocationKind.allCases.map(\.rawValue)))
    }
  }
}
