import FoundationEssentials
import Logging
import Synchronization

/// The settings of the log.
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
        flag: "--log-format", options.logFormat, variable: Self.formatVariable,
        wanted: "one of \(LogFormat.allCases.map(\.rawValue).joined(separator: ", "))"
      ) { LogFormat(rawValue: $0.lowercased()) } ?? .logfmt
  }

  /// Sets the log format of the process, and warns of unknown variables in `environment`. Call it once, before the
  /// first logger is made.
  func install(warningOf environment: [String: String]) {
    Self.installed.withLock { $0 = format }
    LoggingSystem.bootstrap { label in
      LineLogHandler(label: label, format: format, level: level)
    }
    let log = Logger(label: "fastshop")
    for (name, nearest) in KnownVariables(environment).unknown() {
      // Never its value: it may be a secret under a wrong name.
      let hint = nearest.map { "; did you mean \($0)?" } ?? ""
      log.warning("there is no setting \(name)\(hint)", metadata: ["variable": "\(name)"])
    }
  }

  private static let formatVariable = "FASTSHOP_LOG_FORMAT"
  private static let installed = Mutex<LogFormat?>(nil)

  /// The log format of the process; before ``install(warningOf:)``, the format in the environment.
  static var installedFormat: LogFormat {
    installed.withLock { $0 } ?? (isJSON(ProcessInfo.processInfo.environment) ? .json : .logfmt)
  }

  /// Whether `environment` selects JSON.
  static func isJSON(_ environment: [String: String]) -> Bool {
    environment[formatVariable].flatMap { LogFormat(rawValue: $0.lowercased()) } == .json
  }
}
