/// The bytes of responses on a connection that its caller has not read. They are summed up only when there may be too
/// many, so a call pays for one addition. Large sums count for the address and the server as well.
struct UnreadResponses {
  private let bytesMax: Int
  private let memory: ResponseMemory
  /// No fewer than there are: what has been read since they were counted is not taken off.
  private var bytes = 0
  /// The number of these bytes that ``memory`` has counted.
  private var bytesCountedIn = 0

  init(bytesMax: Int, memory: ResponseMemory) {
    self.bytesMax = bytesMax
    self.memory = memory
  }

  /// The factor of the bound for calls that have begun, while no new calls may start.
  private static let excessFactor = 2
  /// Bytes of a connection that ``memory`` need not know of.
  private static let uncountedBytes = 64 * 1024

  /// Whether another call may start. `count` counts what waits now.
  mutating func mayStartCalls(_ count: () -> Int) -> Bool {
    if bytes > bytesMax { bytes = count() }
    return bytes <= bytesMax
  }

  /// Whether a response of `length` bytes may be added, which it then is.
  mutating func take(_ length: Int, _ count: () -> Int) -> Bool {
    if bytes > bytesMax * Self.excessFactor { bytes = count() }
    if bytes > bytesMax * Self.excessFactor { return false }
    if bytes + length - bytesCountedIn > Self.uncountedBytes { return takeLarge(length, count()) }
    bytes += length
    return true
  }

  /// `waiting` bytes wait now.
  private mutating func takeLarge(_ length: Int, _ waiting: Int) -> Bool {
    countIn(waiting)
    if waiting + length <= Self.uncountedBytes {
      bytes += length
      return true
    }
    guard memory.hasRoom(for: length) else { return false }
    countIn(waiting + length)
    return true
  }

  /// Whether ``memory`` knows of any.
  var isCountedIn: Bool { bytesCountedIn > 0 }

  /// Tells ``memory`` that `waiting` bytes wait now; few are not worth its while.
  mutating func countIn(_ waiting: Int) {
    bytes = waiting
    let known = waiting > Self.uncountedBytes ? waiting : 0
    if known == bytesCountedIn { return }
    memory.change(by: known - bytesCountedIn)
    bytesCountedIn = known
  }
}
