internal import CLinux
internal import Glibc

/// The memory available to the process: the machine's, or less by its control group or its resource limit.
package enum ProcessMemory {
  /// Bytes; looked at once.
  package static let bytes: Int = {
    var bytes = sysconf(Int32(_SC_PHYS_PAGES)).multipliedReportingOverflow(by: sysconf(Int32(_SC_PAGESIZE)))
      .partialValue
    if bytes <= 0 { bytes = fallbackBytes }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, let own = Int(exactly: limit.rlim_cur) {
      bytes = min(bytes, own)
    }
    for file in groupFiles { if let group = number(in: file) { bytes = min(bytes, group) } }
    return bytes
  }()

  /// Bytes that it has in memory now. Source: proc(5), statm: the second number is the resident part, in pages.
  package static var residentBytes: Int {
    let numbers = (text(of: "/proc/self/statm") ?? "").split(separator: " ")
    guard numbers.count > 1, let pages = Int(numbers[1]) else { return 0 }
    return pages.multipliedReportingOverflow(by: sysconf(Int32(_SC_PAGESIZE))).partialValue
  }

  /// Returns unused memory of malloc to the system. Too slow for a loop's thread.
  package static func returnFree() { linux_return_free_memory() }

  /// A number of eighths of the memory, at most `bytesMax`.
  package static func share(eighths: Int, bytesMax: Int) -> Int { min(bytes / 8 * eighths, bytesMax) }

  /// The size that is assumed when it is unknown.
  private static let fallbackBytes = 1 << 30

  /// The files in which control groups of both versions state the memory limit; in a container, it is the container's.
  private static var groupFiles: [String] {
    var files = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
    if let line = text(of: "/proc/self/cgroup")?.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) {
      files.append("/sys/fs/cgroup\(line.dropFirst("0::".count))/memory.max")
    }
    return files
  }

  private static func number(in file: String) -> Int? {
    text(of: file).flatMap { Int($0.prefix { $0.isASCII && $0.isNumber }) }.flatMap { $0 > 0 ? $0 : nil }
  }

  private static let textBytesMax = 4096

  private static func text(of path: String) -> String? {
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { return nil }
    defer { close(fd) }
    var bytes = [UInt8](repeating: 0, count: textBytesMax)
    let count = read(fd, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
  }
}
