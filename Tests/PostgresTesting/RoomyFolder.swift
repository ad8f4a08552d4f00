import FoundationEssentials
import Glibc

/// The fastest folder for a server's files: a database has hundreds of them, a run makes hundreds of databases, and
/// ext4 becomes slow when so many files have just been deleted.
enum RoomyFolder {
  private static let memory = "/dev/shm"
  private static let disk = "/tmp"
  /// The memory in bytes that must be free: several modules run at once, and each keeps its databases until it ends.
  private static let freeBytesMin: UInt64 = 12 << 30

  /// All that may be chosen.
  static let all = [memory, disk]

  /// The one for this run.
  static let path = min(freeSpace, availableMemory) >= freeBytesMin ? memory : disk

  private static var freeSpace: UInt64 {
    var info = statvfs()
    guard statvfs(memory, &info) == 0 else { return 0 }
    return UInt64(info.f_bavail) * UInt64(info.f_frsize)
  }

  private static var availableMemory: UInt64 {
    guard let lines = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8).split(separator: "\n"),
      let line = lines.first(where: { $0.hasPrefix("MemAvailable:") })
    else { return 0 }
    let kibibytes = line.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0
    return kibibytes << 10
  }
}
