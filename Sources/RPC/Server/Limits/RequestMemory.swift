internal import Synchronization

/// What requests may hold of a server's memory: those of one peer address, and all of them. From any thread.
///
/// Counted are bytes that were received and not handled yet, and the memory of decoded requests, both beyond what every
/// call may have. Requests that are small are never refused for what others hold.
struct RequestMemory: Sendable {
  private let usage: PeerUsage
  private let total: HeldBytes

  /// The memory of those who come from the address of `usage`.
  init(of usage: PeerUsage, in total: HeldBytes) {
    self.usage = usage
    self.total = total
  }

  /// Holds `bytes` more.
  /// - Returns: false, with nothing held, where that would be too much.
  func hold(_ bytes: Int) -> Bool {
    let ofAll = total.bytes.add(bytes, ordering: .relaxed).newValue
    let ofAddress = usage.requestBytes.add(bytes, ordering: .relaxed).newValue
    if total.bounds.allow(address: usage.isOneCaller ? ofAddress : 0, all: ofAll) { return true }
    release(bytes)
    return false
  }

  /// Lets go of bytes that were held.
  func release(_ bytes: Int) {
    total.bytes.subtract(bytes, ordering: .relaxed)
    usage.requestBytes.subtract(bytes, ordering: .relaxed)
  }
}

/// Bytes that the requests of all callers of a server hold.
final class HeldBytes: Sendable {
  let bounds: RequestMemoryBounds
  let bytes = Atomic<Int>(0)

  init(_ bounds: RequestMemoryBounds) { self.bounds = bounds }
}

/// How much is too much.
struct RequestMemoryBounds: Sendable, Equatable {
  let addressBytesMax: Int
  let allBytesMax: Int

  /// What an address may hold of its bound once more than half of all is held: an eighth.
  private static let crowdedShare = 8

  /// An address has a quarter of all at most.
  init(addressBytesMax: Int, allBytesMax: Int) {
    self.allBytesMax = allBytesMax
    self.addressBytesMax = min(addressBytesMax, allBytesMax / 4)
  }

  /// Whether an address may hold `address` bytes when all addresses together hold `all`, these among them. When more
  /// than half is taken, whoever has little comes before whoever has much.
  func allow(address: Int, all: Int) -> Bool {
    if all > allBytesMax { return false }
    return address <= (all > allBytesMax / 2 ? addressBytesMax / Self.crowdedShare : addressBytesMax)
  }
}
