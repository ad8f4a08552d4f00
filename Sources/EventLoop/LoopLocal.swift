internal import Synchronization

/// A key for one object per loop, such as the loop's database connections: a thread-local of the loop.
///
/// Declare it once, as a `static let`. A lookup costs an array access.
public struct LoopLocal<Value: AnyObject>: Sendable {
  let index: Int

  /// A new name. Names are never given back, so make only as many as the program has kinds of things.
  public init() { index = loopLocalCount.add(1, ordering: .relaxed).oldValue }
}

private let loopLocalCount = Atomic<Int>(0)

extension EventLoop {
  /// The loop's own object of that name. Only on the loop.
  public subscript<Value: AnyObject>(key: LoopLocal<Value>) -> Value? {
    get {
      guard key.index < locals.count, let object = locals[key.index] else { return nil }
      return unsafeDowncast(object, to: Value.self)  // the key that stored it had the same type
    }
    set {
      while locals.count <= key.index { locals.append(nil) }
      locals[key.index] = newValue
    }
  }
}
