internal import CLinux

/// The events that a descriptor is watched for, or that happened on it.
public struct IOEvents: OptionSet, Sendable {
  /// The kernel's epoll bits.
  public let rawValue: UInt32
  /// Wraps the kernel's epoll bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// There is something to read, or the other side has ended.
  public static let readable = IOEvents(rawValue: EPOLLIN.rawValue)
  /// There is room to write.
  public static let writable = IOEvents(rawValue: EPOLLOUT.rawValue)
  /// The other side has ended its half; some of its bytes may still be unread.
  public static let ended = IOEvents(rawValue: EPOLLRDHUP.rawValue)
  /// The connection broke or was hung up; always reported.
  public static let broken = IOEvents(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
}

/// An object with a descriptor that an ``EventLoop`` watches. Confined to its loop.
///
/// It is a class and not a protocol: epoll carries a pointer to it, and an event costs one virtual call.
open class IOSource {
  /// The watched descriptor, or -1.
  var watchedDescriptor: Int32 = -1
  var flushQueued = false
  var nextToFlush: IOSource?
  /// Whether it continues in the next turn.
  public internal(set) final var isContinued = false

  /// Watches nothing until it is added to a loop.
  public init() {}

  /// Called on the loop when something happened on the descriptor.
  open func ready(_ events: IOEvents) {}

  /// Called once in the turn after one in which ``EventLoop/atNextTurn(_:)`` named this source.
  open func goOn() {}

  /// Called once at the end of a turn in which ``EventLoop/atTurnEnd(_:)`` named this source.
  open func turnEnded() {}
}
