/// Decides which of a connection's large requests may arrive. A value: the connection carries out its decisions.
///
/// Every call may send ``RPCLimits/requestHeadStartBytes``. The rest of a larger request is admitted once there is room
/// for all of it, so every admitted request can be completed. One request is always admitted. The others wait in turn,
/// and none is refused.
struct RequestBudget {
  private let bytesMax: Int
  private var bytes = 0
  /// Calls the rest of whose requests may come, or has come.
  private var promisedCalls = 0

  init(bytesMax: Int) { self.bytesMax = bytesMax }

  /// Counts bytes of a request that arrived without a promise of room.
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
