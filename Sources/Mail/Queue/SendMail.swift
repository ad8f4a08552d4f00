internal import EventLoop
internal import Logging
package import Platform
internal import Postgres

/// The job that sends an e-mail: the one with the id of the job.
package struct SendMail: JobKind {
  /// Nothing: the e-mail is found by the id of the job, and its content stays sealed there.
  package struct Payload: Codable, Sendable {
    package init() {}
  }

  package static let name = "mail.send"

  /// The time beyond the longest delivery, to store the result.
  private static let reserve: Duration = .seconds(30)
  /// How often the result is stored when the database fails, and the pause in between: within the reserve, although
  /// each may wait 5 seconds for a lock.
  private static let storingsMax = 5
  private static let storingPause: Duration = .seconds(1)

  private let sender: MailAddress
  private let delivery: any MailDelivery
  package let policy: JobPolicy
  private let log = Logger(label: "fastshop.mail")

  init(sender: MailAddress, delivery: any MailDelivery) {
    self.sender = sender
    self.delivery = delivery
    policy = JobPolicy { policy in
      policy.concurrency = delivery.concurrency
      policy.timeLimit = .seconds(delivery.deliverySecondsMax) + Self.reserve
    }
  }

  package func run(_ payload: Payload, _ context: JobContext) async throws {
    guard let vault = context.loop.vault else { throw PostgresError.unavailable }
    let mail = try await QueuedMail.read(context.id, context.database, vault)
    do throws(MailDeliveryError) {
      try await delivery.deliver(try mail.message(from: sender))
    } catch {
      switch error {
      case .interrupted: throw JobFailure.interrupted
      case .later(let reason): throw JobFailure.later(reason)
      case .never(let reason): throw JobFailure.never(reason)
      }
    }
    // In a task of its own, which is not cancelled with the job: a mail whose result is not stored is sent twice.
    try await Task(executorPreference: context.loop) {
      for _ in 1..<Self.storingsMax {
        do { return try await Self.store(context) } catch is PostgresError {}
        try await context.loop.sleep(for: Self.storingPause)
      }
      try await Self.store(context)
    }.value
    log.info("sent a mail", metadata: ["mail": "\(mail.id)", "kind": "\(mail.kind)"])
  }

  /// Marks the e-mail as sent, and deletes its content, which may hold a token.
  private static func store(_ context: JobContext) async throws {
    try await context.work { work in
      try await work.execute(
        """
        UPDATE mail.message
           SET state = 'sent', ended_at = clock_timestamp(), body_text = '', body_html = '', sealed = NULL
         WHERE id = \(context.id)
        """)
      try await context.complete(in: work)
    }
  }
}
