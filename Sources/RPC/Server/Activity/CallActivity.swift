internal import Glibc

/// The calls that the handlers of each loop work on, in plain memory. A process that shares the memory can read after a
/// crash which calls were in flight. See ``CallActivityReport``.
///
/// The loops write it without locks or atomics, because each has cache lines of its own.
final class CallActivity: @unchecked Sendable {
  private let memory: UnsafeMutableRawPointer
  private let layout: CallActivityLayout
  private let isMapped: Bool

  /// Writes into the memory that the descriptor `memory` names, or into its own when there is none, or too little.
  init(loops: Int, methods: [String], memory descriptor: Int32?) {
    let names = Array(methods.joined(separator: "\n").utf8)
    layout = CallActivityLayout(loops: loops, methods: methods.count, nameBytes: names.count)
    if let mapped = Self.map(descriptor, bytes: layout.byteCount) {
      memory = mapped
      isMapped = true
    } else {
      memory = .allocate(byteCount: layout.byteCount, alignment: CallActivityLayout.lineBytes)
      isMapped = false
    }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
    for (index, byte) in names.enumerated() {
      memory.storeBytes(of: byte, toByteOffset: layout.namesStart + index, as: UInt8.self)
    }
    for (index, word) in layout.header.enumerated() {
      memory.storeBytes(of: word, toByteOffset: index * CallActivityLayout.wordBytes, as: Int32.self)
    }
  }

  deinit { if isMapped { munmap(memory, layout.byteCount) } else { memory.deallocate() } }

  /// The memory in which the loop of that index notes its activity. It must not outlive this object.
  func ofLoop(_ index: Int) -> LoopActivity {
    LoopActivity(at: memory + layout.start(ofLoop: index))
  }

  /// Nil unless the memory is as large as it must be: touching what is not there would end the process.
  private static func map(_ descriptor: Int32?, bytes: Int) -> UnsafeMutableRawPointer? {
    guard let descriptor else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0, Int(status.st_size) >= bytes else { return nil }
    let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    return mapped == MAP_FAILED ? nil : mapped
  }
}

/// The calls that one loop works on. Used only on that loop.
struct LoopActivity {
  /// The number of the method whose handler began last, 0 for none.
  private let last: UnsafeMutablePointer<Int32>
  /// The handlers in flight, by the method's index; -1 stands for calls without a method.
  private let inFlight: UnsafeMutablePointer<Int32>

  /// The index of the method whose handler began last; nil for none.
  var lastIndex: Int? { last.pointee > 0 ? Int(last.pointee) - 1 : nil }

  fileprivate init(at start: UnsafeMutableRawPointer) {
    last = start.assumingMemoryBound(to: Int32.self)
    inFlight = last + CallActivityLayout.countsStart + 1
  }

  /// The handler of the method of that index begins.
  @inline(__always)
  func began(_ index: Int) {
    last.pointee = Int32(truncatingIfNeeded: index &+ 1)
    inFlight[index] &+= 1
  }

  /// It has ended.
  @inline(__always)
  func ended(_ index: Int) { inFlight[index] &-= 1 }
}
