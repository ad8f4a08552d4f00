internal import Glibc

/// The kernel's status of a thread of another process, at one moment.
package struct ThreadStatus: Sendable, Equatable {
  /// The state of the thread.
  package enum State: Sendable, Equatable {
    /// It computes, or would if a processor were free.
    case running
    /// It waits for something, such as a lock.
    case waiting
    /// It waits for a disk, and cannot be killed.
    case waitingForDisk
    /// Somebody has stopped it: SIGSTOP, or a debugger.
    case stopped
    /// It has ended.
    case ended
  }

  /// The state.
  package let state: State
  /// The time that it has computed.
  package let computed: Duration

  /// A thread in `state` that has computed for so long.
  package init(_ state: State, computed: Duration) {
    self.state = state
    self.computed = computed
  }

  /// Asks the kernel; nil when there is no such thread.
  package init?(process: Int32, thread: Int32) {
    let file = open("/proc/\(process)/task/\(thread)/stat", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: Self.lineBytesMax)
    let count = read(file, &bytes, bytes.count)
    guard count > 0 else { return nil }
    self.init(line: String(decoding: bytes[..<count], as: UTF8.self), ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
  }

  private static let lineBytesMax = 1024
  /// Behind the name, which is in brackets and may hold anything: the state, and the ticks outside and inside of the
  /// kernel.
  private static let (stateField, userField, systemField) = (0, 11, 12)

  /// Reads a line of proc(5)'s `stat`.
  init?(line: String, ticksPerSecond: Int) {
    guard ticksPerSecond > 0, let nameEnd = line.lastIndex(of: ")") else { return nil }
    let fields = line[line.index(after: nameEnd)...].split(separator: " ")
    guard fields.count > Self.systemField, let user = Int64(fields[Self.userField]),
      let system = Int64(fields[Self.systemField]), user >= 0, system >= 0
    else { return nil }
    switch fields[Self.stateField] {
    case "R": state = .running
    case "D": state = .waitingForDisk
    case "T", "t": state = .stopped
    case "Z", "X", "x": state = .ended
    default: state = .waiting
    }
    computed = .seconds(Double(user) / Double(ticksPerSecond)) + .seconds(Double(system) / Double(ticksPerSecond))
  }
}
