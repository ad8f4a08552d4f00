/// A ``ByteBuffer`` that a session and its connection share. Confined to a loop.
final class CiphertextQueue {
  /// An empty queue keeps at most this much memory for its next use.
  static let idleCapacityBytes = 64 * 1024

  private var buffer = ByteBuffer()

  /// The number of bytes that wait.
  var count: Int { buffer.count }

  /// The first waiting byte; good until the next call that changes the queue.
  var start: UnsafeRawPointer? { buffer.bytes.baseAddress }

  /// All waiting bytes; good until the next call that changes the queue.
  var bytes: UnsafeRawBufferPointer { buffer.bytes }

  /// Copies `length` bytes to the end.
  func append(_ source: UnsafeRawPointer, _ length: Int) { buffer.append(source, length) }

  /// Forgets the first `length` bytes, which must be there.
  func consume(_ length: Int) {
    precondition(length <= count)
    buffer.consume(length)
    if buffer.isEmpty { buffer.reset(keepBytes: Self.idleCapacityBytes) }
  }
}
