internal import Synchronization

/// Counts the uploads that are under way on all loops of a server.
final class OpenUploads: Sendable {
  /// Uploads at once: each has a file of up to ``MediaFileKind/bytesMax`` bytes on the disk.
  private static let countMax = 32
  /// The same of one caller, so that one who sends slowly leaves room for others.
  private static let countOfCallerMax = 4

  private struct Counts {
    var all = 0
    var ofCaller: [String: Int] = [:]
  }

  private let counts = Mutex(Counts())

  /// Whether there is room for another one of that caller, which is then under way.
  func begin(by caller: String) -> Bool {
    counts.withLock { counts in
      let own = counts.ofCaller[caller] ?? 0
      guard counts.all < Self.countMax, own < Self.countOfCallerMax else { return false }
      counts.all += 1
      counts.ofCaller[caller] = own + 1
      return true
    }
  }

  /// One of that caller has ended.
  func end(by caller: String) {
    counts.withLock { counts in
      counts.all -= 1
      let own = (counts.ofCaller[caller] ?? 0) - 1
      counts.ofCaller[caller] = own > 0 ? own : nil
    }
  }
}
