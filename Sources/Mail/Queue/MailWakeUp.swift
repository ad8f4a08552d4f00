internal import EventLoop
internal import Platform

/// Wakes the process' own mail worker, from whichever loop a mail was asked for.
final class MailWakeUp: Sendable {
  private let loop: EventLoop
  private let wakeUp: LoopBound<WakeUp>

  /// A bell that is heard on `loop`.
  init(loop: EventLoop) {
    self.loop = loop
    wakeUp = LoopBound(WakeUp(loop: loop), on: loop)
  }

  /// Says that there is something to look at. From any thread.
  func call() { loop.execute { [wakeUp] in wakeUp.value.call() } }

  /// Waits for a ring since the last wait, `longest` at most. Only on the bell's loop.
  func wait(atMost longest: Duration) async { await wakeUp.value.wait(atMost: longest) }
}

extension EventLoop {
  private static let mailWakeUpKey = LoopLocal<MailWakeUp>()

  /// The bell that who writes on this loop rings; nil where nobody sends mails. Only on the loop.
  var mailWakeUp: MailWakeUp? {
    get { self[Self.mailWakeUpKey] }
    set { self[Self.mailWakeUpKey] = newValue }
  }
}
