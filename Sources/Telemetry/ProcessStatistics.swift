internal import CLinux
internal import Glibc

/// The system's statistics of this process.
struct ProcessStatistics: Sendable {
  var cpuSeconds = 0.0
  var residentBytes = 0.0
  var virtualBytes = 0.0
  var openDescriptors = 0
  var descriptorsMax = 0
  /// Since 1970.
  var startedAtSeconds = 0.0

  /// Reads files of the system, and counts the entries of a folder: not for a loop's thread.
  static func read() -> ProcessStatistics {
    var now = ProcessStatistics()
    now.cpuSeconds = clock(CLOCK_PROCESS_CPUTIME_ID)
    // Source: proc(5), statm: the whole size and the resident part, in pages.
    let pages = (text("/proc/self/statm") ?? "").split(separator: " ").prefix(2).compactMap { Double($0) }
    let pageBytes = Double(sysconf(Int32(_SC_PAGESIZE)))
    if pages.count == 2 { (now.virtualBytes, now.residentBytes) = (pages[0] * pageBytes, pages[1] * pageBytes) }
    now.openDescriptors = countDescriptors()
    now.descriptorsMax = max(0, linux_descriptor_limit())
    now.startedAtSeconds = startedAt
    return now
  }

  /// Source: proc(5), stat: field 22 is the start since the machine's, in clock ticks. The second field, in brackets,
  /// may hold anything.
  private static let startedAt: Double = {
    guard let stat = text("/proc/self/stat"), let end = stat.lastIndex(of: ")") else { return 0 }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    guard fields.count > 19, let ticks = Double(fields[19]) else { return 0 }
    return clock(CLOCK_REALTIME) - clock(CLOCK_BOOTTIME) + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }()

  private static func clock(_ id: Int32) -> Double {
    var time = timespec()
    clock_gettime(id, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func countDescriptors() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var entries = 0
    while readdir(folder) != nil { entries += 1 }
    return max(0, entries - 3)  // without ".", ".." and the folder's own
  }

  private static func text(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = Glibc.read(file, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }
}
