import FoundationEssentials
import Postgres
import Processes
import RPC

/// The state that a supervisor hands over to the program that replaces it in the same process: its descriptors, by
/// number.
struct SupervisorState: Codable, Sendable {
  /// To be raised when an older program could not read it.
  static let version = 1
  /// Names the descriptor of the memory in which the state is.
  static let variable = "_FASTSHOP_SUPERVISOR_STATE"
  private static let memoryName = "fastshop-supervisor"
  private static let bytesMax = 64 << 10

  struct Database: Codable, Sendable {
    let directory: String
    let server: EmbeddedPostgres.Handover
  }

  let version: Int
  let sockets: [[Int32]]
  let files: [[ListeningSocket.FileIdentity?]]
  let worker: Int32
  let control: Int32
  let activity: Int32?
  let turns: Int32?
  let database: Database?
  let history: SupervisionHistory

  /// Reads the state that was handed to this program: `value` is the variable's.
  /// - Throws: ``SupervisorStateError`` when it is none.
  init(_ value: String) throws(SupervisorStateError) {
    guard let descriptor = Int32(value), let memory = MemoryFile(adopting: descriptor) else {
      throw SupervisorStateError()
    }
    defer { memory.close() }
    let text = memory.read(bytesMax: Self.bytesMax).prefix { $0 != 0 }
    guard let state: SupervisorState = WorkerMessage.decode(Array(text)), state.version == Self.version else {
      throw SupervisorStateError()
    }
    self = state
  }

  /// The state that the next program takes over.
  init(
    sockets: ServingSockets, _ worker: WorkerProcess, _ database: Database?, _ history: SupervisionHistory
  ) {
    version = Self.version
    self.sockets = sockets.all.map { $0.map(\.fd) }
    files = sockets.all.map { $0.map(\.file) }
    self.worker = worker.id
    control = worker.control.descriptor
    activity = worker.activity?.descriptor
    turns = worker.turns?.descriptor
    self.database = database
    self.history = history
  }

  /// Becomes the program at `path`. Returns only if that fails, with the reason.
  func become(_ path: String, environment: [String: String]) -> String {
    guard let text = WorkerMessage.encode(self), let memory = MemoryFile(named: Self.memoryName, bytes: Self.bytesMax),
      text.count < Self.bytesMax, memory.write(text)
    else { return "no memory for what it is to be told" }
    defer { memory.close() }
    let variables = environment.merging([Self.variable: "\(memory.descriptor)"]) { $1 }.map { "\($0.key)=\($0.value)" }
    let inherited =
      sockets.joined() + [control, memory.descriptor] + [activity, turns, database?.server.log].compactMap { $0 }
    let error = OwnProgram.replace(
      by: path, CommandLine.arguments, environment: variables, inheriting: Array(inherited))
    return "\(error)"
  }
}

/// The state that was handed over is invalid.
struct SupervisorStateError: Error, CustomStringConvertible {
  var description: String { "\(SupervisorState.variable) is set, but contains no valid state." }
}
