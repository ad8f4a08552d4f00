internal import Protobuf

/// Charges a call's request to the server's memory in ``RequestMemory``. A small request costs one comparison.
extension Call {
  /// Bytes of a request that are not counted: a call takes as much itself.
  private static let uncountedBytes = 2 * 1024
  /// Bytes of a decoded request that are not counted: every arena begins with as many.
  private static let uncountedArenaBytes = 4 * 1024
  /// Arriving bytes are counted in steps of this size.
  private static let stepBytes = 16 * 1024

  /// Counts the bytes that a request holds or will hold, as far as they are not counted yet.
  /// - Returns: whether there is memory for them.
  @inline(__always)
  func charge(_ bytes: Int) -> Bool {
    bytes <= Self.uncountedBytes || bytes <= chargedBytes || chargeMore(bytes)
  }

  @inline(never)
  private func chargeMore(_ bytes: Int) -> Bool {
    let wanted = (bytes + Self.stepBytes - 1) / Self.stepBytes * Self.stepBytes
    guard origin.requestMemory.hold(wanted - chargedBytes) else { return false }
    chargedBytes = wanted
    return true
  }

  /// Nothing is held of the request's bytes any more.
  @inline(__always)
  func releaseCharge() {
    if chargedBytes == 0 { return }
    origin.requestMemory.release(chargedBytes)
    chargedBytes = 0
  }

  /// Counts a request that was decoded in `arena`, until that memory is used again or given back.
  @inline(__always)
  func chargeDecoded(in arena: Arena) throws {
    if arena.bytesUsed > Self.uncountedArenaBytes { try chargeLarge(arena) }
  }

  @inline(never)
  private func chargeLarge(_ arena: Arena) throws {
    let memory = origin.requestMemory
    let bytes = arena.bytesReserved
    guard memory.hold(bytes) else { throw Self.noMemory }
    arena.own(ArenaCharge(memory, bytes))
  }

  /// Counts memory that the call's handler holds from now until it ends, such as what its caller chose to watch: as of
  /// requests, an address and all of them together may have so much of it.
  /// - Throws: RESOURCE_EXHAUSTED when that would be too much.
  public func countMemory(_ bytes: Int) throws {
    if bytes <= Self.uncountedBytes { return }
    guard origin.requestMemory.hold(bytes) else { throw Self.noMemory }
    countedBytes += bytes
  }

  /// The handler holds nothing any more.
  @inline(__always)
  func releaseCounted() {
    if countedBytes == 0 { return }
    origin.requestMemory.release(countedBytes)
    countedBytes = 0
  }

  /// The error of a request for which there is no memory.
  static var noMemory: RPCError { RuntimeReason.requestMemoryExhausted.error() }

  /// Gives up what is held of a request that has been read, while its call goes on: its bytes, and the memory of the
  /// message. Views that the handler still has keep the memory that they are in.
  ///
  /// A stream of responses does so by itself when it sends the first one.
  @inline(__always)
  public func releaseRequest() {
    if isHoldingRequest { releaseHeldRequest() }
  }

  private var isHoldingRequest: Bool { callArena != nil || chargedBytes > 0 || heldBytes > 0 }

  @inline(never)
  private func releaseHeldRequest() {
    returnArena()
    // The next ones of a stream of requests wait to be read: they stay counted.
    if !incoming.isEmpty { return }
    incoming.reset(keepBytes: 0)
    if isRunning { releaseRequestMemory() }
  }
}

/// A charge for an arena's memory that lasts as long as the arena.
private final class ArenaCharge {
  private let memory: RequestMemory
  private let bytes: Int

  init(_ memory: RequestMemory, _ bytes: Int) {
    self.memory = memory
    self.bytes = bytes
  }

  deinit { memory.release(bytes) }
}
