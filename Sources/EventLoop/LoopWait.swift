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
    let waiting = Waiting(object: self)
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        if isOver { return continuation.resume() }
        precondition(waiter.continuation == nil, "two tasks wait for one answer")
        waiter.continuation = continuation
        begin()
      }
    } onCancel: {
      let object = LoopBound(waiting.object, on: loop)
      loop.onLoop { object.value.cancel() }
    }
  }
}

/// What a task waits for, whose caller holds it until the end of the wait. It is not counted and of no generic type: to
/// look up a type, or to return to the executor for the end of a reference, would cost each wait some hundred
/// instructions.
private struct Waiting: @unchecked Sendable {
  unowned(unsafe) let object: any LoopWait
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
