import ArgumentParser
import EventLoop

/// How a command ends that cannot do its work: one sentence on standard error, and a status that is not 0.
enum Complaint {
  /// Runs `body`; an error becomes the end of the command.
  static func about<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch { throw exit(error) }
  }

  /// Says what `error` says; to be thrown.
  static func exit(_ error: any Error) -> ExitCode {
    StandardStream.error.write("fastshop: \(error)\n")
    return .failure
  }
}
