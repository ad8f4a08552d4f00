import Glibc
import Synchronization
import Testing

@testable import EventLoop

/// What one turn does, and what it leaves to the next.
@Suite struct TurnTests {
  private static let socketsCount = 8

  /// A socket that always has something to read, and what is done when it is read.
  private final class Reader: IOSource {
    let ends: (Int32, Int32)
    let read: (Reader) -> Void
    var turns = 0

    init(_ read: @escaping (Reader) -> Void) {
      var ends: [Int32] = [-1, -1]
      socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends)
      self.ends = (ends[0], ends[1])
      self.read = read
      super.init()
      _ = send(ends[1], "x", 1, 0)
    }

    override func ready(_ events: IOEvents) {
      turns += 1
      read(self)
    }

    override func goOn() {
      turns += 1
      read(self)
    }

    func end(_ loop: EventLoop) {
      loop.remove(self)
      close(ends.0)
      close(ends.1)
    }
  }

  /// Holds the loop until the clock says that a piece is over: however fast the machine is.
  private static func holdUp(_ loop: EventLoop) { while !loop.isPieceOver {} }

  @Test func `sources that hold the loop up have their turn one after another, none twice before all`() async {
    let group = EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let order = await withCheckedContinuation { (done: CheckedContinuation<[Int], Never>) in
      loop.execute {
        var order: [Int] = []
        var readers: [Reader] = []
        for number in 0..<Self.socketsCount {
          let reader = Reader { reader in
            order.append(number)
            Self.holdUp(loop)
            guard order.count == Self.socketsCount * 3 else { return }
            for reader in readers { reader.end(loop) }
            done.resume(returning: order)
          }
          readers.append(reader)
          _ = loop.add(reader, fd: reader.ends.0, events: .readable)
        }
      }
    }
    for round in 0..<3 {
      let part = order[(round * Self.socketsCount)..<((round + 1) * Self.socketsCount)]
      #expect(Set(part) == Set(0..<Self.socketsCount), "\(order)")
    }
    group.shutdown()
  }

  @Test func `between the events of one batch, mail is read`() async {
    let group = EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let seen = await withCheckedContinuation { (done: CheckedContinuation<Int, Never>) in
      loop.execute {
        var readers: [Reader] = []
        var count = 0
        for _ in 0..<Self.socketsCount {
          let reader = Reader { reader in
            count += 1
            if count == 1 {
              let ended = LoopBound(readers, on: loop)
              let counted = LoopBound({ count }, on: loop)
              loop.execute {
                for reader in ended.value { reader.end(loop) }
                done.resume(returning: counted.value())
              }
            }
            Self.holdUp(loop)
          }
          readers.append(reader)
        }
        for reader in readers { _ = loop.add(reader, fd: reader.ends.0, events: .readable) }
      }
    }
    #expect(seen < Self.socketsCount)
    group.shutdown()
  }

  @Test func `a source that was interrupted goes on in the next turn, once`() async {
    let group = EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let turns = await withCheckedContinuation { (done: CheckedContinuation<Int, Never>) in
      loop.execute {
        let reader = Reader { _ in }
        loop.atNextTurn(reader)
        loop.atNextTurn(reader)
        #expect(reader.isContinued)
        let kept = LoopBound(reader, on: loop)
        loop.execute { loop.execute { done.resume(returning: kept.value.turns) } }
      }
    }
    #expect(turns == 1)
    group.shutdown()
  }

  @Test func `a task that yields lets others go on first`() async {
    let group = EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let said = Mutex<[String]>([])
    let long = Task(executorPreference: loop) {
      for number in 0..<3 {
        said.withLock { $0.append("long \(number)") }
        if number == 0 { loop.execute { said.withLock { $0.append("mail") } } }
        await loop.yield()
        #expect(loop.isCurrent)
      }
    }
    await long.value
    let order = said.withLock { $0 }
    #expect(order.filter { $0 != "mail" } == ["long 0", "long 1", "long 2"])
    #expect(order.firstIndex(of: "mail").map { $0 < 3 } == true, "\(order)")
    group.shutdown()
  }

  @Test func `jobs that hold the loop up do not keep it from its sockets, and none is lost`() async {
    let group = EventLoopGroup(count: 1)
    let loop = group.loops[0]
    let counts = Counts()
    let all = 200
    loop.execute {
      let reader = Reader { reader in
        if counts.readAfter.load(ordering: .relaxed) >= 0 { return }
        counts.readAfter.store(counts.ran.load(ordering: .relaxed), ordering: .relaxed)
        reader.end(loop)
      }
      _ = loop.add(reader, fd: reader.ends.0, events: .readable)
      for _ in 0..<all { Self.start(counts, on: loop) }
    }
    while counts.ran.load(ordering: .relaxed) < all { try? await Task.sleep(for: .milliseconds(1)) }
    #expect((0..<all).contains(counts.readAfter.load(ordering: .relaxed)))
    group.shutdown()
  }

  private final class Counts: Sendable {
    let ran = Atomic<Int>(0)
    let readAfter = Atomic<Int>(-1)
  }

  private static func start(_ counts: Counts, on loop: EventLoop) {
    Task(executorPreference: loop) {
      holdUp(loop)
      counts.ran.add(1, ordering: .relaxed)
    }
  }

  @Test func `turns and the longest of them are noted in shared memory`() async throws {
    let bytes = TurnMemory.byteCount(loops: 2)
    let stream = try #require(tmpfile())
    defer { fclose(stream) }
    let file = fileno(stream)
    #expect(ftruncate(file, off_t(bytes)) == 0)
    #expect(TurnMemory(descriptor: file, loops: 3) == nil)
    func read() -> [UInt8] {
      var memory = [UInt8](repeating: 0, count: bytes)
      #expect(pread(file, &memory, bytes, 0) == bytes)
      return memory
    }
    #expect(TurnReport(read()) == nil)
    let group = EventLoopGroup(count: 2)
    group.noteTurns(in: try #require(TurnMemory(descriptor: file, loops: 2)))
    let start = try #require(TurnReport(read()))
    // Idle loops make turns.
    while true {
      let report = try #require(TurnReport(read()))
      if zip(report.loops, start.loops).allSatisfy({ $0.turns > $1.turns + 1 && $0.thread > 0 }) { break }
      try await Task.sleep(for: .milliseconds(20))
    }
    group.shutdown()
    let good = read()
    for count in [0, 8, 63, 64, 128] { #expect(TurnReport(Array(good.prefix(count))) == nil) }
    for byte in 0..<16 {
      var bad = good
      bad[byte] = 0xFF
      #expect(TurnReport(bad) == nil)
    }
  }
}
