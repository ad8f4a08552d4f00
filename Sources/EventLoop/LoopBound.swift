/// Carries something that belongs to one loop through places where only `Sendable` values may go.
///
/// The value is reached on its loop alone; anywhere else the process ends with a clear message instead of racing.
public struct LoopBound<Value>: @unchecked Sendable {
  @usableFromInline let contents: Value
  @usableFromInline let loop: EventLoop

  /// Binds `value` to `loop`.
  public init(_ value: Value, on loop: EventLoop) {
    contents = value
    self.loop = loop
  }

  /// The value. Only on its loop.
  ///
  /// Inlinable, so that it is not copied by functions that know its type at run time only.
  @inlinable public var value: Value {
    precondition(loop.isCurrent, "a value of one event loop was used outside it")
    return contents
  }
}
