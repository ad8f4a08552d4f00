internal import Synchronization

/// The memory that requests hold, by peer address and in total. Usable from any thread.
///
/// It counts bytes that were received and not handled yet, and the memory of decoded requests, each beyond what every
/// call may have. A small request is never refused because of others.
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

/// The bytes that the requests of all callers hold.
final class HeldBytes: Sendable {
  let bounds: RequestMemoryBounds
  let bytes = Atomic<Int>(0)

  init(_ bounds: RequestMemoryBounds) { self.bounds = bounds }
}

/// The bounds of request memory.
struct RequestMemoryBounds: Sendable, Equatable {
  let addressBytesMax: Int
  let allBytesMax: Int

  /// The divisor of an address's bound once more than half of all memory is used.
  private static let crowdedShare = 8

  /// An address has a quarter of all at most.
  init(addressBytesMax: Int, allBytesMax: Int) {
    self.allBytesMax = allBytesMax
    self.addressBytesMax = min(addressBytesMax, allBytesMax / 4)
  }

  /// Whether an address may hold `address` bytes when all addresses together hold `all`, these included. When more than
  /// half is taken, addresses that hold little are preferred.
  func allow(address: Int, all: Int) -> Bool {
    if all > allBytesMax { return false }
    return address <= (all > allBytesMax / 2 ? addressBytesMax / Self.crowdedShare : addressBytesMax)
  }
}
