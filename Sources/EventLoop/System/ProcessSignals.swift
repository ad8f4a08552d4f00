internal import CLinux
internal import Glibc
internal import Synchronization

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
  /// Signals that were taken, and not handled so far, by number.
  private static let unhandled = Mutex<[Int32]>([])
  /// The thread that takes signals has done what it was asked.
  private static let isAnswered = Semaphore()

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
        switch number {
        case ..<0: return continuation.finish()
        case linux_signals_hold, linux_signals_release:
          hold(number == linux_signals_hold)
          isAnswered.signal()
          continue
        default: break
        }
        unhandled.withLock { $0.append(number) }
        continuation.yield(signal(number))
      }
    }
    return stream
  }

  private static func signal(_ number: Int32) -> ProcessSignal {
    switch number {
    case SIGHUP: .reload
    case SIGUSR2: .upgrade
    default: .stop
    }
  }

  /// A signal of the stream of ``watch()`` has been handled. For a process that may be replaced: see ``handOver()``.
  package static func handled(_ handled: ProcessSignal) {
    unhandled.withLock { unhandled in
      if let first = unhandled.firstIndex(where: { signal($0) == handled }) { unhandled.remove(at: first) }
    }
  }

  /// Leaves the signals to the program that replaces this one: those that were taken and not handled, and those that
  /// come from now on. The thread that replaces the program, and all others, must hold them since the process began.
  package static func handOver() {
    linux_ask_signal_reader(linux_signals_hold)
    isAnswered.wait()
    for number in unhandled.withLock({ $0 }) { kill(getpid(), number) }
  }

  /// The program was not replaced.
  package static func takeBack() {
    // Those that were given back are in the stream, too.
    linux_forget_pending_signals(watched, Int32(watched.count))
    linux_ask_signal_reader(linux_signals_release)
    isAnswered.wait()
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
