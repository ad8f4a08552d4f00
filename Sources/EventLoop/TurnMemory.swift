internal import CLinux
internal import Glibc

/// Shared memory in which the loops of a process record their turns, so that another process sees whether they make
/// progress: see ``TurnReport``.
///
/// A line with ``magic`` and the number of loops, then a line for each loop: its turns, its thread, its longest turn in
/// nanoseconds, each a word of 64 bits. A reader may reset the longest turn to 0.
package struct TurnMemory: @unchecked Sendable {
  static let magic: UInt64 = 0x6673_7475_726e_0001
  static let wordBytes = 8
  static let lineBytes = 64
  /// More loops cannot be meant.
  static let loopsMax = 1 << 12

  private let start: UnsafeMutableRawPointer

  /// Bytes that so many loops need.
  package static func byteCount(loops: Int) -> Int { (min(max(loops, 0), loopsMax) + 1) * lineBytes }

  /// Uses the memory that `descriptor` names, for as long as the process lives; nil when it is too small.
  package init?(descriptor: Int32, loops: Int) {
    let bytes = Self.byteCount(loops: loops)
    var status = stat()
    guard loops <= Self.loopsMax, fstat(descriptor, &status) == 0, Int(status.st_size) >= bytes,
      let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), mapped != MAP_FAILED
    else { return nil }
    start = mapped
    start.storeBytes(of: UInt64(loops), toByteOffset: Self.wordBytes, as: UInt64.self)
    start.storeBytes(of: Self.magic, as: UInt64.self)
  }

  func line(ofLoop index: Int) -> UnsafeMutablePointer<UInt64> {
    (start + (index + 1) * Self.lineBytes).assumingMemoryBound(to: UInt64.self)
  }
}

/// The memory in which one loop records its turns; none at first. Only on the loop.
struct TurnNote {
  /// The interval of turns of an idle loop while another process watches.
  private static let heartbeatMs: Int32 = 1_000

  private var line: UnsafeMutablePointer<UInt64>?

  mutating func move(to memory: TurnMemory, loop: Int) {
    let line = memory.line(ofLoop: loop)
    line[1] = UInt64(max(0, linux_thread_id()))
    self.line = line
  }

  @inline(__always)
  func ended(afterNs time: Int) {
    guard let line else { return }
    line[0] &+= 1
    if time > line[2] { line[2] = UInt64(time) }
  }

  /// Limits a wait of `timeoutMs`, where a negative value is for ever.
  @inline(__always)
  func waitMs(atMost timeoutMs: Int32) -> Int32 {
    if line == nil { return timeoutMs }
    return timeoutMs < 0 ? Self.heartbeatMs : min(timeoutMs, Self.heartbeatMs)
  }
}

/// The recorded turns of a process's loops. The reader trusts nothing in that memory that it has not checked.
package struct TurnReport: Sendable, Equatable {
  /// One loop.
  package struct Loop: Sendable, Equatable {
    /// Turns that it has made: only whether they become more says something.
    package let turns: UInt64
    /// The id of its thread.
    package let thread: Int32

    /// One that has made so many turns.
    package init(turns: UInt64, thread: Int32) {
      self.turns = turns
      self.thread = thread
    }
  }

  /// By their indices; without a thread, a loop has noted nothing yet.
  package let loops: [Loop]

  /// One that says this.
  package init(loops: [Loop]) { self.loops = loops }

  /// Reads the memory's bytes; nil when nothing was written there.
  package init?(_ bytes: [UInt8]) {
    func word(_ start: Int) -> UInt64 {
      bytes[start..<(start + TurnMemory.wordBytes)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    guard bytes.count >= TurnMemory.lineBytes, word(0) == TurnMemory.magic else { return nil }
    let count = word(TurnMemory.wordBytes)
    guard count <= UInt64(TurnMemory.loopsMax), bytes.count >= TurnMemory.byteCount(loops: Int(count)) else {
      return nil
    }
    loops = (0..<Int(count)).map { index in
      let start = (index + 1) * TurnMemory.lineBytes
      return Loop(turns: word(start), thread: Int32(truncatingIfNeeded: word(start + TurnMemory.wordBytes)))
    }
  }
}
