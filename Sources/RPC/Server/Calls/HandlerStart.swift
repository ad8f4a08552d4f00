internal import EventLoop

/// The calls of a connection whose handlers start in this turn of the loop.
struct StartingCalls {
  /// The next one is the last, so that taking it moves nothing.
  fileprivate var calls: [Call] = []
  /// The call whose handler has been called and has not ended.
  fileprivate var present: Call?
  /// The number of calls that were ever taken.
  fileprivate var taken = 0
  /// Tells the task of this moment from one whose handler had to wait.
  fileprivate var taskNumber = 0
}

/// Starts handlers. Calls that arrive together share a task until one of them has to wait; then that call keeps the
/// task. Most calls do not wait, and a task costs as much as all other work for a small call.
extension ServerConnection {
  /// Starts the handlers of the calls that are ready, as far as the caller reads the responses and one turn allows.
  func startHandlers() {
    if ready.isEmpty { return }
    swap(&ready, &starting.calls)
    starting.calls.reverse()
    while let call = nextToStart() {
      let task = call.startHandlers()
      starting.taskNumber &+= 1
      starting.present?.waits(in: task)
      starting.present = nil
    }
    if starting.calls.isEmpty { return }
    ready.insert(contentsOf: starting.calls.reversed(), at: 0)
    starting.calls.removeAll(keepingCapacity: true)
  }

  /// Calls that start between two looks at the clock.
  private static let startsPerClockRead = 8

  fileprivate func nextToStart() -> Call? {
    while !starting.calls.isEmpty && unread.mayStartCalls(countUnread) {
      starting.taken &+= 1
      if starting.taken % Self.startsPerClockRead == 0 && loop.isPieceOver {
        loop.atNextTurn(self)
        return nil
      }
      let call = starting.calls.removeLast()
      if call.mayStart() { return call }
    }
    return nil
  }

  /// The connection has gone, and with it those who wait for the calls that have not started.
  func abandonReady() {
    for call in ready { _ = call.mayStart() }
    ready.removeAll()
  }
}

extension Call {
  /// Starts its handler in place, and those of the calls after it.
  fileprivate func startHandlers() -> Task<Void, Never> {
    Task.immediate(executorPreference: loop) { [self] in
      let connection = origin!
      let activity = connection.registry.activity
      let number = connection.starting.taskNumber
      var call = self
      while true {
        connection.starting.present = call
        await call.handle(activity)
        // The task had to wait, and another one has started the handlers meanwhile.
        if number != connection.starting.taskNumber { return }
        connection.starting.present = nil
        // A handler may cancel its task, which others must not feel.
        guard !Task.isCancelled, let next = connection.nextToStart() else { return }
        call = next
      }
    }
  }

  @inline(__always)
  private nonisolated(nonsending) func handle(_ activity: LoopActivity) async {
    let method = (handling ?? request.method)!
    activity.began(method.index)
    do {
      try method.gates.admit(self)
    } catch {
      activity.ended(method.index)
      return handlerEnded(error)
    }
    do {
      try await method.handler(self)
      method.gates.ended(self, nil)
      activity.ended(method.index)
      handlerEnded(nil)
    } catch {
      method.gates.ended(self, error)
      activity.ended(method.index)
      handlerEnded(error)
    }
  }
}
