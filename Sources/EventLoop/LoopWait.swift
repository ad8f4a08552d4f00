/// Something that one task waits for, until it is over or the task is cancelled. Confined to its loop.
///
/// The object itself holds the task, so that a wait allocates nothing.
package protocol LoopWait: AnyObject, SendableMetatype {
  /// Whether there is nothing to wait for any more.
  var isOver: Bool { get }
  /// The task that waits, which is resumed at the end.
  var waiter: WaitingTask { get set }
  /// The waiting task was cancelled: what it waits for ends.
  func cancel()
}

extension LoopWait {
  /// Waits until the waiter is resumed; `begin` starts what is waited for. It begins and waits for nothing that
  /// is over, because the task was cancelled before, for instance. One task at a time, and only on the loop.
  package nonisolated(nonsending) func wait(on loop: EventLoop, begin: () -> Void = {}) async {
    let bound = LoopBound<any LoopWait>(self, on: loop)  // for the type of `self`, each wait would look up another
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        if isOver { return continuation.resume() }
        precondition(waiter.continuation == nil, "two tasks wait for one answer")
        waiter.continuation = continuation
        begin()
      }
    } onCancel: {
      loop.onLoop { bound.value.cancel() }
    }
  }
}

/// The task that waits for a ``LoopWait``, if there is one.
package struct WaitingTask {
  @usableFromInline var continuation: UnsafeContinuation<Void, Never>?

  /// None so far.
  package init() {}

  /// Lets it go on.
  @inlinable
  package mutating func resume() {
    guard let continuation else { return }
    self.continuation = nil
    continuation.resume()
  }
}
