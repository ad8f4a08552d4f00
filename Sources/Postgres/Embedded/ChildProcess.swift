internal import Glibc
internal import Processes

/// Starts the programs of Postgres, each in a process group of its own, and waits for their end.
enum ChildProcess {
  private static let environment: [String] = ["LC_ALL=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin", "TZ=UTC"]

  /// Starts `arguments`, the first of which is the program's path; both of its outputs go to `log`.
  /// - Returns: its process id, or nil when it cannot be started.
  static func start(_ arguments: [String], log: Int32) -> pid_t? {
    let start = ProgramStart(arguments[0], arguments, environment: Self.environment, output: log)
    return try? start.start().get()
  }

  /// Waits for the child's end.
  /// - Returns: its exit status; 128 and more when a signal ended it.
  static func wait(_ pid: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      if errno != EINTR { return 127 }
    }
    let signal = status & 0x7f
    return signal == 0 ? status >> 8 & 0xff : 128 + signal
  }

  /// Runs a program to its end.
  /// - Returns: its exit status and what it said, at most 64 KiB of it.
  static func run(_ arguments: [String]) -> (status: Int32, output: String) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return (127, "no descriptors left") }
    let pid = start(arguments, log: ends[1])
    close(ends[1])
    defer { close(ends[0]) }
    guard let pid else { return (127, "\(arguments[0]) cannot be started") }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(ends[0], &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      if output.count < 64 << 10 { output += buffer[..<count] }
    }
    return (wait(pid), String(decoding: output, as: UTF8.self))
  }
}
