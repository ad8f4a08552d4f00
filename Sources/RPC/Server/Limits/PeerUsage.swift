internal import Synchronization

/// The resources that one peer address uses now, over all loops and connections.
///
/// An IPv6 address counts as its network of 64 bits, because one household or machine owns the whole network. A
/// connection finds its entry once, when it is accepted. Calls count in the entry without a lock.
final class PeerUsage: Sendable {
  /// The address, or the network of an IPv6 address; nil for connections that carry the calls of many.
  let key: UInt128?
  /// Connections that are open.
  let connections = Atomic<Int>(0)
  /// Calls that are open, or whose handlers have not ended yet.
  let calls = Atomic<Int>(0)
  /// The calls among them that began beyond ``RPCLimits/callsMax``.
  let reservedCalls = Atomic<Int>(0)
  /// Bytes of requests that are held for these calls.
  let requestBytes = Atomic<Int>(0)
  /// Bytes of responses that it has not read, as far as ``UnreadResponses`` counts them in.
  let responseBytes = Atomic<Int>(0)

  init(key: UInt128?) { self.key = key }

  /// Whether it stands for one caller, so that the limits of an address apply. Unix sockets and proxies stand for many.
  var isOneCaller: Bool { key != nil }

  /// Bits of an IPv6 address that name the host in its network.
  private static let hostBits: UInt128 = 64

  /// The key of an address: IPv4 whole, IPv6 without the part that the host chooses.
  static func key(of address: UInt128) -> UInt128 {
    let isV4 = address >> 32 == 0xffff
    return isV4 ? address : (address >> hostBits) << hostBits
  }
}

/// The usage of all peer addresses that use any resource. It never has more entries than connections and calls.
final class PeerUsages: Sendable {
  private let byKey = Mutex<[UInt128: PeerUsage]>([:])
  private let isShared: @Sendable (UInt128) -> Bool
  /// The usage of all connections that stand for many callers.
  let ofMany = PeerUsage(key: nil)

  /// `isShared` says of which addresses many callers come: of proxies that are trusted.
  init(isShared: @escaping @Sendable (UInt128) -> Bool) { self.isShared = isShared }

  /// Addresses that hold something now.
  var count: Int { byKey.withLock { $0.count } }

  /// Counts a connection from `address`; nil stands for a Unix socket.
  /// - Returns: the usage of the address, including this connection.
  func connected(from address: UInt128?) -> PeerUsage {
    guard let address, !isShared(address) else {
      ofMany.connections.add(1, ordering: .relaxed)
      return ofMany
    }
    let key = PeerUsage.key(of: address)
    return byKey.withLock { entries in
      let usage = entries[key] ?? PeerUsage(key: key)
      usage.connections.add(1, ordering: .relaxed)
      entries[key] = usage
      return usage
    }
  }

  /// A connection that was counted has ended.
  func disconnected(_ usage: PeerUsage) {
    if usage.connections.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 { forgetIfUnused(usage) }
  }

  /// A call of `usage` begins.
  /// - Returns: how many are open with it.
  @inline(__always)
  func callBegan(_ usage: PeerUsage) -> Int { usage.calls.wrappingAdd(1, ordering: .relaxed).newValue }

  /// A call of `usage` has ended, perhaps later than its connection.
  @inline(__always)
  func callEnded(_ usage: PeerUsage) {
    let left = usage.calls.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue
    if left == 0 && usage.connections.load(ordering: .sequentiallyConsistent) == 0 { forgetIfUnused(usage) }
  }

  private func forgetIfUnused(_ usage: PeerUsage) {
    guard let key = usage.key else { return }
    byKey.withLock { entries in
      let isUnused =
        usage.connections.load(ordering: .sequentiallyConsistent) == 0
        && usage.calls.load(ordering: .sequentiallyConsistent) == 0
      if isUnused && entries[key] === usage { entries[key] = nil }
    }
  }
}
