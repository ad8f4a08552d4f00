package import EventLoop

/// Lets one task of a loop wait for a signal or a timeout. Confined to its loop.
package final class WakeUp {
  private var isCalled = false
  private var waiter: CheckedContinuation<Void, Never>?
  private let loop: EventLoop
  private lazy var timer = Timer { [unowned self] in resume() }

  /// For the tasks of `loop`.
  package init(loop: EventLoop) { self.loop = loop }

  /// Ends the present wait, or the next one.
  package func call() {
    isCalled = true
    resume()
  }

  /// Waits for a call since the last wait, `longest` at most.
  package func wait(atMost longest: Duration) async {
    if !isCalled {
      await withCheckedContinuation { continuation in
        waiter = continuation
        loop.schedule(timer, after: longest)
      }
    }
    isCalled = false
  }

  private func resume() {
    guard let waiting = waiter else { return }
    waiter = nil
    timer.cancel()
    waiting.resume()
  }
}
