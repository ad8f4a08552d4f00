internal import EventLoop
internal import Logging
internal import Platform
internal import Postgres
internal import Synchronization

/// Keeps what this server knows of ended rights up to date: sessions, users, programs, keys of access tokens.
///
/// It looks several times a second, whatever else is known, so nothing hangs on a notification or on the event log,
/// which waits where a number is missing. It looks at once when the log tells of something, and for a call that may
/// have ended rights here: the call's answer waits for that read.
final class RevocationReader: Sendable {
  /// It looks this often when nobody calls it.
  private static let readInterval: Duration = .milliseconds(250)
  /// Looks that fail in a row until the log is told again.
  private static let failuresPerReport = 40

  /// Confined to the reader's loop.
  private final class State {
    let wakeUp: WakeUp
    var isRunning = false
    /// Calls that wait for a look that begins after they came.
    var waiting: [CheckedContinuation<Void, Never>] = []
    var progress = RevocationProgress()
    /// When the last look began that has succeeded, by the monotonic clock.
    var readAtNs: Int64?
    var failures = 0

    init(_ loop: EventLoop) { wakeUp = WakeUp(loop: loop) }

    func takeWaiting() -> [CheckedContinuation<Void, Never>] {
      defer { waiting = [] }
      return waiting
    }
  }

  private let loop: EventLoop
  private let lifetime: Duration
  private let directories: CallerDirectories
  private let signingKeys: SigningKeys
  private let clientCredentialsRead: @Sendable () -> Void
  private let state: LoopBound<State>
  private let running = Mutex<Task<Void, Never>?>(nil)

  /// A reader on `loop`, for access tokens that are good for `lifetime`. It calls `clientCredentialsRead` on the loop.
  init(
    _ directories: CallerDirectories, on loop: EventLoop, lifetime: Duration, _ signingKeys: SigningKeys,
    clientCredentialsRead: @escaping @Sendable () -> Void
  ) {
    self.clientCredentialsRead = clientCredentialsRead
    self.loop = loop
    self.lifetime = lifetime
    self.directories = directories
    self.signingKeys = signingKeys
    state = LoopBound(State(loop), on: loop)
  }

  /// Reads what there is, and goes on reading. Returns once callers can be told apart.
  func start() async throws {
    try await Task(executorPreference: loop) { [self] in
      try await read(state.value)
      state.value.isRunning = true
    }.value
    running.withLock { $0 = Task(executorPreference: loop) { [self] in await run(state.value) } }
  }

  /// Ends reading.
  func stop() async {
    let task = running.withLock { $0 }
    task?.cancel()
    wake()
    await task?.value
  }

  /// Says that there may be something new. From any thread.
  func wake() { loop.onLoop { [state] in state.value.wakeUp.call() } }

  /// Returns once everything is applied, on all loops, that was committed before this was called; or once the database
  /// has failed to tell, which the next look makes up for.
  func catchUp() async {
    await Task(executorPreference: loop) { [state] in
      let state = state.value
      guard state.isRunning else { return }
      await withCheckedContinuation { continuation in
        state.waiting.append(continuation)
        state.wakeUp.call()
      }
    }.value
  }

  /// Reads everything anew, because the clock was set; returns once it is applied, or could not be.
  func startOver() async {
    await Task(executorPreference: loop) { [state] in
      state.value.progress.startOver()
    }.value
    await catchUp()
  }

  /// How long ago it looked last with success; nil before the first read. Only on the reader's loop.
  var age: Duration? { state.value.readAtNs.map { .nanoseconds(EventLoop.preciseNow &- $0) } }

  // MARK: Reading

  private func run(_ state: State) async {
    while !Task.isCancelled {
      await state.wakeUp.wait(atMost: Self.readInterval)
      let waiting = state.takeWaiting()
      do {
        try await read(state)
        state.failures = 0
      } catch {
        report(error, state)
      }
      for each in waiting { each.resume() }
    }
    state.isRunning = false
    for each in state.takeWaiting() { each.resume() }
  }

  private func report(_ error: any Error, _ state: State) {
    if !Task.isCancelled, state.failures % Self.failuresPerReport == 0 {
      Logger(label: "fastshop.identity").warning(
        "the revocations could not be read", metadata: ["reason": "\(error)"])
    }
    state.failures &+= 1
  }

  /// The position moves on when everything is applied: what fails is done again.
  private func read(_ state: State) async throws {
    guard let database = loop.database else { throw PostgresError.unavailable }
    let begunNs = EventLoop.preciseNow
    let thisRead = state.progress.begin(at: .now)
    directories.readTimes.began()
    defer { directories.readTimes.ended() }
    var known = thisRead.known
    var page = try await RevocationPage.read(since: known, lifetime: lifetime, database)
    if let before = known, !page.position.isReached(from: before) {
      known = nil
      page = try await RevocationPage.read(since: nil, lifetime: lifetime, database)
    }
    let position = page.position
    var kinds: Set<RevocationKind> = []
    while true {
      kinds.formUnion(page.revocations.map(\.kind))
      if !page.revocations.isEmpty { await directories.apply(page.revocations, at: thisRead.begunAt) }
      guard let next = page.next else { break }
      page = try await RevocationPage.read(since: known, after: next, lifetime: lifetime, database)
    }
    let isDue = known == nil || thisRead.isRefreshDue
    if isDue || kinds.contains(where: \.concernsClientCredentials) { try await learnClientCredentials(database) }
    if isDue || kinds.contains(where: \.concernsKeys) { try await learnKeys(database) }
    state.progress.end(thisRead, upTo: position, hasRefreshed: isDue)
    state.readAtNs = begunNs
  }

  private func learnClientCredentials(_ database: Database) async throws {
    let all = try await ClientCredential.all(database, at: .now)
    await directories.tell { $0.clientCredentials.replace(all) }
    clientCredentialsRead()
  }

  private func learnKeys(_ database: Database) async throws {
    let keys = try await signingKeys.keepUp(database, at: .now)
    await directories.tell { $0.learn(keys) }
  }
}
