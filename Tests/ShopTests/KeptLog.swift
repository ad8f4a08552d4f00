import Logging
import Synchronization

/// Keeps what a server logs.
struct KeptLog: LogHandler {
  final class Lines: Sendable {
    let all = Mutex<[String]>([])

    /// The number of lines so far.
    var count: Int { all.withLock { $0.count } }

    /// A logger that adds to them.
    var logger: Logger { Logger(label: "test") { _ in KeptLog(lines: self) } }
  }

  let lines: Lines
  var logLevel: Logger.Level = .info
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    lines.all.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
  }
}
