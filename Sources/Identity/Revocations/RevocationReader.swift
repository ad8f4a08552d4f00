internal import EventLoop
internal import Logging
internal import Platform
internal import Postgres

/// Reads the revocations of sessions, users, client credentials and signing keys, and applies them on this server.
///
/// It polls several times a second, so nothing depends on a notification or on the event log, which waits for missing
/// numbers. It reads at once when the event log reports something, and for a call that may have revoked rights: the
/// response of the call waits for that read.
final class RevocationReader: Sendable {
  /// The interval between two reads without a wake-up.
  private static let readInterval: Duration = .milliseconds(250)
  /// Failed reads in a row before the log reports the failure again.
  private static let failuresPerReport = 40

  /// Confined to the loop of the reader.
  private final class State {
    let wakeUp: WakeUp
    var isRunning = false
    /// Calls that wait for a read that begins after they came.
    var waiting: [CheckedContinuation<Void, Never>] = []
    var progress = RevocationProgress()
    /// When the last successful read began, by the monotonic clock.
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
  private let task: LoopTask

  /// A reader on `loop`, for access tokens of `lifetime`. It calls `clientCredentialsRead` on the loop.
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
    task = LoopTask(on: loop)
  }

  /// Reads everything, and starts polling. Returns when callers can be authenticated.
  func start() async throws {
    try await Task(executorPreference: loop) { [self] in
      try await read(state.value)
      state.value.isRunning = true
    }.value
    task.start { [self] in await run(state.value) }
  }

  /// Stops reading.
  func stop() async { await task.stop() }

  /// Wakes the reader, because there may be new revocations. From any thread.
  func wake() { loop.onLoop { [state] in state.value.wakeUp.call() } }

  /// Returns when all loops have applied what was committed before the call; or when the database fails, which the next
  /// read makes up for.
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

  /// Reads everything again after the clock was set. Returns when it is applied, or the read failed.
  func startOver() async {
    await Task(executorPreference: loop) { [state] in
      state.value.progress.startOver()
    }.value
    await catchUp()
  }

  /// The time since the last successful read; nil before the first one. Only on the loop of the reader.
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

  /// The position advances only when everything is applied: a failed read is repeated.
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
