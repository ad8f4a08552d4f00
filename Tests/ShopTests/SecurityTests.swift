import EventLoop
import Platform
import Postgres
import Protobuf
import RPC
import SecurityAPI
import Testing

@testable import Security

extension ShopTests {
  @Suite struct SecurityTests {
    private static let ann = ID("018cc251-f400-7ade-9e36-72a2a82a4f57") ?? .none
    private static let bob = ID("018cc251-f400-7ade-9e36-72a2a82a4f58") ?? .none

    private static func report(_ incidents: [SecurityEventReport], _ shop: TestShop) async throws {
      for incident in incidents {
        try await shop.run { database in
          try await database.work(as: .test) { $0.report(incident) }
        }
      }
    }

    // MARK: The list

    @Test func incidentsAreListedNewestFirstByPagesAndFilters() async throws {
      let shop = try await TestShop.make(products: 0)
      try await Self.report(
        [
          SecurityEventReport(.signInFailed, user: nil, address: "192.0.2.7", device: "curl\n\u{0}x"),
          SecurityEventReport(.lockedOut, user: Self.ann, detail: "15 seconds"),
          SecurityEventReport(.refreshReused, user: Self.ann),
          SecurityEventReport(.newDevice, user: Self.bob, device: String(repeating: "é", count: 300)),
          SecurityEventReport(.privilegeChanged, user: Self.bob),
        ], shop)
      try await shop.serve { nodes in
        func page(_ fill: @escaping (ListSecurityEventsRequest) -> Void) async throws -> ListSecurityEventsResponse {
          try await nodes[0].security.listSecurityEvents(request(ListSecurityEventsRequest.self, fill))
        }
        let all = try await page { _ in }
        #expect(
          all.events.map(\.kind) == [.privilegeChanged, .newDevice, .refreshReused, .lockedOut, .signInFailed])
        #expect(all.nextPageToken.isEmpty)
        #expect(all.events[4].device == "curl  x" && all.events[4].address == "192.0.2.7")
        #expect(all.events[4].userID.isEmpty && all.events[3].userID.string == Self.ann.description)
        #expect(all.events[1].device.string.unicodeScalars.count == 200)
        #expect(all.events[3].detail == "15 seconds" && (all.events[3].createTime?.seconds ?? 0) > 1_700_000_000)
        var ids: [String] = []
        var token = ""
        repeat {
          let some = try await page {
            $0.pageSize = 2
            $0.pageToken = $0.text(token)
          }
          ids += some.events.map(\.id.string)
          token = some.nextPageToken.string
        } while !token.isEmpty
        #expect(ids == all.events.map(\.id.string))
        #expect(try await page { $0.userID = $0.text(Self.ann.description) }.events.count == 2)
        #expect(try await page { $0.kind = .newDevice }.events.map(\.id.string) == [ids[1]])
        #expect(
          try await page {
            $0.kind = .newDevice
            $0.userID = $0.text(Self.ann.description)
          }.events.isEmpty)
      }
    }

    @Test func wrongFieldsOfAListAreNamed() async throws {
      try await TestShop.make(products: 0).serve { nodes in
        let error = await failure {
          _ = try await nodes[0].security.listSecurityEvents(
            request(ListSecurityEventsRequest.self) {
              $0.pageSize = -1
              $0.pageToken = $0.text("mine")
              $0.userID = $0.text("ann")
              $0.kind = SecurityEventKind(rawValue: 99)
            })
        }
        #expect(error?.code == .invalidArgument)
        #expect(Set(error?.fields ?? []) == ["page_size", "page_token", "user_id", "kind"])
      }
    }

    @Test func incidentsAreNotChangedAfterwards() async throws {
      let shop = try await TestShop.make(products: 0)
      try await Self.report([SecurityEventReport(.newDevice, user: Self.ann)], shop)
      let error = await #expect(throws: PostgresError.self) {
        try await shop.run { try await $0.execute("UPDATE security.event SET detail = 'nothing'") }
      }
      #expect(error?.violation?.kind == .restrict)
    }

    @Test func monthsThatAreLongOverAreDropped() async throws {
      let shop = try await TestShop.make(products: 0)
      let months: @Sendable () -> Query = {
        "SELECT count(*) AS n FROM pg_inherits WHERE inhparent = 'security.event'::regclass"
      }
      let before = try await shop.number(months)
      try await shop.run { database in
        try await database.execute(
          """
          CREATE TABLE security.event_202001 PARTITION OF security.event
          FOR VALUES FROM ('2020-01-01 00:00Z') TO ('2020-02-01 00:00Z')
          """)
        try await database.execute(
          "INSERT INTO security.event (kind, at) VALUES ('new_device', '2020-01-15 00:00Z'), ('new_device', now())")
        for chore in SecurityUpkeep.chores { try await chore.run(database) }
      }
      #expect(try await shop.number(months) == before)
      #expect(try await shop.number { "SELECT count(*) AS n FROM security.event" } == 1)
    }

    // MARK: The stream

    @Test func whoWatchesHearsOnEveryNodeAndResumesWithItsCursor() async throws {
      let shop = try await TestShop.make(products: 0)
      try await shop.serve(nodes: 2) { nodes in
        func watch(
          _ node: TestNode, cursor: String = "", user: String = "", count: Int, _ act: () async throws -> Void = {}
        ) async throws -> (kinds: [SecurityEventKind?], cursor: String) {
          let asked = request(WatchSecurityEventsRequest.self) {
            $0.cursor = $0.text(cursor)
            $0.userID = $0.text(user)
          }
          var options = CallOptions()
          options.timeout = .seconds(30)
          var kinds: [SecurityEventKind?] = []
          var last = cursor
          for try await response in try await node.security.watchSecurityEvents(asked, options: options) {
            if response.event == nil { try await act() }
            kinds.append(response.event?.kind)
            last = response.cursor.string
            if kinds.count == count { break }
          }
          return (kinds, last)
        }
        let first = try await watch(nodes[1], count: 2) {
          try await Self.report([SecurityEventReport(.signInFailed, user: nil)], shop)
          nodes[0].hub.wake()
        }
        #expect(first.kinds == [nil, .signInFailed])
        try await Self.report(
          [SecurityEventReport(.lockedOut, user: Self.ann), SecurityEventReport(.newDevice, user: Self.bob)], shop)
        let second = try await watch(nodes[0], cursor: first.cursor, count: 2)
        #expect(second.kinds == [.lockedOut, .newDevice])
        let bobs = try await watch(nodes[1], cursor: first.cursor, user: Self.bob.description, count: 1)
        #expect(bobs.kinds == [.newDevice])
      }
    }

    @Test func anEventOfAnOlderServerIsReadUnderThePresentName() throws {
      let logged = #"{"event": {"kind": "SECURITY_EVENT_KIND_LOGIN_FAILED"}}"#
      let arena = Arena()
      let response = try WatchSecurityEventsResponse(json: SecurityLog.json(of: logged), in: arena)
      #expect(response.event?.kind == .signInFailed)
    }

    @Test func whatIsRolledBackIsToldToNobody() async throws {
      struct Failed: Error {}
      let shop = try await TestShop.make(products: 0)
      await #expect(throws: Failed.self) {
        try await shop.run { database in
          try await database.work(as: .test) { work in
            work.report(SecurityEventReport(.newDevice, user: Self.ann))
            _ = try await work.rows("SELECT 1")
            throw Failed()
          }
        }
      }
      #expect(
        try await shop.number {
          "SELECT (SELECT count(*) FROM security.event) + (SELECT count(*) FROM platform.event) AS n"
        } == 0)
    }

    // MARK: Lock-out

    /// Lets what is locked end.
    private static func unlock(_ database: Database) async throws {
      try await database.execute("UPDATE security.failure SET locked_until = now()")
    }

    private static func fail(_ counter: FailureCounter, _ database: Database) async throws -> FailureCounter.Consequence
    {
      try await database.work(as: .test) { try await counter.failed(user: Self.ann, device: "curl", in: $0) }
    }

    @Test func anAccountIsLockedWhereverAttemptsComeFromAndFreedByASuccess() async throws {
      try await TestShop.make(products: 0).run { database in
        for attempt in 1...4 {
          let counter = FailureCounter(account: "ann@example.com", address: "192.0.2.\(attempt)")
          #expect(try await Self.fail(counter, database) == .init(account: nil, address: nil))
          #expect(try await counter.wait(database) == nil)
        }
        let fifth = FailureCounter(account: "ann@example.com", address: "192.0.2.5")
        #expect(try await Self.fail(fifth, database) == .init(account: .seconds(15), address: nil))
        let elsewhere = FailureCounter(account: "ann@example.com", address: "198.51.100.1")
        let wait = try #require(try await elsewhere.wait(database))
        #expect(wait > .zero && wait <= .seconds(15))
        #expect(try await FailureCounter(account: "bob@example.com", address: "192.0.2.5").wait(database) == nil)
        let unseen = try await Self.fail(elsewhere, database)
        #expect(unseen.refused != nil && unseen.account == nil && !unseen.notifiesOwner)
        try await Self.unlock(database)
        #expect(try await Self.fail(elsewhere, database) == .init(account: .seconds(30), address: nil))
        try await Self.unlock(database)
        #expect(try await Self.fail(elsewhere, database) == .init(account: .seconds(60), notifiesOwner: true))
        try await Self.unlock(database)
        #expect(try await Self.fail(elsewhere, database) == .init(account: .seconds(120)))
        try await database.work(as: .test) { try await elsewhere.succeeded(in: $0) }
        #expect(try await elsewhere.wait(database) == nil)
        #expect(try await Self.fail(elsewhere, database) == .init(account: nil, address: nil))
        let kinds = try await database.rows(
          "SELECT kind, count(*) AS n FROM security.event GROUP BY kind ORDER BY kind")
        #expect(try kinds.map { try $0.string("kind") } == ["locked_out", "login_failed"])
        #expect(try kinds.map { try $0.int64("n") } == [4, 9])
      }
    }

    @Test(arguments: [("192.0.2.7", "192.0.2.7"), ("2001:db8:0:1::7", "2001:db8:0:1:ffff::1")])
    func anAddressIsLockedWhateverAccountsItTries(one: String, sameNetwork: String) async throws {
      try await TestShop.make(products: 0).run { database in
        var last: FailureCounter.Consequence?
        for attempt in 1...20 {
          last = try await Self.fail(FailureCounter(account: "user\(attempt)@example.com", address: one), database)
        }
        #expect(last == .init(account: nil, address: .seconds(30)))
        #expect(try await FailureCounter(account: "x@example.com", address: sameNetwork).wait(database) != nil)
        for other in ["192.0.2.8", "2001:db8:0:2::7", "", "unix"] {
          #expect(try await FailureCounter(account: "x@example.com", address: other).wait(database) == nil)
        }
      }
    }

    @Test func failuresAtTheSameTimeAreAllCounted() async throws {
      let shop = try await TestShop.make(products: 0)
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for _ in 0..<4 {
          tasks.addTask {
            _ = try await shop.run { try await Self.fail(FailureCounter(account: "a@b.c", address: "192.0.2.1"), $0) }
          }
        }
        try await tasks.waitForAll()
      }
      #expect(try await shop.number { "SELECT min(count) AS n FROM security.failure" } == 4)
      #expect(try await shop.number { "SELECT count(*) AS n FROM security.failure" } == 2)
      try await shop.run { database in
        try await database.execute("UPDATE security.failure SET last_at = now() - interval '3 days'")
        try await database.transaction { transaction in
          try await transaction.execute("SELECT FROM security.failure f WHERE f.subject = 'account' FOR UPDATE")
          for chore in SecurityUpkeep.chores { try await chore.run(database) }
        }
      }
      #expect(try await shop.number { "SELECT count(*) AS n FROM security.failure" } == 1, "somebody held the other")
      try await shop.run { for chore in SecurityUpkeep.chores { try await chore.run($0) } }
      #expect(try await shop.number { "SELECT count(*) AS n FROM security.failure" } == 0)
    }
  }
}
