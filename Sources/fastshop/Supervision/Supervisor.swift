import ArgumentParser
import EventLoop
import FoundationEssentials
import Logging
import Processes

/// The process that owns the sockets and the embedded Postgres, while another process, the worker, serves. When the
/// worker dies, the next one continues at the same sockets. The supervisor has no event loops and no connections, and
/// receives nothing that callers send.
struct Supervisor {
  private enum Event: Sendable {
    case signal(ProcessSignal)
    case databaseOpened(ShopDatabase)
    case databaseFailed(String)
    case worker(Int32, WorkerProcess.Event)
    case waited(Supervision.Pause)
    case timeToLook
  }

  private let settings: ShopSettings
  private let environment: [String: String]
  private let path = OwnProgram.path()
  private let log = Logger(label: "fastshop.supervisor")
  private let channel = AsyncStream.makeStream(of: Event.self)
  private let sockets: ServingSockets
  private var isListening = true
  private var workers: [Int32: WorkerProcess] = [:]
  private var database: ShopDatabase?
  /// Opens the database; nil when the program before us has done so.
  private var opening: Task<ShopDatabase?, Never>?
  private var history: SupervisionHistory
  private var supervision: Supervision
  /// Nil when hangs are not watched.
  private var hangs: HangWatch?

  /// Takes the addresses of the settings.
  /// - Throws: `ListenError`.
  init(_ settings: ShopSettings, environment: [String: String]) throws {
    self.settings = settings
    self.environment = environment
    sockets = try ServingSockets(settings)
    hangs = Self.hangWatch(settings)
    history = SupervisionHistory(startedAt: Date().timeIntervalSince1970)
    supervision = Supervision(
      drain: .seconds(settings.serve.drainSeconds), lameDuck: .seconds(settings.serve.lameDuckSeconds))
  }

  /// Takes over from the program that was in this process before.
  /// - Throws: `ListenError`, `EmbeddedPostgresError`, ``SupervisorStateError``.
  init(_ settings: ShopSettings, _ state: SupervisorState, environment: [String: String]) throws {
    self.settings = settings
    self.environment = environment
    sockets = try ServingSockets(adopting: state.sockets, files: state.files, settings)
    history = state.history
    hangs = Self.hangWatch(settings)
    database = try state.database.map { try ShopDatabase($0, loops: settings.serve.loops) }
    let worker = WorkerProcess(
      adopting: state.worker, control: state.control, activity: state.activity, turns: state.turns)
    let (drain, lameDuck) = (settings.serve.drainSeconds, settings.serve.lameDuckSeconds)
    if let worker {
      workers[worker.id] = worker
      supervision = Supervision(
        drain: .seconds(drain), lameDuck: .seconds(lameDuck), worker: worker.id, at: .now)
    } else {
      supervision = Supervision(drain: .seconds(drain), lameDuck: .seconds(lameDuck))
    }
  }

  /// Supervises until it is stopped.
  /// - Throws: the exit status, when it is not 0.
  mutating func run() async throws {
    let signals = ProcessSignals.watch()
    let sender = channel.continuation
    Task { for await signal in signals { sender.yield(.signal(signal)) } }
    let looking = hangs.map { _ in look() }
    defer { looking?.cancel() }
    for worker in workers.values { try watch(worker) }
    if !workers.isEmpty { log.notice("the supervisor runs the new version", metadata: ["path": "\(path)"]) }
    var status: Int32?
    if settings.database.url == nil && database == nil {
      openDatabase()
    } else {
      status = carryOut(supervision.begin())
    }
    if status != nil { sender.finish() }
    for await event in channel.stream where status == nil {
      status = handle(event)
      if status != nil { sender.finish() }
    }
    if isListening { sockets.close() }
    // Our own Postgres may still be starting: a process that did not wait for it would leave it behind.
    opening?.cancel()
    if database == nil { database = await opening?.value }
    await database?.stop()
    guard let status, status != 0 else { return log.notice("stopped") }
    throw ExitCode(status)
  }

  /// The embedded Postgres may take a while to start; signals are handled meanwhile.
  private mutating func openDatabase() {
    opening = Task.detached { [settings, log, sender = channel.continuation] in
      do {
        let opened = try ShopDatabase.open(settings.database, loops: settings.serve.loops, log: log)
        sender.yield(.databaseOpened(opened))
        return opened
      } catch {
        sender.yield(.databaseFailed("\(error)"))
        return nil
      }
    }
  }

  private func watch(_ worker: WorkerProcess) throws {
    try worker.watch { [sender = channel.continuation] in sender.yield(.worker(worker.id, $0)) }
  }

  /// - Returns: the exit status when this process is to end.
  private mutating func handle(_ event: Event) -> Int32? {
    if case .signal(let signal) = event { ProcessSignals.handled(signal) }
    switch event {
    case .signal(.stop): return carryOut(supervision.stop())
    case .signal(.reload): return carryOut(supervision.reload())
    case .signal(.upgrade): return carryOut(supervision.upgrade())
    case .databaseOpened(let opened):
      database = opened
      return carryOut(supervision.begin())
    case .databaseFailed(let reason):
      _ = CommandFailure.exit(reason, format: LogSettings.installedFormat)
      return 1
    case .worker(let id, .serves(let report)): return carryOut(supervision.serves(id, report, at: .now))
    case .worker(let id, .ended(let end)):
      let worker = workers.removeValue(forKey: id)
      hangs?.forget(id)
      let activity = end == .exit(0) ? [:] : worker?.describeActivity() ?? [:]
      worker?.close()
      return carryOut(supervision.ended(id, end, activity: activity, at: .now))
    case .waited(let pause): return carryOut(supervision.waited(pause))
    case .timeToLook:
      for worker in workers.values { lookAt(worker).map { _ = carryOut($0) } }
      return nil
    }
  }

  // MARK: Workers that hang

  private static func hangWatch(_ settings: ShopSettings) -> HangWatch? {
    settings.serve.hangSeconds.map { HangWatch(bound: .seconds($0)) }
  }

  private func look() -> Task<Void, Never> {
    Task { [sender = channel.continuation] in
      while !Task.isCancelled {
        try? await Task.sleep(for: HangWatch.interval)
        sender.yield(.timeToLook)
      }
    }
  }

  private mutating func lookAt(_ worker: WorkerProcess) -> [Supervision.Action]? {
    guard let report = worker.turnReport(),
      let finding = hangs?.look(at: worker.id, report, now: .now, thread: worker.thread)
    else { return nil }
    return supervision.found(finding, of: worker.id, activity: worker.describeActivity())
  }

  private mutating func carryOut(_ actions: [Supervision.Action]) -> Int32? {
    for action in actions {
      switch action {
      case .start(let program, let isPreparing, let role):
        if let status = carryOut(start(program, isPreparing, role)) { return status }
      case .tell(let id, let order): workers[id]?.tell(order)
      case .kill(let id): workers[id]?.kill()
      case .abort(let id): workers[id]?.abort()
      case .announce(let places):
        Announcement.listening(places, log)
      case .stopListening:
        if !isListening { continue }
        isListening = false
        sockets.close()
      case .wait(let duration, let pause):
        Task { [sender = channel.continuation] in
          try? await Task.sleep(for: duration)
          sender.yield(.waited(pause))
        }
      case .count(let reason): history.count(reason)
      case .becomeNewest: becomeNewest()
      case .log(let level, let text, let facts):
        log.log(level: level, "\(text)", metadata: facts.mapValues { "\($0)" })
      case .end(let status): return status
      }
    }
    return nil
  }

  private mutating func start(
    _ program: Supervision.Program, _ isPreparing: Bool, _ role: Supervision.Role
  ) -> [Supervision.Action] {
    var told = history
    if role == .successor { told.count(SupervisionHistory.upgrade) }  // for it, it has come to pass
    do {
      let worker = try WorkerProcess(
        program == .running ? OwnProgram.running : path, environment: environment, sockets: sockets,
        isPreparing: isPreparing, database: database?.handover, told)
      do {
        try watch(worker)
      } catch {
        worker.discard()
        throw error
      }
      workers[worker.id] = worker
      return supervision.started(worker.id, as: role, at: .now)
    } catch {
      return supervision.couldNotStart("\(error)", as: role)
    }
  }

  /// Goes on as the program that is found where this one was found. If that fails, this one goes on.
  private func becomeNewest() {
    guard let worker = workers.values.first, workers.count == 1 else {
      let text = "the supervisor is not replaced: there is not exactly one worker"
      return log.error("\(text)", metadata: ["workers": "\(workers.count)"])
    }
    let running = database?.running
    if database?.handover != nil && running == nil {
      return log.error("the supervisor is not replaced: its Postgres is being restarted")
    }
    let reason = SupervisorState(sockets: sockets, worker, running, history).become(path, environment: environment)
    log.error("the supervisor is not replaced", metadata: ["reason": "\(reason)"])
  }
}
