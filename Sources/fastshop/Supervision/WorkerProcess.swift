import EventLoop
import Processes
import RPC

/// A worker's process, for the supervisor.
struct WorkerProcess: Sendable {
  /// An event of a worker.
  enum Event: Sendable {
    case serves(WorkerReport)
    case ended(ChildProgram.End)
  }

  /// Room for what its loops are at: a few KiB for each.
  private static let activityBytes = 1 << 20
  private static let activityName = "fastshop-activity"
  private static let turnsName = "fastshop-turns"
  /// The maximum number of loops that the log describes after its end.
  private static let loopsToldMax = 16
  /// The maximum number of methods that the log names for each loop.
  private static let methodsToldMax = 8

  private let program: ChildProgram
  let control: ControlSocket
  let activity: MemoryFile?
  /// The memory in which its loops note their turns.
  let turns: MemoryFile?

  var id: Int32 { program.id }

  /// Starts the program at `path` as a worker, with this process's own arguments.
  init(
    _ path: String, environment: [String: String], sockets: ServingSockets, isPreparing: Bool,
    database: WorkerHandover.OwnDatabase?, _ history: SupervisionHistory
  ) throws(WorkerProcessError) {
    guard let (ours, theirs) = ControlSocket.makePair() else { throw .noDescriptors }
    defer { theirs.close() }
    let memory = MemoryFile(named: Self.activityName, bytes: Self.activityBytes)
    let turns = MemoryFile(named: Self.turnsName, bytes: Self.turnBytes)
    let shared = [memory, turns].compactMap { $0 }
    let descriptors = sockets.all.map { $0.map(\.fd) }
    let handover = WorkerHandover(
      supervisor: OwnProgram.id, sockets: descriptors, activity: memory?.descriptor, isPreparing: isPreparing,
      database: database, history: history, turns: turns?.descriptor)
    do throws(WorkerProcessError) {
      guard let message = WorkerMessage.encode(handover), ours.send(message) else { throw .noDescriptors }
      do {
        program = try ChildProgram(
          path, ServeWorkerCommand.arguments(control: theirs.descriptor), environment: Self.variables(environment),
          inheriting: [theirs.descriptor] + descriptors.joined() + shared.map(\.descriptor))
      } catch {
        throw .program(error)
      }
    } catch {
      ours.close()
      for memory in shared { memory.close() }
      throw error
    }
    control = ours
    activity = memory
    self.turns = turns
  }

  private static var turnBytes: Int { TurnMemory.byteCount(loops: ServeSettings.loopsMax) }

  /// Adopts one that serves already; nil when it is not there.
  init?(adopting id: Int32, control: Int32, activity: Int32?, turns: Int32?) {
    guard let program = ChildProgram(adopting: id), let control = ControlSocket(adopting: control) else { return nil }
    self.program = program
    self.control = control
    self.activity = activity.flatMap { MemoryFile(adopting: $0) }
    self.turns = turns.flatMap { MemoryFile(adopting: $0) }
  }

  /// Tells what is heard of it, until its end.
  func watch(_ tell: @escaping @Sendable (Event) -> Void) throws(ThreadRefusal) {
    try BlockingWait.start(named: "worker-watch") { [program, control] in
      while let message = control.receive() {
        if let report: WorkerReport = WorkerMessage.decode(message) { tell(.serves(report)) }
      }
      tell(.ended(program.waitForEnd()))
    }
  }

  func tell(_ order: WorkerOrder) { control.send(order.message) }

  func kill() { program.kill() }

  func abort() { program.abort() }

  /// The turns of its loops; nil when it has noted none, or is of a version that does not.
  func turnReport() -> TurnReport? { turns.flatMap { TurnReport($0.read(bytesMax: Self.turnBytes)) } }

  /// The kernel's status of one of its threads.
  func thread(_ thread: Int32) -> ThreadStatus? { ThreadStatus(process: id, thread: thread) }

  /// The current or last activity of its loops, for the log.
  func describeActivity() -> [String: String] {
    guard let bytes = activity?.read(bytesMax: Self.activityBytes), let report = CallActivityReport(bytes) else {
      return [:]
    }
    // Loops that had something to do come first.
    let told = report.loops.sorted { !$0.inFlight.isEmpty && $1.inFlight.isEmpty }.prefix(Self.loopsToldMax)
    return Dictionary(uniqueKeysWithValues: told.map { ("loop_\($0.index)", Self.describe($0)) })
  }

  private static func describe(_ loop: CallActivityReport.Loop) -> String {
    let calls = loop.inFlight.prefix(methodsToldMax).map { "\($0.count) × \($0.method)" }
    let inFlight = calls.isEmpty ? "no call in flight" : "in flight: " + calls.joined(separator: ", ")
    return inFlight + (loop.last.map { "; began last: \($0)" } ?? "")
  }

  /// Ends a worker that cannot be watched, and waits for its end.
  func discard() {
    kill()
    _ = program.waitForEnd()
    close()
  }

  /// To be called when it has ended.
  func close() {
    program.forget()
    control.close()
    activity?.close()
    turns?.close()
  }

  /// A backtrace takes longer than a restart may, so it is made only on request.
  private static func variables(_ environment: [String: String]) -> [String] {
    environment.merging([backtraces: "enable=no"]) { given, _ in given }.map { "\($0.key)=\($0.value)" }
  }

  private static let backtraces = "SWIFT_BACKTRACE"
}

/// A worker could not be started.
enum WorkerProcessError: Error, CustomStringConvertible {
  case noDescriptors
  case program(ProgramError)

  var description: String {
    switch self {
    case .noDescriptors: "no descriptors left"
    case .program(let error): "\(error)"
    }
  }
}
