/// Which of a connection's large requests may arrive. A value: the connection does what it says.
///
/// Every call may send as much as ``RPCLimits/requestHeadStartBytes``; the rest of a larger request is let come when
/// there is room for all of it, so that whatever has been let come can be finished. At least one always may: then the
/// others wait for their turn, and none is refused.
struct RequestBudget {
  private let bytesMax: Int
  private var bytes = 0
  /// Calls the rest of whose requests may come, or has come.
  private var promisedCalls = 0

  init(bytesMax: Int) { self.bytesMax = bytesMax }

  /// So much of a request has come that had not been promised room.
  mutating func hold(_ count: Int) { bytes += count }

  /// Whether a request may come that takes `rest` bytes more than are held of it.
  func hasRoom(for rest: Int) -> Bool { promisedCalls == 0 || bytes + rest <= bytesMax }

  /// A request may come that takes `rest` bytes more than are held of it.
  mutating func promise(_ rest: Int) {
    bytes += rest
    promisedCalls += 1
  }

  /// A request of so many bytes is not needed any more.
  mutating func release(_ count: Int, wasPromised: Bool) {
    bytes -= count
    if wasPromised { promisedCalls -= 1 }
  }
}
