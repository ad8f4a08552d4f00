/// Connect's `connect-timeout-ms`: at most ten digits.
enum ConnectTimeout {
  private static let digitsMax = 10
  private static let nanosecondsPerMillisecond: Int64 = 1_000_000

  /// Nanoseconds; nil when the text is no timeout.
  static func parse(_ text: String) -> Int64? {
    guard (1...digitsMax).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let milliseconds = Int64(text)
    else { return nil }
    return milliseconds * nanosecondsPerMillisecond
  }
}
