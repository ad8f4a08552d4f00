internal import EventLoop
internal import Platform

/// Wakes the mail worker of this process, from any loop.
final class MailWakeUp: Sendable {
  private let loop: EventLoop
  private let wakeUp: LoopBound<WakeUp>

  /// Wakes a worker on `loop`.
  init(loop: EventLoop) {
    self.loop = loop
    wakeUp = LoopBound(WakeUp(loop: loop), on: loop)
  }

  /// Wakes the worker. From any thread.
  func call() { loop.execute { [wakeUp] in wakeUp.value.call() } }

  /// Waits for the next call, `longest` at most. Only on the loop of the worker.
  func wait(atMost longest: Duration) async { await wakeUp.value.wait(atMost: longest) }
}

extension EventLoop {
  private static let mailWakeUpKey = LoopLocal<MailWakeUp>()

  /// The mail worker of this process, for transactions on this loop; nil in a process that sends no e-mails. Only on
  /// the loop.
  var mailWakeUp: MailWakeUp? {
    get { self[Self.mailWakeUpKey] }
    set { self[Self.mailWakeUpKey] = newValue }
  }
}
