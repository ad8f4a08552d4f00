internal import CLinux
internal import Glibc

/// A request to the process, sent as a signal.
public enum ProcessSignal: Sendable {
  /// SIGTERM, or SIGINT from the keyboard: stop in good order.
  case stop
  /// SIGHUP: read again what may have changed.
  case reload
  /// SIGUSR2: go on with a new version of the program.
  case upgrade
}

/// The process's signals.
public enum ProcessSignals {
  private static let watched = [SIGTERM, SIGINT, SIGHUP, SIGUSR2]

  /// From now on SIGTERM, SIGINT, SIGHUP and SIGUSR2 end nothing by themselves but appear here; SIGPIPE has no effect.
  /// Programs started by this process are not affected. To be called once.
  public static func watch() -> AsyncStream<ProcessSignal> {
    let (stream, continuation) = AsyncStream.makeStream(of: ProcessSignal.self)
    guard linux_watch_signals(watched, Int32(watched.count)) == 0 else {
      continuation.finish()
      return stream
    }
    _ = startThread(named: "signals") {
      hold(false)  // they may be held since the process began
      while true {
        let number = linux_next_signal()
        if number < 0 { break }
        switch number {
        case SIGHUP: continuation.yield(.reload)
        case SIGUSR2: continuation.yield(.upgrade)
        default: continuation.yield(.stop)
        }
      }
      continuation.finish()
    }
    return stream
  }

  /// Ignores these signals and SIGPIPE from now on: another process controls this one.
  package static func drop() {
    let dropped = watched + [SIGPIPE]
    _ = linux_drop_signals(dropped, Int32(dropped.count))
  }

  /// Blocks or unblocks the signals for the calling thread, for the threads that it starts, and for a program that
  /// replaces this one from it.
  package static func hold(_ isHeld: Bool) { _ = linux_hold_signals(watched, Int32(watched.count), isHeld ? 1 : 0) }
}
