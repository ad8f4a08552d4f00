internal import EventLoop
internal import Protobuf

/// What the connections of one loop share, since only one of them is served at a time.
final class LoopBuffers {
  /// Bytes taken from a socket at once.
  static let receiveBytes = 64 * 1024
  /// Bytes gathered for one write to a socket.
  static let sendBytes = 256 * 1024
  /// Arenas kept for the next calls.
  private static let idleArenasMax = 1024

  let memory = SessionMemory()
  let received: UnsafeMutableRawBufferPointer
  let plaintext: UnsafeMutableRawBufferPointer
  var outgoing = ByteBuffer()
  var encode = EncodeBuffer(capacity: 4096)
  let codecs = Codecs()
  /// Calls that have ended, with their buffers, for the next callers.
  var idleCalls: [Call] = []
  static let idleCallsMax = 1024
  private var idleArenas: [Arena] = []

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

  func takeArena() -> Arena { idleArenas.popLast() ?? Arena() }

  /// Takes an arena back for the next call, unless a view of it is still held somewhere: then the view keeps it.
  func give(_ arena: consuming Arena) {
    guard isKnownUniquelyReferenced(&arena), idleArenas.count < Self.idleArenasMax else { return }
    arena.reset()
    idleArenas.append(arena)
  }
}
