internal import Synchronization

/// The memory of unread responses, by peer address and in total. Usable from any thread.
struct ResponseMemory: Sendable {
  private let usage: PeerUsage
  private let total: HeldBytes
  /// The bytes that an address may always leave unread: its own callers read most responses at once.
  static let addressBytesMin = 1024 * 1024

  /// The memory of those who come from the address of `usage`.
  init(of usage: PeerUsage, in total: HeldBytes) {
    self.usage = usage
    self.total = total
  }

  /// Counts `bytes` more, or fewer.
  func change(by bytes: Int) {
    total.bytes.add(bytes, ordering: .relaxed)
    usage.responseBytes.add(bytes, ordering: .relaxed)
  }

  /// Whether `bytes` more may wait to be read.
  func hasRoom(for bytes: Int) -> Bool {
    let ofAll = total.bytes.load(ordering: .relaxed) + bytes
    if !usage.isOneCaller { return total.bounds.allow(address: 0, all: ofAll) }
    let ofAddress = usage.responseBytes.load(ordering: .relaxed) + bytes
    return ofAddress <= Self.addressBytesMin || total.bounds.allow(address: ofAddress, all: ofAll)
  }
}
