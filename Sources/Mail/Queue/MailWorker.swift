internal import EventLoop
internal import Logging
internal import Platform
internal import Postgres

/// Empties the queue: takes what is due, delivers it, and writes down what came of it. Confined to its loop.
///
/// It looks when a mail was asked for in this process, when another one says so by NOTIFY, and regularly in any case.
final class MailWorker {
  /// It looks this often when nobody calls it.
  private static let pollInterval: Duration = .seconds(2)
  /// It waits this long after the database failed.
  private static let failurePause: Duration = .seconds(1)
  /// What a lease has beyond the longest delivery, for the database to be told.
  private static let leaseReserve: Duration = .seconds(60)

  private let loop: EventLoop
  private let sender: MailAddress
  private let delivery: any MailDelivery
  private let backoff: MailBackoff
  private let wakeUp: MailWakeUp
  private let log = Logger(label: "fastshop.mail")
  private var underWay = 0
  private(set) var counts = MailCounts()
  /// Set to end: what is under way is finished, nothing else is taken.
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

  /// Works until it is told to stop, and then until what it has taken is settled. Cancelling interrupts deliveries.
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
    let buried = try await queue.giveUpOverdue(attemptsMax: backoff.attemptsMax)
    if buried > 0 {
      counts.dead += buried
      log.error("mails are undeliverable", metadata: ["count": .stringConvertible(buried)])
    }
    return try await queue.take(free, lease: lease, vault)
  }

  // MARK: One mail

  private func handle(_ mail: MailQueue.Taken) async {
    let failure = await attempt(mail)
    // What is not written down is due again when the lease is over, and then sent twice: at least once is the promise.
    // A task of its own, which hears of no cancellation: what was interrupted is to be written down, too.
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
    // A process that was stopped in between may come too late: then somebody else has taken the mail.
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

/// What a worker has done since it was made.
struct MailCounts: Equatable, Sendable {
  var sent = 0
  var postponed = 0
  var dead = 0
  /// Times that the database failed.
  var failures = 0
}
