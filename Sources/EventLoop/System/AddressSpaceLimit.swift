internal import CLinux

/// How many bytes of addresses the process may have (`ulimit -v`): not how much memory it uses.
public enum AddressSpaceLimit {
  private static let ofProcess = 512 << 20
  private static let ofLoop = 128 << 20

  /// Bytes; nil for any number.
  public static var bytes: Int? {
    let limit = linux_address_space_limit()
    return limit < 0 ? nil : limit
  }

  /// What a server of so many loops asks the system for, most of which it never uses: threads have stacks of their own,
  /// and heaps. With less, a thread or a piece of memory is refused to it, and it dies.
  public static func bytesMin(loops: Int) -> Int { ofProcess + loops * ofLoop }
}
