import FoundationEssentials
import Processes

/// The message of the supervisor to a worker that it starts. Later fields are optional, because the two processes may
/// have different versions during an upgrade.
struct WorkerHandover: Codable, Sendable {
  /// The embedded Postgres, which the supervisor runs.
  struct OwnDatabase: Codable, Sendable {
    /// The URL for connections, without a secret.
    let url: String
    /// The directory of files that belong to the data.
    let directory: String
  }

  /// The supervisor's process: without it, the worker ends.
  let supervisor: Int32
  /// Descriptors of the sockets at each address of the settings, clear text first.
  let sockets: [[Int32]]
  /// The descriptor of the memory in which the worker notes what its loops are at; nil when there is none.
  let activity: Int32?
  /// Whether the worker migrates the schema and fills a demo shop: it is the first worker of its version.
  let isPreparing: Bool
  /// Nil when the settings name a database.
  let database: OwnDatabase?
  let history: SupervisionHistory
  /// The descriptor of the memory in which the worker's loops note their turns; nil when there is none.
  let turns: Int32?
}

/// The counters of the supervisor.
struct SupervisionHistory: Codable, Sendable, Equatable {
  /// Why a worker of a new version was started.
  static let upgrade = "upgrade"
  /// Why one was started in the place of one that hung.
  static let hang = "hang"

  /// Workers that were started in another's place, by why: a signal such as "SIGSEGV", "exit", "upgrade".
  var restarts: [String: Int] = [:]
  /// The start of the server in seconds since 1970; upgrades do not change it.
  var startedAt: Double

  mutating func count(_ reason: String) { restarts[reason] = min(restarts[reason] ?? 0, .max - 1) + 1 }
}

/// An order of the supervisor to a worker.
enum WorkerOrder: String, Sendable {
  /// Let the calls in flight end, then end.
  case stop
  /// The same, but others go on at the same addresses.
  case handOver
  /// End at once what a stop waits for.
  case hurry
  /// Read again what may have changed.
  case reload

  init?(_ message: [UInt8]) { self.init(rawValue: String(decoding: message, as: UTF8.self)) }

  var message: [UInt8] { Array(rawValue.utf8) }
}

/// A worker's report to the supervisor that it serves, and where.
struct WorkerReport: Codable, Sendable, Equatable {
  let places: [String]
  /// The version of ``SupervisorState`` that its program reads.
  let stateVersion: Int
}

/// The encoding of messages between the two.
enum WorkerMessage {
  /// Nil when it cannot be written, or is too long to be sent.
  static func encode(_ value: some Encodable) -> [UInt8]? {
    guard let data = try? JSONEncoder().encode(value), data.count <= ControlSocket.messageBytesMax else { return nil }
    return Array(data)
  }

  static func decode<Value: Decodable>(_ bytes: [UInt8]) -> Value? {
    try? JSONDecoder().decode(Value.self, from: Data(bytes))
  }
}
