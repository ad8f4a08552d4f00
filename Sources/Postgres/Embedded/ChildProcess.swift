internal import CLinux
internal import Glibc

/// Starts programs. What they read is nothing; they are in a process group of their own, so that Ctrl-C in a terminal
/// reaches us alone, and ends them in an orderly way.
enum ChildProcess {
  private static let environment: [String] = ["LC_ALL=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin", "TZ=UTC"]

  /// Starts `arguments`, the first of which is the program's path; both of its outputs go to `log`.
  /// - Returns: its process id, or nil when it cannot be started.
  static func start(_ arguments: [String], log: Int32) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, log, 1)
    posix_spawn_file_actions_adddup2(&actions, log, 2)
    linux_spawn_close_from(&actions, 3)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)  // we may block or ignore some; the child must not
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    posix_spawnattr_setflags(&attributes, Int16(flags))
    var argv = (arguments as [String]).map { strdup($0) } + [nil]
    var environment = Self.environment.map { strdup($0) } + [nil]
    defer { for pointer in argv + environment { free(pointer) } }
    var pid = pid_t()
    return posix_spawn(&pid, arguments[0], &actions, &attributes, &argv, &environment) == 0 ? pid : nil
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
