internal import CLinux

/// The machine's clocks.
public enum MachineClock {
  private static let nanosecondsPerMicrosecond: Int64 = 1_000

  /// Microseconds since the machine started, its sleep included. Nobody sets this clock: it only goes on.
  public static var elapsedMicroseconds: Int64 { linux_boottime_ns() / nanosecondsPerMicrosecond }

  /// Microseconds since 1970, by the clock that an operator or NTP may set to any time, forward or back.
  public static var unixMicroseconds: Int64 { linux_realtime_ns() / nanosecondsPerMicrosecond }
}
