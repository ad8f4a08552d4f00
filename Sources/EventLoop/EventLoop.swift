internal import CLinux
internal import Glibc
internal import Synchronization

/// One thread with one epoll instance, and the executor of every task that is started on it.
///
/// Only its thread touches what a loop owns (connections, timers, the tasks of its calls). So a request takes no lock
/// and changes no thread. Work from other threads arrives through the loop's mailbox.
///
/// A task is started on a loop with `Task(executorPreference: loop)`. Its child tasks, `async let` and task groups stay
/// on the loop. An unstructured `Task {}` inside it leaves the loop.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
  /// Jobs are run at most this many rounds before the sockets are polled again, so that a job queue that never
  /// empties cannot starve them.
  private static let jobRoundsPerTurn = 4
  /// Events taken from epoll in one turn.
  private static let eventsPerTurnMax = 256
  /// Each part of a turn (events, jobs, sending) pauses after this time and continues in the next turn, so that other
  /// work gets its turn in between.
  private static let partNsMax: Int64 = 2_000_000
  /// The time after which one source pauses until the next turn. See ``isPieceOver``.
  private static let pieceNsMax: Int64 = 1_000_000
  /// Jobs that run between two looks at the clock.
  private static let jobsPerClockRead = 4

  /// Position of this loop in its group.
  public let index: Int
  let workers: OffLoopWorkers
  private let poll: Poll
  private let mailbox = Mailbox()
  private let stopping = Atomic<Bool>(false)
  private var unownedExecutor: UnownedTaskExecutor!

  // Everything below is touched by the loop's own thread alone.
  private var jobs = JobRing()
  private let timers = TimerWheel()
  private var turnNow: Int64 = linux_monotonic_ns()
  /// The number of events that the kernel reported; those from `eventsTold` on are still to be delivered.
  private var eventCount = 0
  private var eventsTold = 0
  private var flushHead: IOSource?
  private var flushTail: IOSource?
  /// The start of the current event, or of the current part of the turn.
  private var pieceStart: Int64 = linux_monotonic_ns()
  private var continuing = ContinuedWork()
  private var turns = TurnNote()
  private var longTurns: LongTurnReport?
  private var removed: [IOSource] = []
  private var counted = LoopStatistics()
  var locals: [AnyObject?] = []

  init(index: Int, workers: OffLoopWorkers) {
    self.index = index
    self.workers = workers
    poll = Poll(eventsMax: Self.eventsPerTurnMax)
    unownedExecutor = asUnownedTaskExecutor()
  }

  deinit { poll.close() }

  /// The loop that runs on the calling thread, if there is one.
  public static var current: EventLoop? {
    linux_current_loop().map { Unmanaged<EventLoop>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Whether the calling thread is this loop's.
  public var isCurrent: Bool { linux_current_loop() == Unmanaged.passUnretained(self).toOpaque() }

  /// Monotonic time in nanoseconds, read once per turn. Only on the loop.
  public var now: Int64 { turnNow }

  /// Monotonic time in nanoseconds, read now: what ``now`` will be at least in the next turn.
  public var preciseNow: Int64 { linux_monotonic_ns() }

  /// The counters of the loop. Only on the loop.
  public var statistics: LoopStatistics {
    var statistics = counted
    statistics.timersWaiting = timers.count
    statistics.jobsWaiting = jobs.count
    return statistics
  }

  /// Whether the current work has used its time, so that other work should go first: connections then call
  /// ``atNextTurn(_:)``, handlers ``yield()``. Reads the clock. Only on the loop.
  public var isPieceOver: Bool { linux_monotonic_ns() &- pieceStart > Self.pieceNsMax }

  /// The longest turn since the last call of this, in nanoseconds. Only on the loop.
  public func takeLongestTurn() -> Int { counted.takeLongest() }

  /// Notes its turns in `memory` from now on, at least one a second. To be called once.
  package func noteTurns(in memory: TurnMemory) {
    execute { [self] in turns.move(to: memory, loop: index) }
  }

  /// Calls `tell` with the nanoseconds of every turn that takes longer than `bound`, when it is over. Only on the loop.
  public func reportTurns(longerThan bound: Duration, _ tell: @escaping (Int) -> Void) {
    longTurns = LongTurnReport(boundNs: Int(bound.nanoseconds), tell: tell)
  }

  // MARK: Work

  /// Takes a job of a Swift task. From any thread.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      jobs.push(job)
    } else if mailbox.post(job) {
      poll.wake()
    }
  }

  /// Runs `work` on the loop, soon, in the order of posting. From any thread.
  public func execute(_ work: @escaping @Sendable () -> Void) {
    if mailbox.post(work) { poll.wake() }
  }

  // MARK: Sockets

  /// Watches `fd` for `source`, which the loop keeps alive until it is removed. Only on the loop.
  /// - Returns: false when the kernel refuses (too many descriptors, not a pollable one).
  public func add(_ source: IOSource, fd: Int32, events: IOEvents) -> Bool {
    guard poll.control(EPOLL_CTL_ADD, fd, events, source) else { return false }
    source.watchedDescriptor = fd
    _ = Unmanaged.passRetained(source)
    return true
  }

  /// Changes what `source` is watched for. Only on the loop.
  public func modify(_ source: IOSource, events: IOEvents) {
    guard source.watchedDescriptor >= 0 else { return }
    _ = poll.control(EPOLL_CTL_MOD, source.watchedDescriptor, events, source)
  }

  /// Stops watching `source`; call it before closing the descriptor. The source gets no more events, not even those
  /// that the kernel has already reported. Only on the loop.
  public func remove(_ source: IOSource) {
    guard source.watchedDescriptor >= 0 else { return }
    _ = poll.control(EPOLL_CTL_DEL, source.watchedDescriptor, [], nil)
    source.watchedDescriptor = -1
    removed.append(source)  // this turn's events may still point at it
    Unmanaged.passUnretained(source).release()
  }

  /// Calls `source.turnEnded()` once at the end of this turn: there, what the turn gathered is sent. Only on the loop.
  @inline(__always)
  public func atTurnEnd(_ source: IOSource) {
    if source.flushQueued { return }
    queueFlush(source)
  }

  private func queueFlush(_ source: IOSource) {
    source.flushQueued = true
    if let last = flushTail { last.nextToFlush = source } else { flushHead = source }
    flushTail = source
  }

  /// Calls `source.goOn()` in the next turn, which begins without waiting. Only on the loop.
  public func atNextTurn(_ source: IOSource) { continuing.add(source) }

  /// Lets everything else that is ready go on first: the task resumes in the next turn, after the sockets were polled.
  /// Only on the loop.
  public func yield() async {
    await withUnsafeContinuation { continuing.add($0) }
  }

  // MARK: Time

  /// Starts or restarts `timer`. It fires at the first millisecond tick not before `delay` from now. Only on the loop.
  public func schedule(_ timer: Timer, after delay: Duration) {
    timers.schedule(timer, at: turnNow &+ delay.nanoseconds)
  }

  /// Starts or restarts `timer` for a time on the clock of ``now``, in nanoseconds. Only on the loop.
  public func schedule(_ timer: Timer, at deadline: Int64) {
    timers.schedule(timer, at: deadline)
  }

  // MARK: The turn

  func stop() {
    stopping.store(true, ordering: .releasing)
    poll.wake()
  }

  func run() {
    linux_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
    while true {
      takeMail()
      runJobs()
      timers.advance(to: turnNow)
      flushAll()
      if stopping.load(ordering: .acquiring) && isIdle { break }
      let timeoutMs = waitMs()
      endTurn()
      if !hasEvents {
        eventCount = poll.wait(timeoutMs: timeoutMs)
        eventsTold = 0
      }
      turnNow = linux_monotonic_ns()  // before the events: delays that they schedule count from now
      pieceStart = turnNow
      if !continuing.isEmpty { goOn() }
      tellEvents()
    }
    locals = []  // what lives on the loop may hold it
    longTurns = nil
    continuing = ContinuedWork()
    linux_set_current_loop(nil)
  }

  @inline(__always)
  private func endTurn() {
    let time = Int(linux_monotonic_ns() &- turnNow)
    counted.turnEnded(afterNs: time)
    turns.ended(afterNs: time)
    if let longTurns, time > longTurns.boundNs { longTurns.tell(time) }
  }

  /// Paused work continues before new events, for half of their time.
  private func goOn() {
    for continuation in continuing.takeTasks() { continuation.resume() }
    var left = continuing.sourceCount
    while left > 0, let source = continuing.nextSource() {
      left &-= 1
      source.goOn()
      pieceStart = linux_monotonic_ns()
      if pieceStart &- turnNow > Self.partNsMax / 2 { return }
    }
  }

  private func tellEvents() {
    while hasEvents {
      let event = poll.event(at: eventsTold)
      eventsTold &+= 1
      counted.events &+= 1
      guard let (source, events) = event else { continue }
      // It may have been removed since the kernel reported the event.
      if source.watchedDescriptor >= 0 { source.ready(events) }
      pieceStart = linux_monotonic_ns()
      if pieceStart &- turnNow > Self.partNsMax { return }
    }
  }

  @inline(__always) private var hasEvents: Bool { eventsTold < eventCount }

  private var isIdle: Bool { jobs.isEmpty && mailbox.isEmpty && continuing.isEmpty }

  private func waitMs() -> Int32 {
    if !isIdle || flushHead != nil || hasEvents || stopping.load(ordering: .relaxed) { return 0 }
    return turns.waitMs(atMost: timers.waitMs(now: turnNow))
  }

  private func takeMail() {
    guard let mail = mailbox.take() else { return }
    for job in mail.jobs { jobs.push(job) }
    for work in mail.work { work() }
  }

  private func runJobs() {
    let start = pieceStart
    for _ in 0..<Self.jobRoundsPerTurn {
      var count = jobs.count
      if count == 0 { return }
      while count > 0 {
        jobs.pop().runSynchronously(on: unownedExecutor)
        counted.jobs &+= 1
        count &-= 1
        if counted.jobs % Self.jobsPerClockRead == 0 {
          pieceStart = linux_monotonic_ns()
          if pieceStart &- start > Self.partNsMax { return }
        }
      }
    }
  }

  private func flushAll() {
    if flushHead == nil && removed.isEmpty { return }
    let start = linux_monotonic_ns()
    pieceStart = start
    while let source = flushHead {
      flushHead = source.nextToFlush
      if flushHead == nil { flushTail = nil }
      source.nextToFlush = nil
      source.flushQueued = false
      source.turnEnded()
      if flushHead == nil { break }
      pieceStart = linux_monotonic_ns()
      if pieceStart &- start > Self.partNsMax { break }
    }
    // Undelivered events of the kernel may point at them.
    if !removed.isEmpty && !hasEvents { removed.removeAll(keepingCapacity: true) }
  }
}

extension Duration {
  /// Whole nanoseconds, 146 years at most either way: so that a point in time that far ahead still fits 64 bits.
  public var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min / 2 : .max / 2 }
    let (all, overflows) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
    if overflows { return seconds < 0 ? .min / 2 : .max / 2 }
    return min(max(all, .min / 2), .max / 2)
  }
}
