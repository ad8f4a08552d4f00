import Protobuf
import TestAPI
import Testing

@Suite("Arena")
struct ArenaTests {
  @Test("pieces are aligned, apart from each other, and as large as asked for")
  func allocates() throws {
    let arena = Arena()
    var last: UnsafeMutableRawPointer?
    for size in [0, 1, 15, 16, 17, 4096, 5000, 1 << 20, 3] {
      let piece = try #require(arena.allocate(size))
      #expect(Int(bitPattern: piece) % 16 == 0)
      #expect(piece != last || size == 0)
      piece.initializeMemory(as: UInt8.self, repeating: 0xee, count: size)
      last = piece
    }
  }

  @Test("the limit holds for what comes from outside; the program may pass it once and is told")
  func limits() {
    let arena = Arena(limit: 10_000)
    #expect(arena.allocate(9_000) != nil)
    #expect(arena.allocate(9_000) == nil)
    #expect(!arena.isOverLimit)
    let message = Scalars(in: arena)
    message.stringValue = arena.text(String(repeating: "x", count: 9_000))
    #expect(arena.isOverLimit)
    #expect(throws: EncodeError.arenaLimit(bytes: 10_000)) { try message.encoded().count }
  }

  @Test("after a reset it is as new, and keeps its first chunk")
  func resets() {
    let arena = Arena()
    let first = arena.allocate(16)
    _ = arena.allocate(1 << 20)
    arena.reset()
    #expect(arena.bytesUsed == 0)
    #expect(arena.allocate(16) == first)
  }

  @Test("sizes that make no sense are refused", arguments: [Int.max, Int.max - 15, Int.max / 2])
  func refusesHugeSizes(size: Int) {
    #expect(Arena().allocate(size) == nil)
  }

  @Test("a large message leaves nothing behind: after a reset its memory is gone")
  func givesLargeChunksBack() throws {
    let arena = Arena()
    #expect(arena.allocate(Arena.keptChunkBytes + 1) != nil)
    #expect(arena.bytesReserved > Arena.keptChunkBytes)
    arena.reset()
    #expect(arena.bytesReserved == 0)
    #expect(arena.allocate(Arena.keptChunkBytes) != nil)
    arena.reset()
    #expect(arena.bytesReserved == Arena.keptChunkBytes)
  }

  @Test("the bytes of an object that it owns count, also where a chunk has room")
  func countsWhatItOwns() {
    final class Owned {}
    let arena = Arena(limit: 10_000)
    #expect(arena.allocate(16) != nil)
    arena.own(Owned(), bytes: 9_900)
    #expect(arena.bytesUsed > 9_900)
    #expect(arena.allocate(100) == nil)
    arena.reset()
    #expect(arena.bytesUsed == 0)
    #expect(arena.allocate(100) != nil)
  }

  @Test("what it owns is released once, at its reset or end")
  func releases() {
    let counter = UnsafeMutablePointer<Int>.allocate(capacity: 1)
    defer { counter.deallocate() }
    counter.initialize(to: 0)
    func count(_ arena: Arena) {
      arena.own(UnsafeMutableRawPointer(counter)) { $0?.assumingMemoryBound(to: Int.self).pointee += 1 }
    }
    do {
      let arena = Arena()
      count(arena)
      count(arena)
      arena.reset()
      #expect(counter.pointee == 2)
      count(arena)
    }
    #expect(counter.pointee == 3)
  }
}
