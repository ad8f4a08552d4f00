internal import EventLoop
internal import Protobuf

/// The buffers that the connections of one loop share, because the loop serves one of them at a time.
final class LoopBuffers {
  /// Bytes taken from a socket at once.
  static let receiveBytes = 64 * 1024
  /// Bytes gathered for one write to a socket.
  static let sendBytes = 256 * 1024
  /// Memory that stays for encoding messages.
  static let keptEncodeBytes = 1024 * 1024
  /// Arenas kept for the next calls, and the bytes of memory that these may have together.
  private static let idleArenasMax = 1024
  private static let idleArenaBytesMax = 8 * 1024 * 1024

  let memory = SessionMemory()
  let received: UnsafeMutableRawBufferPointer
  let plaintext: UnsafeMutableRawBufferPointer
  var outgoing = ByteBuffer()
  var encode = EncodeBuffer(capacity: 4096)
  let codecs = Codecs()
  /// Calls that have ended, with their buffers, for the next callers.
  private var idleCalls: [Call] = []
  static let idleCallsMax = 1024
  /// Bytes of memory that the buffers of idle calls may have together; those beyond are given back.
  private static let idleCallBytesMax = 8 * 1024 * 1024
  private(set) var idleCallBytes = 0
  private var idleArenas: [Arena] = []
  private(set) var idleArenaBytes = 0

  private static let key = LoopLocal<LoopBuffers>()

  private init() {
    received = .allocate(byteCount: Self.receiveBytes, alignment: 64)
    plaintext = .allocate(byteCount: Self.receiveBytes, alignment: 64)
    _ = outgoing.reserve(Self.sendBytes * 2)
  }

  deinit {
    received.deallocate()
    plaintext.deallocate()
  }

  /// The loop's own. Only on the loop.
  static func of(_ loop: EventLoop) -> LoopBuffers {
    if let existing = loop[key] { return existing }
    let fresh = LoopBuffers()
    loop[key] = fresh
    return fresh
  }

  /// A call that has ended, if there is one.
  @inline(__always)
  func takeCall() -> Call? {
    guard let call = idleCalls.popLast() else { return nil }
    idleCallBytes &-= call.keptBytes
    return call
  }

  /// Keeps a call, which is as new, for the next caller. Only while there is room for it.
  func give(_ call: Call) {
    if idleCallBytes + call.keptBytes > Self.idleCallBytesMax { call.dropBuffers() }
    idleCallBytes += call.keptBytes
    idleCalls.append(call)
  }

  /// Whether another idle call may be kept.
  var hasRoomForCall: Bool { idleCalls.count < Self.idleCallsMax }

  func takeArena() -> Arena {
    guard let arena = idleArenas.popLast() else { return Arena() }
    idleArenaBytes &-= arena.bytesReserved
    return arena
  }

  /// Takes an arena back for the next call, unless a view of it is still held somewhere: then the view keeps it.
  func give(_ arena: consuming Arena) {
    guard isKnownUniquelyReferenced(&arena), idleArenas.count < Self.idleArenasMax else { return }
    arena.reset()
    let bytes = arena.bytesReserved
    guard idleArenaBytes + bytes <= Self.idleArenaBytesMax else { return }
    idleArenaBytes += bytes
    idleArenas.append(arena)
  }
}
