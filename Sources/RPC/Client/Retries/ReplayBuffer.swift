/// The requests of a call, kept within a bound as long as the call may be retried.
struct ReplayBuffer {
  private let bytesMax: Int
  private(set) var messages: [[UInt8]] = []
  private(set) var bytes = 0
  /// Messages were dropped: what is left is not all of the call's requests.
  private(set) var isIncomplete = false

  init(bytesMax: Int) { self.bytesMax = bytesMax }

  /// Whether it holds more than its limit, because no connection could take it yet.
  var isOverfull: Bool { bytes > bytesMax }

  mutating func add(_ message: [UInt8]) {
    if isIncomplete { return }
    messages.append(message)
    bytes += message.count
  }

  /// Forgets everything; from now on nothing is kept.
  mutating func drop() {
    isIncomplete = true
    messages = []
    bytes = 0
  }
}
