import ArgumentParser
import EventLoop
import FoundationEssentials
import Logging

/// Ends a failed command: one sentence on standard error, and an exit status that is not 0.
enum CommandFailure {
  /// Runs `body`; an error becomes the end of the command.
  static func exitOnError<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch { throw exit(error) }
  }

  /// Logs `error` in the format of the process, and returns the exit code to throw.
  static func exit(_ error: any Error) -> ExitCode { exit("\(error)", format: LogSettings.installedFormat) }

  /// Says `sentence`: as it is, or as a line of the log where that is JSON. To be thrown.
  static func exit(_ sentence: String, format: LogFormat, code: ExitCode = .failure) -> ExitCode {
    switch format {
    case .logfmt: StandardStream.error.write("fastshop: \(sentence)\n")
    case .json:
      let handler = LineLogHandler(label: "fastshop", format: .json, level: .critical)
      let event = LogEvent(
        level: .critical, message: "\(sentence)", error: nil, metadata: nil, source: nil, file: #file,
        function: #function, line: #line)
      StandardStream.error.write(handler.line(event, at: Date()) + "\n")
    }
    return code
  }
}
