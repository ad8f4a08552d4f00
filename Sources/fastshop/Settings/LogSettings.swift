import Logging

/// What is logged, and how.
struct LogSettings: Equatable, Sendable {
  let level: Logger.Level
  let format: LogFormat

  init(_ options: LogOptions, environment: [String: String]) throws(SettingError) {
    let source = SettingSource(environment: environment)
    level =
      try source.value(
        flag: "--log-level", options.logLevel, variable: "FASTSHOP_LOG_LEVEL",
        wanted: "one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))"
      ) { Logger.Level(rawValue: $0.lowercased()) } ?? .info
    format =
      try source.value(
        flag: "--log-format", options.logFormat, variable: "FASTSHOP_LOG_FORMAT",
        wanted: "one of \(LogFormat.allCases.map(\.rawValue).joined(separator: ", "))"
      ) { LogFormat(rawValue: $0.lowercased()) } ?? .logfmt
  }

  /// Makes this the way in which the whole process logs. To be called once, before the first logger is made.
  func install() {
    LoggingSystem.bootstrap { label in
      LineLogHandler(label: label, format: format, level: level)
    }
  }
}
