internal import EventLoop
internal import Logging
internal import Platform
internal import Postgres

/// Takes due e-mails from the queue, delivers them, and stores the results. Confined to its loop.
///
/// It reads the queue when this process enqueued an e-mail, when another one sent NOTIFY, and regularly in any case.
final class MailWorker {
  /// The polling interval.
  private static let pollInterval: Duration = .seconds(2)
  /// The pause after a failure of the database.
  private static let failurePause: Duration = .seconds(1)
  /// The time of a lease beyond the longest delivery, to store the result.
  private static let leaseReserve: Duration = .seconds(60)

  private let loop: EventLoop
  private let sender: MailAddress
  private let delivery: any MailDelivery
  private let backoff: MailBackoff
  private let wakeUp: MailWakeUp
  private let log = Logger(label: "fastshop.mail")
  private var underWay = 0
  private(set) var counts = MailCounts()
  /// Set to stop: deliveries in progress finish, and no e-mail is taken.
  var isStopping = false

  init(
    loop: EventLoop, sender: MailAddress, delivery: any MailDelivery, backoff: MailBackoff, wakeUp: MailWakeUp
  ) {
    self.loop = loop
    self.sender = sender
    self.delivery = delivery
    self.backoff = backoff
    self.wakeUp = wakeUp
  }

  private var lease: Duration { .seconds(delivery.deliverySecondsMax) + Self.leaseReserve }

  /// Runs until it is stopped and all taken e-mails are settled. Cancelling interrupts deliveries.
  func run() async {
    await withDiscardingTaskGroup { tasks in
      while !isStopping && !Task.isCancelled {
        var pause = Self.pollInterval
        do {
          let free = delivery.concurrency - underWay
          if free > 0 {
            for mail in try await look(free) {
              underWay += 1
              tasks.addTask(executorPreference: loop) { [worker = LoopBound(self, on: loop)] in
                await worker.value.handle(mail)
              }
            }
          }
        } catch {
          counts.failures += 1
          log.warning("the mail queue cannot be read", metadata: ["reason": "\(error)"])
          pause = Self.failurePause
        }
        await wakeUp.wait(atMost: pause)
      }
    }
  }

  private func look(_ free: Int) async throws(PostgresError) -> [MailQueue.Taken] {
    guard let database = loop.database, let vault = loop.vault else { throw .unavailable }
    let queue = MailQueue(database: database)
    let overdue = try await queue.giveUpOverdue(attemptsMax: backoff.attemptsMax)
    if overdue > 0 {
      counts.dead += overdue
      log.error("mails are undeliverable", metadata: ["count": .stringConvertible(overdue)])
    }
    return try await queue.take(free, lease: lease, vault)
  }

  // MARK: One mail

  private func handle(_ mail: MailQueue.Taken) async {
    let failure = await attempt(mail)
    // An e-mail whose result is not stored is due again when its lease expires, and sent twice: the promise is at least
    // once. The result is stored in a task of its own, which is not cancelled, so interrupted deliveries are stored,
    // too.
    let settling = Task(executorPreference: loop) { [worker = LoopBound(self, on: loop)] in
      try await worker.value.settle(mail, failure)
    }
    do {
      try await settling.value
    } catch {
      counts.failures += 1
      log.warning(
        "the outcome of a mail could not be stored", metadata: ["mail": "\(mail.id)", "reason": "\(error)"])
    }
    underWay -= 1
    wakeUp.call()
  }

  private func attempt(_ mail: MailQueue.Taken) async -> MailDeliveryError? {
    // After a pause of the process, the lease may have expired, and another server may have taken the e-mail.
    let timeLeft = mail.leaseEnds - .steady
    if timeLeft < .seconds(delivery.deliverySecondsMax) { return .interrupted }
    do throws(MailDeliveryError) {
      try await delivery.deliver(try mail.message(from: sender))
      return nil
    } catch {
      return error
    }
  }

  private func settle(_ mail: MailQueue.Taken, _ failure: MailDeliveryError?) async throws(PostgresError) {
    guard let database = loop.database else { throw .unavailable }
    let queue = MailQueue(database: database)
    switch failure {
    case nil:
      counts.sent += 1
      _ = try await queue.sent(mail)
      log.info("sent a mail", metadata: ["mail": "\(mail.id)", "kind": "\(mail.kind)"])
    case .interrupted:
      _ = try await queue.later(mail, pause: .zero, reason: "interrupted by a stop of the server")
    case .later(let reason):
      let pause = backoff.pause(afterAttempt: mail.attempt, chance: .random(in: 0...1))
      guard let pause else { return try await giveUp(mail, reason, queue) }
      counts.postponed += 1
      _ = try await queue.later(mail, pause: pause, reason: reason)
      log.warning(
        "a mail will be retried",
        metadata: [
          "mail": "\(mail.id)", "attempt": .stringConvertible(mail.attempt), "pause": "\(pause)", "reason": "\(reason)",
        ])
    case .never(let reason):
      try await giveUp(mail, reason, queue)
    }
  }

  private func giveUp(_ mail: MailQueue.Taken, _ reason: String, _ queue: MailQueue) async throws(PostgresError) {
    counts.dead += 1
    _ = try await queue.dead(mail, reason: reason)
    log.error(
      "a mail is undeliverable",
      metadata: [
        "mail": "\(mail.id)", "kind": "\(mail.kind)", "attempt": .stringConvertible(mail.attempt),
        "reason": "\(reason)",
      ])
  }
}

/// The counters of a worker since its start.
struct MailCounts: Equatable, Sendable {
  var sent = 0
  var postponed = 0
  var dead = 0
  /// The number of database failures.
  var failures = 0
}
