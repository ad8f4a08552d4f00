import Logging
import Synchronization

/// Keeps what is logged.
struct KeptLog: LogHandler {
  final class Lines: Sendable {
    private let all = Mutex<[String]>([])

    /// The lines so far, such as "error: no connection".
    var texts: [String] { all.withLock { $0 } }

    /// A logger that adds to them.
    var logger: Logger { Logger(label: "test") { _ in KeptLog(lines: self) } }

    func add(_ text: String) { all.withLock { $0.append(text) } }
  }

  let lines: Lines
  var logLevel: Logger.Level = .info
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { lines.add("\(event.level): \(event.message)") }
}
