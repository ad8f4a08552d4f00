/// How many bytes of responses wait for a connection's caller to read them. They are counted only when there may be too
/// many, so that a call pays for an addition.
struct UnreadResponses {
  private let bytesMax: Int
  /// No fewer than there are: what has been read since they were counted is not taken off.
  private var bytes = 0

  init(bytesMax: Int) { self.bytesMax = bytesMax }

  /// What calls that are at work may add when no other may start.
  private static let excessFactor = 2

  /// Whether another call may start. `count` counts what waits now.
  mutating func letCallsStart(_ count: () -> Int) -> Bool {
    if bytes > bytesMax { bytes = count() }
    return bytes <= bytesMax
  }

  /// Whether a response of `length` bytes may be added, which it then is.
  mutating func take(_ length: Int, _ count: () -> Int) -> Bool {
    if bytes > bytesMax * Self.excessFactor { bytes = count() }
    if bytes > bytesMax * Self.excessFactor { return false }
    bytes += length
    return true
  }
}
