import Foundation

/// Does `body`, which waits for nothing and takes long, on a thread of its own: there are only as many threads for
/// tasks as there are cores, and other tests wait for each other on them.
public func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
  }
}
