internal import CLinux
internal import Glibc
internal import Synchronization

/// One thread with one epoll instance, and the executor of every task that was started on it.
///
/// What a loop owns (connections, timers, the tasks of its calls) is touched by its thread alone, so nothing on the
/// way of a request takes a lock or changes threads. Work from outside arrives through the loop's mailbox.
///
/// A task is started on a loop with `Task(executorPreference: loop)`. Its child tasks, `async let` and task groups
/// stay on the loop; an unstructured `Task {}` inside it leaves the loop.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
  /// Jobs are run at most this many rounds before the sockets are polled again, so that a job queue that never
  /// empties cannot starve them.
  private static let jobRoundsPerTurn = 4
  /// Events taken from epoll in one turn.
  private static let eventsPerTurnMax = 256

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
  private var flushHead: IOSource?
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

  /// What the loop has done so far. Only on the loop.
  public var statistics: LoopStatistics {
    var statistics = counted
    statistics.timersWaiting = timers.count
    statistics.jobsWaiting = jobs.count
    return statistics
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

  /// Stops watching `source`; to be called before its descriptor is closed. It hears of no event after this, also of
  /// none that the kernel has already reported. Only on the loop.
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
    source.nextToFlush = flushHead
    flushHead = source
  }

  // MARK: Time

  /// Starts `timer`, or starts it anew. It fires at the first millisecond tick not before `delay` from now. Only on
  /// the loop.
  public func schedule(_ timer: Timer, after delay: Duration) {
    timers.schedule(timer, at: turnNow &+ delay.nanoseconds)
  }

  /// Starts `timer`, or starts it anew, for a time on the clock of ``now``, in nanoseconds. Only on the loop.
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
      if stopping.load(ordering: .acquiring) && jobs.isEmpty && mailbox.isEmpty { break }
      let timeoutMs = waitMs()
      counted.turnEnded(afterNs: Int(linux_monotonic_ns() &- turnNow))
      let events = poll.wait(timeoutMs: timeoutMs)
      turnNow = linux_monotonic_ns()  // before the events are told: what they schedule counts from now
      counted.events &+= events
      poll.tell(events, dispatch)
    }
    locals = []  // what lives on the loop may hold it
    linux_set_current_loop(nil)
  }

  @inline(__always)
  private func dispatch(_ source: IOSource, _ events: IOEvents) {
    // Removed earlier in this same batch of events: it wants to hear no more.
    if source.watchedDescriptor >= 0 { source.ready(events) }
  }

  private func waitMs() -> Int32 {
    if !jobs.isEmpty || flushHead != nil || !mailbox.isEmpty || stopping.load(ordering: .relaxed) { return 0 }
    return timers.waitMs(now: turnNow)
  }

  private func takeMail() {
    guard let mail = mailbox.take() else { return }
    for job in mail.jobs { jobs.push(job) }
    for work in mail.work { work() }
  }

  private func runJobs() {
    for _ in 0..<Self.jobRoundsPerTurn {
      var count = jobs.count
      if count == 0 { return }
      counted.jobs &+= count
      while count > 0 {
        jobs.pop().runSynchronously(on: unownedExecutor)
        count &-= 1
      }
    }
  }

  private func flushAll() {
    while let source = flushHead {
      flushHead = source.nextToFlush
      source.nextToFlush = nil
      source.flushQueued = false
      source.turnEnded()
    }
    if !removed.isEmpty { removed.removeAll(keepingCapacity: true) }
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
