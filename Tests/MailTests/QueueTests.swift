import EventLoop
import Migrations
import Platform
import Postgres
import PostgresTesting
import Testing

@testable import Mail

/// All loops of a test have the same.
private let vault = Vault.temporary()

/// Everything that needs a database.
@Suite(.serialized) struct QueueTests {
  /// A database with the shop's schema.
  private static func database() async throws -> String {
    try await TestPostgres.shared().database(try Migrations.all.map { try Migration(name: $0.name, sql: $0.sql) })
  }

  private static func run<R: Sendable>(
    _ url: String, _ body: @escaping @Sendable (Database) async throws -> R
  ) async throws -> R {
    let group = EventLoopGroup(count: 1)
    defer { Task.detached { group.shutdown() } }
    return try await onLoop(of: group, url: url, body)
  }

  private static func mail(_ name: String = "ann") throws -> Email {
    .passwordChanged(to: try #require(MailAddress("\(name)@example.com", name: "Ann Żółć")))
  }

  private static func enqueue(_ count: Int, _ database: Database) async throws {
    try await database.transaction { transaction in
      for index in 0..<count { try await transaction.enqueue(try mail("ann\(index)"), vault) }
    }
  }

  private static func number(_ query: Query, _ database: Database) async throws -> Int64 {
    try await database.rows(query).first?.int64("n") ?? -1
  }

  @Test func `a mail is in the queue if and only if its transaction is committed`() async throws {
    struct Changed: Error {}
    try await Self.run(try await Self.database()) { database in
      await #expect(throws: Changed.self) {
        try await database.transaction { transaction in
          try await transaction.enqueue(try Self.mail(), vault)
          throw Changed()
        }
      }
      #expect(try await MailQueue(database: database).take(10, lease: .seconds(60), vault).isEmpty)
      try await Self.enqueue(1, database)
      let taken = try #require(try await MailQueue(database: database).take(10, lease: .seconds(60), vault).first)
      #expect(taken.recipient == "ann0@example.com" && taken.recipientName == "Ann Żółć" && taken.attempt == 1)
      let shop = try #require(MailAddress("shop@example.com"))
      let message = try taken.message(from: shop)
      #expect(message.id == taken.id.description && message.kind == "password-changed")
    }
  }

  @Test func `what one has taken, nobody else takes before its lease is over`() async throws {
    let url = try await Self.database()
    try await Self.run(url) { database in
      try await Self.enqueue(40, database)
    }
    let ids = try await withThrowingTaskGroup(of: [ID].self) { tasks in
      for _ in 0..<4 {
        tasks.addTask {
          try await Self.run(url) { database in
            let queue = MailQueue(database: database)
            var ids: [ID] = []
            while case let mails = try await queue.take(3, lease: .seconds(60), vault), !mails.isEmpty {
              ids += mails.map(\.id)
            }
            return ids
          }
        }
      }
      return try await tasks.reduce(into: []) { $0 += $1 }
    }
    #expect(ids.count == 40 && Set(ids).count == 40)
    try await Self.run(url) { database in
      #expect(try await MailQueue(database: database).take(100, lease: .seconds(60), vault).isEmpty)
      // Those who took them died: their leases end.
      try await database.execute("UPDATE mail.message SET due_at = now() - interval '1 second'")
      let again = try await MailQueue(database: database).take(100, lease: .seconds(60), vault)
      #expect(again.count == 40 && again.allSatisfy { $0.attempt == 2 })
    }
  }

  @Test func `who comes too late ends nothing`() async throws {
    try await Self.run(try await Self.database()) { database in
      let queue = MailQueue(database: database)
      try await Self.enqueue(1, database)
      let slow = try #require(try await queue.take(1, lease: .zero, vault).first)
      let quick = try #require(try await queue.take(1, lease: .seconds(60), vault).first)
      #expect(slow.id == quick.id && quick.attempt == 2)
      #expect(try await !queue.later(slow, pause: .zero, reason: "late"))
      #expect(try await !queue.dead(slow, reason: "late"))
      #expect(try await !queue.sent(slow))
      #expect(try await queue.sent(quick))
      #expect(try await !queue.sent(quick))
    }
  }

  @Test func `a mail that was sent keeps no content, a dead one does`() async throws {
    try await Self.run(try await Self.database()) { database in
      let queue = MailQueue(database: database)
      try await Self.enqueue(2, database)
      let taken = try await queue.take(2, lease: .seconds(60), vault)
      #expect(try await queue.sent(taken[0]))
      #expect(try await queue.dead(taken[1], reason: "550 \u{0}nobody\nthere " + String(repeating: "x", count: 900)))
      #expect(
        try await Self.number(
          "SELECT count(*) AS n FROM mail.message WHERE state = 'sent' AND sealed IS NULL AND body_html = ''", database)
          == 1)
      let entry = try #require(try await DeadLetters.newest(database).first)
      #expect(entry.id == taken[1].id && entry.attempts == 1 && entry.reason.hasPrefix("550 nobodythere xxx"))
      #expect(try await queue.depth() == MailQueueDepth(waiting: 0, dead: 1, oldestSeconds: 0))
    }
  }

  @Test func `what a mail says waits sealed, and nowhere else does it open`() async throws {
    try await Self.run(try await Self.database()) { database in
      let queue = MailQueue(database: database)
      let link = "https://shop.example/reset-password#token=Zyx"
      let ann = try #require(MailAddress("ann@example.com"))
      try await database.transaction { transaction in
        try await transaction.enqueue(.passwordReset(to: ann, link: link, validity: .seconds(60)), vault)
        try await transaction.enqueue(try Self.mail("bob"), vault)
      }
      let clear: Query = "SELECT count(*) AS n FROM mail.message m WHERE strpos(m::text, 'Zyx') > 0"
      let clearBytes: Query = "SELECT count(*) AS n FROM mail.message WHERE position('Zyx'::bytea IN sealed) > 0"
      #expect(try await Self.number(clear, database) == 0)
      #expect(try await Self.number(clearBytes, database) == 0)
      let taken = try await queue.take(2, lease: .zero, vault)
      let content = try #require(taken.first { $0.kind == "password-reset" }).content.get()
      #expect(content.text.contains(link) && content.html.contains(link))
      try await database.execute(
        "UPDATE mail.message m SET sealed = o.sealed FROM mail.message o WHERE o.id <> m.id AND m.recipient LIKE 'bob%'"
      )
      let moved = try #require(try await queue.take(2, lease: .zero, vault).first { $0.recipient.hasPrefix("bob") })
      #expect {
        try moved.message(from: ann)
      } throws: { error in
        guard case .never(let reason)? = error as? MailDeliveryError else { return false }
        return reason.contains("moved to another place") && !reason.contains("Zyx")
      }
    }
  }

  @Test func `a mail of an earlier release is sent as it stands, or sealed by rotation`() async throws {
    try await Self.run(try await Self.database()) { database in
      try await Self.enqueue(1, database)
      try await database.execute("UPDATE mail.message SET sealed = NULL, body_text = 'text', body_html = 'page'")
      let taken = try #require(try await MailQueue(database: database).take(1, lease: .zero, vault).first)
      #expect(try taken.content.get() == MailContent(text: "text", html: "page"))
      let page = try await database.rows(MailContent.clearColumn.page("", 10))
      let (row, text) = (try #require(page.first).string("row"), try #require(page.first).string("clear"))
      let sealed = try vault.seal(text: text, for: MailContent.column.place(row))
      #expect(try await database.execute(MailContent.clearColumn.replace([row], [text], [sealed])) == 1)
      let again = try #require(try await MailQueue(database: database).take(1, lease: .zero, vault).first)
      #expect(try again.content.get() == MailContent(text: "text", html: "page"))
      #expect(try await database.rows(MailContent.clearColumn.page("", 10)).isEmpty)
    }
  }

  @Test func `dead letters go back into the queue, all or chosen ones, while they are of use`() async throws {
    try await Self.run(try await Self.database()) { database in
      let queue = MailQueue(database: database)
      try await Self.enqueue(4, database)
      let taken = try await queue.take(4, lease: .seconds(60), vault)
      for mail in taken { #expect(try await queue.dead(mail, reason: "no")) }
      try await database.execute("UPDATE mail.message SET useless_at = now() WHERE id = \(taken[3].id)")
      #expect(try await DeadLetters.retry([taken[0].id, taken[3].id], database) == 1)
      #expect(try await DeadLetters.retry(nil, database) == 2)
      #expect(try await DeadLetters.newest(database).map(\.id) == [taken[3].id])
      let again = try await queue.take(10, lease: .seconds(60), vault)
      #expect(Set(again.map(\.id)) == Set(taken.prefix(3).map(\.id)) && again.allSatisfy { $0.attempt == 1 })
    }
  }

  @Test func `what has no attempt left, or is of no use any more, is buried`() async throws {
    try await Self.run(try await Self.database()) { database in
      let queue = MailQueue(database: database)
      try await Self.enqueue(3, database)
      let taken = try await queue.take(3, lease: .zero, vault)
      #expect(try await queue.later(taken[0], pause: .zero, reason: "4xx"))
      try await database.execute("UPDATE mail.message SET attempts = 9 WHERE id = \(taken[1].id)")
      try await database.execute("UPDATE mail.message SET useless_at = now() WHERE id = \(taken[0].id)")
      #expect(try await queue.giveUpOverdue(attemptsMax: 9) == 2)
      let reasons = try await DeadLetters.newest(database).map(\.reason)
      #expect(Set(reasons) == ["too late to be of use; before: 4xx", "no attempt came to an end"])
      #expect(try await queue.take(10, lease: .zero, vault).map(\.id) == [taken[2].id])
    }
  }

  @Test func `old letters are forgotten`() async throws {
    try await Self.run(try await Self.database()) { database in
      let queue = MailQueue(database: database)
      try await Self.enqueue(4, database)
      let taken = try await queue.take(4, lease: .seconds(60), vault)
      for mail in taken.prefix(2) { #expect(try await queue.sent(mail)) }
      for mail in taken.suffix(2) { #expect(try await queue.dead(mail, reason: "no")) }
      try await database.execute(
        "UPDATE mail.message SET ended_at = now() - interval '8 days' WHERE id = ANY (\(taken.map(\.id))::uuid[])")
      try await queue.forget()
      #expect(try await Self.number("SELECT count(*) AS n FROM mail.message", database) == 2)
      try await database.execute("UPDATE mail.message SET ended_at = now() - interval '91 days'")
      try await queue.forget()
      #expect(try await Self.number("SELECT count(*) AS n FROM mail.message", database) == 0)
    }
  }

  @Test(arguments: [
    ("message_recipient_is_an_address", "recipient = E'a@b\\r\\nBcc: c@d'"),
    ("message_recipient_is_an_address", "recipient = 'a b@c'"),
    ("message_state_is_known", "state = 'lost', ended_at = now()"),
    ("message_ends_once", "ended_at = now()"),
    ("message_sent_keeps_no_content", "state = 'sent', ended_at = now()"),
    ("message_sent_keeps_no_body", "state = 'sent', ended_at = now(), sealed = NULL, body_text = 'x'"),
    ("message_content_is_sealed_or_clear", "body_html = 'x'"),
    ("message_bodies_are_bounded", "body_text = repeat('x', 262145)"),
  ])
  func `the table refuses what must not be`(constraint: String, change: String) async throws {
    try await Self.run(try await Self.database()) { database in
      try await Self.enqueue(1, database)
      await #expect(throws: PostgresError.self) { try await database.runScript("UPDATE mail.message SET \(change)") }
      let error = await #expect(throws: (any Error).self) {
        try await database.runScript("UPDATE mail.message SET \(change)")
      }
      #expect("\(String(describing: error))".contains(constraint))
    }
  }
}
