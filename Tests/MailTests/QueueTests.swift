import EventLoop
import Eventually
import Platform
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import Mail

/// All loops of a test have the same.
private let vault = Vault.temporary()

/// Keeps what it is to deliver, or refuses it.
private final class RecordingDelivery: MailDelivery {
  let concurrency = 2
  let deliverySecondsMax = 5
  private let mails = Mutex<[MIMEMessage]>([])
  private let error: MailDeliveryError?

  init(failingWith error: MailDeliveryError? = nil) { self.error = error }

  var delivered: [MIMEMessage] { mails.withLock { $0 } }

  func deliver(_ message: MIMEMessage) async throws(MailDeliveryError) {
    if let error { throw error }
    mails.withLock { $0.append(message) }
  }

  func close() async {}
}

/// Everything that needs a database.
@Suite(.serialized) struct QueueTests {
  private static func mail(_ name: String = "ann") throws -> Email {
    .passwordChanged(to: try #require(MailAddress("\(name)@example.com", name: "Ann Żółć")))
  }

  private static func enqueue(_ count: Int, _ database: Database) async throws {
    try await database.work(as: .system("test", vault: vault)) { work in
      for index in 0..<count { try work.enqueue(try mail("ann\(index)")) }
    }
  }

  /// Runs a server that sends the mails of a database until no job waits or runs.
  private static func send(_ url: String, by delivery: RecordingDelivery) async throws {
    let mail = MailModule(sender: try #require(MailAddress("shop@example.com")), delivery: delivery)
    let server = try await BackgroundServer(url, vault: vault, jobs: mail.jobKinds)
    try await eventually {
      try await server.run { database in
        try await database.number("SELECT count(*) AS n FROM jobs.job WHERE ended_at IS NULL AND failures = 0")
      } == 0
    }
    await server.stop()
  }

  @Test func `an e-mail is enqueued if and only if its transaction is committed`() async throws {
    struct Changed: Error {}
    let store = try await TestDatabase()
    try await store.run { database in
      await #expect(throws: Changed.self) {
        try await database.work(as: .system("test", vault: vault)) { work in
          try work.enqueue(try Self.mail())
          throw Changed()
        }
      }
      #expect(try await database.number("SELECT count(*) AS n FROM jobs.job") == 0)
      try await Self.enqueue(2, database)
    }
    let delivery = RecordingDelivery()
    try await Self.send(store.url, by: delivery)
    #expect(Set(delivery.delivered.map(\.recipient)) == ["ann0@example.com", "ann1@example.com"])
    try await store.run { database in
      for message in delivery.delivered {
        let isSent: Query = """
          SELECT count(*) AS n
            FROM mail.message m
            JOIN jobs.job j ON j.id = m.id
           WHERE m.id::text = \(message.id) AND m.state = 'sent' AND m.sealed IS NULL AND j.state = 'done'
          """
        let sent = try await database.number(isSent)
        #expect(sent == 1)
      }
    }
  }

  @Test func `the content is sealed and bound to its e-mail`() async throws {
    let store = try await TestDatabase()
    try await store.run { database in
      let link = "https://shop.example/reset-password#token=Zyx"
      let ann = try #require(MailAddress("ann@example.com"))
      try await database.work(as: .system("test", vault: vault)) { work in
        try work.enqueue(.passwordReset(to: ann, link: link, validity: .seconds(60)))
        try work.enqueue(try Self.mail("bob"))
      }
      let clear: Query = "SELECT count(*) AS n FROM mail.message m WHERE strpos(m::text, 'Zyx') > 0"
      let clearBytes: Query = "SELECT count(*) AS n FROM mail.message WHERE position('Zyx'::bytea IN sealed) > 0"
      let clearJobs: Query = "SELECT count(*) AS n FROM jobs.job j WHERE strpos(j::text, 'Zyx') > 0"
      for query in [clear, clearBytes, clearJobs] { #expect(try await database.number(query) == 0) }
      try await database.execute(
        "UPDATE mail.message m SET sealed = o.sealed FROM mail.message o WHERE o.id <> m.id AND m.recipient LIKE 'bob%'"
      )
    }
    let delivery = RecordingDelivery()
    try await Self.send(store.url, by: delivery)
    #expect(delivery.delivered.map(\.recipient) == ["ann@example.com"])
    try await store.run { database in
      let entry = try #require(try await DeadLetters.newest(database).first)
      #expect(entry.reason.contains("moved to another place") && !entry.reason.contains("Zyx"))
    }
  }

  @Test func `an e-mail of an earlier release is sent as it is, or sealed by rotation`() async throws {
    let store = try await TestDatabase()
    try await store.run { database in
      try await Self.enqueue(2, database)
      try await database.execute("UPDATE mail.message SET sealed = NULL, body_text = 'text', body_html = 'page'")
      let page = try await database.rows(MailContent.clearColumn.page("", 1))
      let (row, text) = (try #require(page.first).string("row"), try #require(page.first).string("clear"))
      let sealed = try vault.seal(text: text, for: MailContent.column.place(row))
      #expect(try await database.execute(MailContent.clearColumn.replace([row], [text], [sealed])) == 1)
      #expect(try await database.rows(MailContent.clearColumn.page("", 10)).count == 1)
    }
    let delivery = RecordingDelivery()
    try await Self.send(store.url, by: delivery)
    #expect(delivery.delivered.count == 2)
    for mail in delivery.delivered { #expect(String(decoding: mail.content, as: UTF8.self).contains("text")) }
  }

  @Test func `what a server of the release before leaves becomes a job`() async throws {
    let store = try await TestDatabase()
    try await store.run { database in
      try await database.execute(
        """
        INSERT INTO mail.message (kind, recipient, subject, body_text, body_html, due_at)
        VALUES ('invitation', 'ann@example.com', 'Old', 'text', 'page', now() - interval '1 hour'),
               ('invitation', 'bob@example.com', 'Young', 'text', 'page', now())
        """)
      #expect(try await MailUpkeep.takeOver(database) == 1)
      #expect(try await MailUpkeep.takeOver(database) == 0)
    }
    let delivery = RecordingDelivery()
    try await Self.send(store.url, by: delivery)
    #expect(delivery.delivered.map(\.recipient) == ["ann@example.com"])
  }

  @Test func `dead letters are enqueued again, all or chosen ones, while they are useful`() async throws {
    let store = try await TestDatabase()
    try await store.run { try await Self.enqueue(4, $0) }
    try await Self.send(store.url, by: RecordingDelivery(failingWith: .never("550 no")))
    try await store.run { database in
      let dead = try await DeadLetters.newest(database)
      #expect(dead.count == 4 && dead.allSatisfy { $0.reason == "550 no" && $0.attempts == 1 })
      #expect(try await database.number("SELECT count(*) AS n FROM mail.message WHERE sealed IS NOT NULL") == 4)
      try await database.execute("UPDATE mail.message SET useless_at = now() WHERE id = \(dead[3].id)")
      for (ids, count) in [([dead[0].id, dead[3].id], 1), (nil, 2)] as [([ID]?, Int)] {
        let retried = try await database.work(as: .command("test", vault: nil)) { work in
          try await DeadLetters.retry(ids, in: work)
        }
        #expect(retried == count)
      }
      #expect(try await DeadLetters.newest(database).map(\.id) == [dead[3].id])
    }
    let delivery = RecordingDelivery()
    try await Self.send(store.url, by: delivery)
    #expect(delivery.delivered.count == 3)
  }

  @Test func `an e-mail that is too late is given up`() async throws {
    let store = try await TestDatabase()
    try await store.run { database in
      try await Self.enqueue(1, database)
      try await database.execute("UPDATE mail.message SET useless_at = now()")
    }
    let delivery = RecordingDelivery()
    try await Self.send(store.url, by: delivery)
    #expect(delivery.delivered.isEmpty)
    try await store.run { database in
      let reasons = try await DeadLetters.newest(database).map(\.reason)
      #expect(reasons == ["too late to be of use"])
    }
  }

  @Test func `old e-mails are deleted`() async throws {
    let store = try await TestDatabase()
    try await store.run { try await Self.enqueue(3, $0) }
    try await Self.send(store.url, by: RecordingDelivery())
    try await store.run { database in
      for chore in MailUpkeep.chores { try await chore.run(database) }
      #expect(try await database.number("SELECT count(*) AS n FROM mail.message") == 3)
      try await database.execute("UPDATE mail.message SET ended_at = now() - interval '8 days'")
      for chore in MailUpkeep.chores { try await chore.run(database) }
      #expect(try await database.number("SELECT count(*) AS n FROM mail.message") == 0)
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
    try await TestDatabase().run { database in
      try await Self.enqueue(1, database)
      await #expect(throws: PostgresError.self) { try await database.runScript("UPDATE mail.message SET \(change)") }
      let error = await #expect(throws: (any Error).self) {
        try await database.runScript("UPDATE mail.message SET \(change)")
      }
      #expect("\(String(describing: error))".contains(constraint))
    }
  }
}
