import EventLoop
import Eventually
import PostgresTesting
import Testing

@testable import Postgres

@Suite struct NotificationTests {
  /// What was heard, on one loop.
  final class Heard {
    var payloads: [String] = []
    var connects = 0
    var outages = 0
  }

  @Test func `hears, also after its connection was cut`() async throws {
    let url = try await TestPostgres.shared().database()
    try await onLoop(of: loops, url: url) { database in
      let heard = Heard()
      let listener = try NotificationListener(
        loop: database.loop, configuration: DatabaseConfiguration(url: url), channel: "news",
        onConnect: { heard.connects += 1 }, onNotification: { heard.payloads.append($0) })
      defer { listener.close() }
      try await eventually { heard.connects == 1 }
      try await database.execute("SELECT pg_notify('news', \("it's"))")
      try await database.execute("NOTIFY other, 'not for us'")
      try await eventually { heard.payloads == ["it's"] }
      try await database.execute(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'LISTEN%'
        """)
      try await eventually { heard.connects == 2 }
      try await database.execute("NOTIFY news, 'again'")
      try await eventually { heard.payloads == ["it's", "again"] }
    }
  }

  @Test func `its connection holds a lock that it shares, also after it was cut, until it is closed`() async throws {
    let url = try await TestPostgres.shared().database()
    try await onLoop(of: loops, url: url) { database in
      func isFree() async throws -> Bool {
        try await database.rows("SELECT pg_try_advisory_xact_lock(7::bigint) AS is_free", access: .write)[0]
          .bool("is_free")
      }
      let heard = Heard()
      let listeners = try (0..<2).map { _ in
        try NotificationListener(
          loop: database.loop, configuration: DatabaseConfiguration(url: url), channel: "news", sharedLock: 7,
          onConnect: { heard.connects += 1 }, onNotification: { _ in })
      }
      try await eventually { heard.connects == 2 }
      #expect(try await !isFree())
      listeners[0].close()
      try await database.execute(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'LISTEN%'
        """)
      try await eventually { heard.connects == 3 }
      #expect(try await !isFree())
      listeners[1].close()
      try await eventually { try await isFree() }
    }
  }

  @Test func `a LISTEN that is refused is tried again, on another connection`() async throws {
    let url = try await TestPostgres.shared().database()
    try await onLoop(of: loops, url: url) { database in
      let heard = Heard()
      let listener = try NotificationListener(
        loop: database.loop, configuration: DatabaseConfiguration(url: url), channel: "",
        onConnect: { heard.connects += 1 }, onNotification: { heard.payloads.append($0) })
      defer { listener.close() }
      try await eventually { listener.source.openedCount >= 3 }
      #expect(heard.connects == 0)
    }
  }

  @Test func `a server that does not respond is reported, and listening begins anew when it does`() async throws {
    let direct = try await TestPostgres.shared().database()
    let (proxy, url) = try LivenessProbeTests.proxy(direct)
    defer { proxy.close() }
    try await onLoop(of: loops, url: direct) { database in
      let heard = Heard()
      var configuration = DatabaseConfiguration(url: url)
      configuration.probeUnresponsiveAfter = .seconds(1)
      let listener = try NotificationListener(
        loop: database.loop, configuration: configuration, channel: "news", onConnect: { heard.connects += 1 },
        onNotification: { heard.payloads.append($0) }, onUnresponsive: { heard.outages += 1 })
      defer { listener.close() }
      try await eventually { heard.connects == 1 }
      proxy.isSilent = true
      try await eventually { heard.outages == 1 }
      let connects = heard.connects
      proxy.isSilent = false
      try await eventually { heard.connects > connects }
      try await database.execute("NOTIFY news, 'again'")
      try await eventually { heard.payloads == ["again"] }
    }
  }
}
