/// A piece of an arena: this header, then `bytes` bytes of room.
struct Chunk {
  let previous: UnsafeMutablePointer<Chunk>?
  let bytes: Int

  static func make(bytes: Int, after previous: UnsafeMutablePointer<Chunk>?) -> UnsafeMutablePointer<Chunk> {
    let header = UnsafeMutableRawPointer.allocate(
      byteCount: MemoryLayout<Chunk>.size + bytes, alignment: Arena.alignment)
    let chunk = header.bindMemory(to: Chunk.self, capacity: 1)
    chunk.initialize(to: Chunk(previous: previous, bytes: bytes))
    return chunk
  }
}

extension UnsafeMutablePointer<Chunk> {
  /// The first byte of room.
  var start: UnsafeMutableRawPointer { UnsafeMutableRawPointer(self) + MemoryLayout<Chunk>.size }
}
