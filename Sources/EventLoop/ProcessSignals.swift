internal import CLinux
internal import Glibc

/// A wish that somebody outside sent to the process.
public enum ProcessSignal: Sendable {
  /// SIGTERM, or SIGINT from the keyboard: stop in good order.
  case stop
  /// SIGHUP: read again what may have changed.
  case reload
}

/// The signals of the process.
public enum ProcessSignals {
  /// From now on SIGTERM, SIGINT and SIGHUP end nothing by themselves but appear here; SIGPIPE has no effect.
  /// Programs started by this process are not affected. To be called once.
  public static func watch() -> AsyncStream<ProcessSignal> {
    let watched = [SIGTERM, SIGINT, SIGHUP]
    let (stream, continuation) = AsyncStream.makeStream(of: ProcessSignal.self)
    guard linux_watch_signals(watched, Int32(watched.count)) == 0 else {
      continuation.finish()
      return stream
    }
    _ = startThread(named: "signals") {
      while true {
        let number = linux_next_signal()
        if number < 0 { break }
        continuation.yield(number == SIGHUP ? .reload : .stop)
      }
      continuation.finish()
    }
    return stream
  }
}
