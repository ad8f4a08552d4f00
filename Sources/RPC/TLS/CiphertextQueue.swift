import Glibc

/// Bytes in order: appended behind, consumed in front, in one piece of memory. Confined to a loop.
final class CiphertextQueue {
  /// An empty queue keeps at most this much memory for its next use.
  static let idleCapacityBytes = 64 * 1024

  private var memory: UnsafeMutableRawPointer?
  private var capacity = 0
  private var head = 0

  /// How many bytes wait.
  private(set) var count = 0

  /// The first waiting byte; good until the next call that changes the queue.
  var start: UnsafeRawPointer? { memory.map { UnsafeRawPointer($0 + head) } }

  /// All waiting bytes; good until the next call that changes the queue.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  deinit { free(memory) }

  /// Copies `length` bytes to the end.
  func append(_ source: UnsafeRawPointer, _ length: Int) {
    if capacity - head - count < length { makeRoom(for: length) }
    memory!.advanced(by: head + count).copyMemory(from: source, byteCount: length)
    count += length
  }

  /// Forgets the first `length` bytes, which must be there.
  func consume(_ length: Int) {
    precondition(length <= count)
    count -= length
    head = count == 0 ? 0 : head + length
    if count == 0, capacity > Self.idleCapacityBytes { releaseMemory() }
  }

  private func releaseMemory() {
    free(memory)
    memory = nil
    capacity = 0
  }

  /// Moves the waiting bytes to the front, into more memory when they fill more than half of it.
  private func makeRoom(for length: Int) {
    if let memory, (count + length) * 2 <= capacity {
      memmove(memory, memory + head, count)
    } else {
      let wanted = max((count + length) * 2, 4096)
      let larger = UnsafeMutableRawPointer(malloc(wanted)!)
      if let memory { larger.copyMemory(from: memory + head, byteCount: count) }
      free(memory)
      memory = larger
      capacity = wanted
    }
    head = 0
  }
}
