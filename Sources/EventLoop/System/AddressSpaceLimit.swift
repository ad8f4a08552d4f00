internal import CLinux

/// The limit of the process's address space (`ulimit -v`), which is not the memory that it uses.
public enum AddressSpaceLimit {
  private static let ofProcess = 512 << 20
  private static let ofLoop = 128 << 20

  /// Bytes; nil for any number.
  public static var bytes: Int? {
    let limit = linux_address_space_limit()
    return limit < 0 ? nil : limit
  }

  /// The address space that a server of this many loops reserves, most of which it never uses: threads have their own
  /// stacks and heaps. With less, the system refuses a thread or memory, and the process ends.
  public static func bytesMin(loops: Int) -> Int { ofProcess + loops * ofLoop }
}
