internal import CLinux

/// The process's standard error.
public enum StandardError {
  /// Writes `text`, in one piece as far as the system lets it, so that lines of several threads do not mix.
  /// Text that cannot be written is lost.
  public static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { linux_write_error($0.baseAddress, $0.count) }
    }
  }
}
