internal import CLinux

/// Standard output and standard error.
public enum StandardStream: Int32, Sendable {
  /// Standard output: the result of a command.
  case output = 1
  /// Standard error: logs and complaints.
  case error = 2

  /// Writes `text` at once, in one piece as far as the system lets it, so that lines of several threads do not mix.
  /// Text that cannot be written is lost.
  public func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { linux_write_all(rawValue, $0.baseAddress, $0.count) }
    }
  }
}
