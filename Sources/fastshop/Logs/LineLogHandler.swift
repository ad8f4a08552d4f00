import EventLoop
import FoundationEssentials
import Logging

/// Writes each log entry as one line to standard error, in one write, so lines of several threads never mix.
struct LineLogHandler: LogHandler {
  let label: String
  let format: LogFormat
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?

  init(label: String, format: LogFormat, level: Logger.Level) {
    self.label = label
    self.format = format
    logLevel = level
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    StandardStream.error.write(line(event, at: Date()) + "\n")
  }

  func line(_ event: LogEvent, at time: Date) -> String {
    var fields: [(key: String, value: LogValue)] = [
      (key: "time", value: .text(time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))),
      (key: "level", value: .text(event.level.rawValue)),
      (key: "label", value: .text(label)),
      (key: "msg", value: .text(event.message.description)),
    ]
    let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
    if let error = event.error { fields.append((key: "error", value: .text("\(error)"))) }
    fields += all.sorted { $0.key < $1.key }.map { (key: $0.key, value: LogValue($0.value)) }
    return format.line(fields)
  }
}
