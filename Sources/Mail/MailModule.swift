package import EventLoop
internal import Logging
internal import Platform
package import Postgres
internal import Synchronization

/// Sends the mails of the queue, as long as the server runs. Every server may; none sends what another one has taken.
package final class MailModule: Sendable {
  /// The queue is counted this often, for whoever watches the metrics.
  private static let countInterval: Duration = .seconds(15)
  private static let forgetInterval: Duration = .seconds(3_600)

  private let group: EventLoopGroup
  private let configuration: DatabaseConfiguration
  private let delivery: any MailDelivery
  private let wakeUp: MailWakeUp
  private let worker: LoopBound<MailWorker>
  private let watch: LoopBound<MailQueueGauge>
  private let running = Mutex<[Task<Void, Never>]>([])

  private var loop: EventLoop { group.loops[0] }

  /// A room for the servers of `group`, each of which must be connected to the database of `configuration`. Mails come
  /// from `sender`.
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
    watch = LoopBound(MailQueueGauge(), on: loop)
  }

  /// Begins to send.
  package func start() {
    for loop in group.loops { loop.onLoop { [wakeUp] in loop.mailWakeUp = wakeUp } }
    running.withLock { tasks in
      if !tasks.isEmpty { return }
      tasks = [
        Task(executorPreference: loop) { [self] in await work() },
        Task(executorPreference: loop) { [self] in await count() },
      ]
    }
  }

  /// Lets deliveries that are under way come to their end within `grace`, and interrupts the rest: they are due again
  /// at once, here or elsewhere.
  package func stop(grace: Duration) async {
    let tasks = running.withLock { $0 }
    guard let work = tasks.first, let counting = tasks.last else { return }
    counting.cancel()
    loop.onLoop { [worker, wakeUp] in
      worker.value.isStopping = true
      wakeUp.call()
    }
    let patience = Task(executorPreference: loop) { [loop] in
      try? await loop.sleep(for: grace)
      if !Task.isCancelled { work.cancel() }
    }
    await work.value
    patience.cancel()
    await delivery.close()
    await counting.value
  }

  // MARK: Metrics

  /// What this server has done, and how full the queue is, over all servers. Only on the group's first loop.
  var progress: (counts: MailCounts, depth: MailQueueDepth) { (worker.value.counts, watch.value.depth) }

  // MARK: Work

  private func work() async {
    let listener = listen()
    defer { listener?.close() }
    await worker.value.run()
  }

  /// Looks whenever a process that sends no mails itself has asked for one.
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
        watch.value.depth = try await queue.depth()
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

/// What was counted last. Confined to its loop.
final class MailQueueGauge {
  var depth = MailQueueDepth()

  init() {}
}
