package import EventLoop
internal import Logging
internal import Platform
package import Postgres

/// Sends the e-mails of the queue while the server runs. Every server may send; none sends an e-mail that another one
/// has taken.
package final class MailModule: Sendable {
  /// The interval between two counts of the queue, for the metrics.
  private static let countInterval: Duration = .seconds(15)
  private static let forgetInterval: Duration = .seconds(3_600)

  private let group: EventLoopGroup
  private let configuration: DatabaseConfiguration
  private let delivery: any MailDelivery
  private let wakeUp: MailWakeUp
  private let worker: LoopBound<MailWorker>
  private let gauge: LoopBound<MailQueueGauge>
  private let sending: LoopTask
  private let counting: LoopTask

  private var loop: EventLoop { group.loops[0] }

  /// A module for the servers of `group`, each of which must be connected to the database of `configuration`. `sender`
  /// is the sender of the e-mails.
  package init(
    group: EventLoopGroup, configuration: DatabaseConfiguration, sender: MailAddress, delivery: any MailDelivery,
    backoff: MailBackoff = MailBackoff()
  ) {
    let loop = group.loops[0]
    self.group = group
    self.configuration = configuration
    self.delivery = delivery
    wakeUp = MailWakeUp(loop: loop)
    worker = LoopBound(
      MailWorker(loop: loop, sender: sender, delivery: delivery, backoff: backoff, wakeUp: wakeUp), on: loop)
    gauge = LoopBound(MailQueueGauge(), on: loop)
    sending = LoopTask(on: loop)
    counting = LoopTask(on: loop)
  }

  /// Starts sending.
  package func start() {
    for loop in group.loops { loop.onLoop { [wakeUp] in loop.mailWakeUp = wakeUp } }
    sending.start { [self] in await work() }
    counting.start { [self] in await count() }
  }

  /// Stops taking e-mails. Deliveries in progress may finish within `grace`; the rest are interrupted and due again at
  /// once, on this server or another one.
  package func stop(grace: Duration) async {
    await counting.stop()
    loop.onLoop { [worker, wakeUp] in
      worker.value.isStopping = true
      wakeUp.call()
    }
    await sending.stop(within: grace)
    await delivery.close()
  }

  // MARK: Metrics

  /// The counts of this server, and the depth of the queue over all servers. Only on the first loop of the group.
  var progress: (counts: MailCounts, depth: MailQueueDepth) { (worker.value.counts, gauge.value.depth) }

  // MARK: Work

  private func work() async {
    let listener = listen()
    defer { listener?.close() }
    await worker.value.run()
  }

  /// Reads the queue when a process that sends no e-mails itself has enqueued one.
  private func listen() -> NotificationListener? {
    do {
      return try NotificationListener(
        loop: loop, configuration: configuration, channel: "fastshop_mail",
        onConnect: { [wakeUp] in wakeUp.call() }, onNotification: { [wakeUp] _ in wakeUp.call() })
    } catch {
      Logger(label: "fastshop.mail").error("mails of other servers are sent late", metadata: ["reason": "\(error)"])
      return nil
    }
  }

  private func count() async {
    let log = Logger(label: "fastshop.mail")
    var sinceForgetting: Duration = Self.forgetInterval
    while !Task.isCancelled {
      do {
        guard let database = loop.database else { throw PostgresError.unavailable }
        let queue = MailQueue(database: database)
        gauge.value.depth = try await queue.depth()
        if sinceForgetting >= Self.forgetInterval {
          try await queue.forget()
          try await MailboxLimit.forget(database)
          sinceForgetting = .zero
        }
      } catch {
        log.debug("the mail queue could not be counted", metadata: ["reason": "\(error)"])
      }
      try? await loop.sleep(for: Self.countInterval)
      sinceForgetting += Self.countInterval
    }
  }
}

/// The last count of the queue. Confined to its loop.
final class MailQueueGauge {
  var depth = MailQueueDepth()

  init() {}
}
