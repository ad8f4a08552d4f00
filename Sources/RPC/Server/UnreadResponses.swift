/// Whether the responses that wait for a connection's caller may become more. They are counted anew after every few
/// megabytes only, so that a call pays for an addition.
struct UnreadResponses {
  private static let countedEveryBytes = 4 * 1024 * 1024

  private var addedBytes = 0
  private var isFull = false

  /// - Parameters:
  ///   - length: bytes of the response to be added.
  ///   - max: bytes that may wait; the last response may go beyond.
  ///   - count: counts those that wait now.
  mutating func takes(_ length: Int, max: Int, count: () -> Int) -> Bool {
    addedBytes &+= length
    if !isFull && addedBytes < Self.countedEveryBytes { return true }
    addedBytes = 0
    isFull = count() > max
    return !isFull
  }
}
