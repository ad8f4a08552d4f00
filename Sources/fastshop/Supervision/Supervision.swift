import EventLoop
import Logging
import Processes

/// The state machine of a supervisor: its workers, and the actions that follow from events. The caller passes times in,
/// and ``Supervisor`` carries out the actions.
struct Supervision {
  typealias Instant = ContinuousClock.Instant

  /// The purpose of a worker.
  enum Role: Equatable { case worker, successor }
  /// The program file of a worker.
  enum Program: Equatable {
    /// The one that runs here, also when another has taken its place.
    case running
    /// The program that is now at the path of the running one.
    case newest
  }
  /// The purposes of timers.
  enum Pause: Equatable, Sendable {
    case restart
    /// A successor that does not serve by then is given up.
    case successor(Int32)
    /// A former worker that has not ended by then is ended: as long as it lives, there is no other upgrade.
    case former(Int32)
    /// Workers that have not ended by then are ended.
    case stop
    /// Load balancers were notified; the worker stops accepting now.
    case lameDuck
    /// A worker that hangs and has not ended by then is ended.
    case hang(Int32)
  }

  /// An action of the supervisor.
  enum Action: Equatable {
    case start(Program, isPreparing: Bool, Role)
    case tell(Int32, WorkerOrder)
    case kill(Int32)
    /// The same, with a core dump where the system makes such.
    case abort(Int32)
    case announce([String])
    case stopListening
    case wait(Duration, Pause)
    case count(String)
    /// This process replaces itself with the newest program.
    case becomeNewest
    case log(Logger.Level, String, [String: String])
    case end(Int32)
  }

  private struct Worker {
    let id: Int32
    let startedAt: Instant
    var servesSince: Instant?
  }

  /// A successor may have so long until it serves: it may have to migrate.
  static let successorMax: Duration = .seconds(600)
  /// The time that workers have to end, in addition to the time of their calls.
  static let stopSlack: Duration = .seconds(30)
  /// Ending with a core dump may take so long.
  static let abortMax: Duration = .seconds(5)

  private let drain: Duration
  private let lameDuck: Duration
  private var worker: Worker?
  private var successor: Worker?
  /// Former workers, which let their calls end.
  private var leaving: Set<Int32> = []
  /// The hanging workers that are being ended.
  private var hanging: Set<Int32> = []
  private var hasServed: Bool
  private var isStopping = false
  /// The program for new workers: the newest, once there was an upgrade that this process could not follow.
  private var program = Program.running
  private var isUpgrading = false
  /// Whether this process may become the newest program when the former worker has ended.
  private var mayFollow = false
  private var backoff = RestartBackoff()
  private var diedAt: Instant?
  private var exitStatus: Int32 = 0

  /// `drain`: how long a stop waits for calls in flight, after it has served on for `lameDuck`.
  init(drain: Duration, lameDuck: Duration = .zero) {
    self.drain = drain
    self.lameDuck = lameDuck
    hasServed = false
  }

  /// Goes on with a worker that serves already.
  init(drain: Duration, lameDuck: Duration = .zero, worker id: Int32, at now: Instant) {
    self.drain = drain
    self.lameDuck = lameDuck
    hasServed = true
    worker = Worker(id: id, startedAt: now, servesSince: now)
  }

  /// The first actions.
  func begin() -> [Action] { worker == nil && !isStopping ? [.start(program, isPreparing: true, .worker)] : [] }

  // MARK: Workers

  mutating func started(_ id: Int32, as role: Role, at now: Instant) -> [Action] {
    let new = Worker(id: id, startedAt: now)
    if role == .worker {
      worker = new
      return []
    }
    successor = new
    return [.wait(Self.successorMax, .successor(id))]
  }

  /// The system could not start it.
  mutating func couldNotStart(_ reason: String, as role: Role) -> [Action] {
    if role == .successor {
      isUpgrading = false
      return [.log(.error, "the upgrade failed; the old version continues", ["reason": reason])]
    }
    let said = Action.log(.error, "a worker could not be started", ["reason": reason])
    return hasServed ? [said] + startAgain(afterServing: nil) : [said, .end(1)]
  }

  /// A worker serves now.
  mutating func serves(_ id: Int32, _ report: WorkerReport, at now: Instant) -> [Action] {
    if id == worker?.id {
      worker?.servesSince = now
      let isFirst = !hasServed
      hasServed = true
      if isFirst { return [.announce(report.places)] }
      let gapMs = diedAt.map { Self.milliseconds($0.duration(to: now)) }
      return [
        .log(.notice, "the next worker serves", ["pid": "\(id)", "after_ms": gapMs.map { "\($0)" } ?? "unknown"])
      ]
    }
    guard id == successor?.id else { return [] }
    successor?.servesSince = now
    var actions: [Action] = [
      .count(SupervisionHistory.upgrade),
      .log(.notice, "the new version serves; the old worker finishes its calls", ["pid": "\(id)"]),
    ]
    if let former = worker {
      leaving.insert(former.id)
      actions += [.tell(former.id, .handOver), .wait(drain + Self.stopSlack, .former(former.id))]
    }
    worker = successor
    successor = nil
    program = .newest
    mayFollow = report.stateVersion == SupervisorState.version
    return actions + followIfDone()
  }

  /// A worker has ended. `activity` describes its loops' last activity.
  mutating func ended(
    _ id: Int32, _ end: ChildProgram.End, activity: [String: String], at now: Instant
  ) -> [Action] {
    let hung = hanging.remove(id) != nil
    if leaving.remove(id) != nil { return formerEnded(id, end, activity) }
    if id == successor?.id { return successorEnded(id, end) }
    guard let ended = worker, id == ended.id else { return [] }
    worker = nil
    if isStopping {
      let isWell = end == .exit(0)
      if !isWell { exitStatus = 1 }
      let said = Action.log(.error, "a worker died while it stopped", describe(ended, end, activity, now))
      return (isWell ? [] : [said]) + endIfDone()
    }
    guard hasServed else {
      if case .exit(let status) = end { return [.end(status == 0 ? 1 : status)] }  // it has said why
      return [.log(.critical, "the first worker died", describe(ended, end, activity, now)), .end(1)]
    }
    diedAt = now
    var reason = end.description
    if case .exit = end { reason = "exit" }
    return died(ended, hung ? SupervisionHistory.hang : reason, end, activity, now)
  }

  private mutating func died(
    _ ended: Worker, _ reason: String, _ end: ChildProgram.End, _ activity: [String: String], _ now: Instant
  ) -> [Action] {
    let again = startAgain(afterServing: ended.servesSince.map { $0.duration(to: now) })
    return [
      .count(reason), .log(.critical, "the worker died; starting the next one", describe(ended, end, activity, now)),
    ] + again
  }

  private func describe(
    _ worker: Worker, _ end: ChildProgram.End, _ activity: [String: String], _ now: Instant
  ) -> [String: String] {
    let seconds = worker.startedAt.duration(to: now).components.seconds
    return activity.merging(["pid": "\(worker.id)", "end": "\(end)", "uptime_s": "\(seconds)"]) { $1 }
  }

  private mutating func startAgain(afterServing served: Duration?) -> [Action] {
    let pause = backoff.pause(afterServing: served)
    if pause == .zero { return [.start(program, isPreparing: false, .worker)] }
    let text = "\(Self.milliseconds(pause))"
    return [
      .log(.warning, "workers die; starting the next one after a pause", ["pause_ms": text]), .wait(pause, .restart),
    ]
  }

  private static func milliseconds(_ duration: Duration) -> Int64 { duration.nanoseconds / 1_000_000 }

  private mutating func successorEnded(_ id: Int32, _ end: ChildProgram.End) -> [Action] {
    successor = nil
    isUpgrading = false
    if isStopping { return endIfDone() }
    return [
      .log(
        .error, "the upgrade failed: the new version ended before it served; the old version continues",
        ["pid": "\(id)", "end": "\(end)"])
    ]
  }

  private mutating func formerEnded(
    _ id: Int32, _ end: ChildProgram.End, _ activity: [String: String]
  ) -> [Action] {
    var actions: [Action] = []
    if end != .exit(0) {
      let facts = activity.merging(["pid": "\(id)", "end": "\(end)"]) { $1 }
      actions.append(.log(.error, "the old worker died while it finished its calls", facts))
    }
    return actions + (isStopping ? endIfDone() : followIfDone())
  }

  /// The upgrade is complete when the former worker has ended; then this process follows.
  private mutating func followIfDone() -> [Action] {
    guard isUpgrading, successor == nil, leaving.isEmpty, !isStopping else { return [] }
    isUpgrading = false
    if mayFollow { return [.becomeNewest] }
    return [.log(.warning, "the new version cannot take over the supervisor; the old supervisor continues", [:])]
  }

  // MARK: Workers that hang

  /// The watch has found something about a worker; `activity` describes its loops' current activity.
  mutating func found(_ finding: HangWatch.Finding, of id: Int32, activity: [String: String]) -> [Action] {
    switch finding {
    case .isStopped:
      let text = "the worker is stopped by SIGSTOP or a debugger: it does not serve until it is continued"
      return [.log(.warning, text, ["pid": "\(id)"])]
    case .goesOn: return [.log(.notice, "the worker continues", ["pid": "\(id)"])]
    case .hangs(let loop, let state):
      guard hanging.insert(id).inserted else { return [] }
      let facts = activity.merging(["pid": "\(id)", "loop": "\(loop)", "thread": "\(state)"]) { $1 }
      return [
        .log(.critical, "a loop of the worker makes no progress; ending the worker", facts), .abort(id),
        .wait(Self.abortMax, .hang(id)),
      ]
    }
  }

  // MARK: Orders

  mutating func stop() -> [Action] {
    let all = [worker?.id, successor?.id].compactMap { $0 } + leaving.sorted()
    if isStopping { return [.stopListening] + all.map { .tell($0, .hurry) } }
    isStopping = true
    let refusal: Action = lameDuck > .zero ? .wait(lameDuck, .lameDuck) : .stopListening
    var actions: [Action] = [.log(.notice, "stopping", [:]), refusal]
    if let worker { actions.append(.tell(worker.id, .stop)) }
    if let successor { actions.append(.kill(successor.id)) }  // it has begun nothing that is not taken back
    return actions + [.wait(lameDuck + drain + Self.stopSlack, .stop)] + endIfDone()
  }

  func reload() -> [Action] { [worker, successor].compactMap { $0 }.map { .tell($0.id, .reload) } }

  mutating func upgrade() -> [Action] {
    if isStopping { return [.log(.warning, "no upgrade: the server is stopping", [:])] }
    if isUpgrading { return [.log(.warning, "no upgrade: another one is in progress", [:])] }
    if !hasServed { return [.log(.warning, "no upgrade: the server does not serve yet", [:])] }
    isUpgrading = true
    return [
      .log(.notice, "upgrading: starting the new version", [:]), .start(.newest, isPreparing: true, .successor),
    ]
  }

  /// A pause is over.
  func waited(_ pause: Pause) -> [Action] {
    switch pause {
    case .restart: worker == nil && !isStopping ? [.start(program, isPreparing: false, .worker)] : []
    case .successor(let id): successor?.id == id ? [.kill(id)] : []
    case .former(let id): leaving.contains(id) ? [.kill(id)] : []
    case .lameDuck: [.stopListening]
    case .hang(let id): hanging.contains(id) ? [.kill(id)] : []
    case .stop: ([worker?.id, successor?.id].compactMap { $0 } + leaving.sorted()).map { .kill($0) }
    }
  }

  private func endIfDone() -> [Action] {
    worker == nil && successor == nil && leaving.isEmpty ? [.end(exitStatus)] : []
  }
}
