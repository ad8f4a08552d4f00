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

  /// Waits for a call since the last wait, `longest` at most; no longer when the task is cancelled.
  package func wait(atMost longest: Duration) async {
    let bound = LoopBound(self, on: loop)
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if isCalled { return continuation.resume() }
        waiter = continuation
        loop.schedule(timer, after: longest)
      }
    } onCancel: { [loop] in
      loop.onLoop { bound.value.call() }
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
