/// Carries a value that belongs to one loop through code that allows only `Sendable` values.
///
/// The value is accessible on its loop alone. Access from another thread ends the process with a clear message instead
/// of a data race.
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
