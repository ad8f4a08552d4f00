import Glibc

/// The value of a bytes field, in an arena that it keeps alive. Copying it copies a pointer.
@safe
public struct Bytes {
  @usableFromInline package let arena: Arena?
  /// Nil when empty.
  @usableFromInline package let start: UnsafeRawPointer?
  /// Length in bytes.
  public let count: Int

  @inlinable
  package init(start: UnsafeRawPointer?, count: Int, in arena: Arena?) {
    self.arena = arena
    self.start = start
    self.count = count
  }

  /// No bytes.
  public init() {
    self.init(start: nil, count: 0, in: nil)
  }

  /// A copy of `bytes` in `arena`.
  public init(_ bytes: some Sequence<UInt8>, in arena: Arena) {
    self = arena.bytes(Array(bytes))
  }

  /// Whether there are none.
  @inlinable public var isEmpty: Bool { count == 0 }

  /// Calls `body` with the bytes where they are.
  @inlinable
  public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    defer { extendLifetime(arena) }
    return try body(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// A Swift copy.
  public var array: [UInt8] { withUnsafeBytes { Array($0) } }
}

extension Bytes: Hashable, CustomStringConvertible {
  /// Whether both are the same bytes.
  public static func == (a: Bytes, b: Bytes) -> Bool {
    a.withUnsafeBytes { a in
      b.withUnsafeBytes { b in a.elementsEqual(b) }
    }
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    withUnsafeBytes { hasher.combine(bytes: $0) }
  }

  /// The number of bytes.
  public var description: String { "\(count) bytes" }
}

extension Arena {
  /// A copy of `bytes` in this arena.
  public func bytes(_ bytes: [UInt8]) -> Bytes {
    bytes.withUnsafeBytes { self.bytes(copying: $0) }
  }

  /// A copy of the bytes in this arena.
  package func bytes(copying bytes: UnsafeRawBufferPointer) -> Bytes {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return Bytes() }
    let copy = allocateForProgram(bytes.count)
    memcpy(copy, source, bytes.count)
    return Bytes(start: copy, count: bytes.count, in: self)
  }

  /// The bytes themselves if they are in this arena or a kept one, else a copy.
  @inlinable
  package func adopt(_ bytes: Bytes) -> UnsafeRawPointer? {
    if bytes.arena == nil || bytes.arena === self || bytes.arena === kept { return bytes.start }
    return copy(bytes)
  }

  @usableFromInline
  func copy(_ bytes: Bytes) -> UnsafeRawPointer? {
    bytes.withUnsafeBytes { self.bytes(copying: $0).start }
  }
}
