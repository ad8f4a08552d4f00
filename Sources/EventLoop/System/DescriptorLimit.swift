internal import CLinux

/// How many descriptors, and so how many connections, the process may have open.
public enum DescriptorLimit {
  /// Raises the limit as far as the system lets an ordinary process raise it; shells often begin with 1,024.
  /// - Returns: the limit that holds now, or -1 when it is unknown.
  @discardableResult
  public static func raise() -> Int { linux_raise_descriptor_limit() }

  /// The limit that holds now, or -1 when it is unknown.
  public static var current: Int { linux_descriptor_limit() }
}
