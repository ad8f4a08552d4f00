/// Work that paused so that other work gets its turn. It continues in the next turn of the loop, in the same order.
struct ContinuedWork {
  private var tasks: [UnsafeContinuation<Void, Never>] = []
  private var sources: [IOSource] = []
  /// The number of `sources` that have continued.
  private var head = 0

  var isEmpty: Bool { tasks.isEmpty && head == sources.count }
  var sourceCount: Int { sources.count - head }

  mutating func add(_ task: UnsafeContinuation<Void, Never>) { tasks.append(task) }

  mutating func add(_ source: IOSource) {
    if source.isContinued { return }
    source.isContinued = true
    sources.append(source)
  }

  mutating func takeTasks() -> [UnsafeContinuation<Void, Never>] {
    let taken = tasks
    tasks.removeAll(keepingCapacity: true)
    return taken
  }

  mutating func nextSource() -> IOSource? {
    guard head < sources.count else { return nil }
    let source = sources[head]
    head += 1
    source.isContinued = false
    // Nothing is moved for each of them, and the list never holds more than twice what waits.
    if head * 2 >= sources.count {
      sources.removeFirst(head)
      head = 0
    }
    return source
  }
}

/// The receiver of reports about turns that took too long.
struct LongTurnReport {
  let boundNs: Int
  let tell: (Int) -> Void
}
