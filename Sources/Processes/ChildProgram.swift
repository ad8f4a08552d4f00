internal import CLinux
internal import Glibc

/// A program could not be started, or could not replace this one.
package struct ProgramError: Error, CustomStringConvertible {
  /// Its path.
  package let path: String
  /// The system's reason.
  package let reason: String
  /// A sentence for the log.
  package var description: String { "\(path): \(reason)" }

  init(_ path: String, errno number: Int32) {
    self.path = path
    reason = String(cString: strerror(number))
  }
}

/// A program that this process has started.
package struct ChildProgram: Sendable {
  /// The end of a child process.
  package enum End: Sendable, Equatable, CustomStringConvertible {
    case exit(Int32)
    case signal(Int32)
    /// It is not, or no longer, a child of this process.
    case unknown

    /// "exit 1" or "SIGKILL".
    package var description: String {
      switch self {
      case .exit(let status): "exit \(status)"
      case .signal(let number): linux_signal_name(number).map { "SIG" + String(cString: $0) } ?? "signal \(number)"
      case .unknown: "unknown"
      }
    }
  }

  /// Its process id.
  package let id: Int32

  /// A program that an earlier program of this process started; nil for an id that names no single process to `kill`.
  package init?(adopting id: Int32) {
    guard id > 1 else { return nil }
    self.id = id
  }

  /// Starts the program at `path` in a process group of its own, so that Ctrl-C in a terminal does not reach it. It
  /// inherits standard output, standard error and the descriptors of `inherited`, by their numbers, and reads nothing.
  /// - Throws: ``ProgramError``.
  package init(
    _ path: String, _ arguments: [String], environment: [String], inheriting inherited: [Int32]
  ) throws(ProgramError) {
    let start = ProgramStart(path, arguments, environment: environment, inheriting: inherited)
    let started = SpawningThread.run { start.start() }
    guard let started else { throw ProgramError(path, errno: EAGAIN) }
    id = try started.get()
  }

  /// Waits for its end. Until ``forget()``, no other process gets its id.
  package func waitForEnd() -> End {
    var status: Int32 = 0
    while true {
      switch linux_wait_for_end(id, &status) {
      case 0: return .exit(status)
      case 1: return .signal(status)
      default: if errno != EINTR { return .unknown }
      }
    }
  }

  /// Lets its id go, after its end: it must not be signalled from then on.
  package func forget() { while linux_forget_child(id) != 0 && errno == EINTR {} }

  /// Has it end with a core dump, where the system makes such.
  package func abort() { _ = Glibc.kill(id, SIGABRT) }

  /// Ends it at once.
  package func kill() { _ = Glibc.kill(id, SIGKILL) }
}
