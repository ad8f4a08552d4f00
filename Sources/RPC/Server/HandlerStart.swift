internal import EventLoop

/// The calls of a connection whose handlers start in this turn of the loop.
struct StartingCalls {
  fileprivate var calls: [Call] = []
  fileprivate var startedCount = 0
  /// Tells the task of this moment from one whose handler had to wait.
  fileprivate var taskNumber = 0
}

/// How handlers start: those of calls that came together share a task until one of them has to wait for something,
/// which then keeps the task for itself. Most do not wait, and a task costs as much as all else that a small call needs
/// of us.
extension ServerConnection {
  /// Starts the handlers of the calls that are ready, as far as the caller reads the responses.
  func startHandlers() {
    if ready.isEmpty { return }
    swap(&ready, &starting.calls)
    starting.startedCount = 0
    while let call = nextToStart() {
      let task = call.startHandlers()
      starting.taskNumber &+= 1
      let last = starting.calls[starting.startedCount - 1]
      if last.isRunning { last.waits(in: task) }
    }
    if starting.startedCount < starting.calls.count {
      ready.insert(contentsOf: starting.calls[starting.startedCount...], at: 0)
    }
    starting.calls.removeAll(keepingCapacity: true)
  }

  fileprivate func nextToStart() -> Call? {
    while starting.startedCount < starting.calls.count && unread.letCallsStart(countUnread) {
      let call = starting.calls[starting.startedCount]
      starting.startedCount += 1
      if call.mayStart() { return call }
    }
    return nil
  }
}

extension Call {
  /// Starts its handler in place, and those of the calls after it.
  fileprivate func startHandlers() -> Task<Void, Never> {
    Task.immediate(executorPreference: loop) { [self] in
      let connection = origin!
      let number = connection.starting.taskNumber
      var next: Call? = self
      while let call = next {
        await call.handle()
        // Who had to wait finds the others started. A handler may cancel its task, which others must not feel.
        next = number == connection.starting.taskNumber && !Task.isCancelled ? connection.nextToStart() : nil
      }
    }
  }

  @inline(__always)
  private nonisolated(nonsending) func handle() async {
    let method = handling!
    do {
      try method.gates?.admit(self)
    } catch {
      return handlerEnded(error)
    }
    do {
      try await method.handler(self)
      method.gates?.ended(self, nil)
      handlerEnded(nil)
    } catch {
      method.gates?.ended(self, error)
      handlerEnded(error)
    }
  }
}
