import CProtobufC
public import Glibc

/// A string of a message: UTF-8 that ends with a NUL, in an arena that it keeps alive, or static.
///
/// Copying a `Text` copies a pointer. Make one from a literal (points at the program's constant) or with
/// `arena.text(_:)` (copies). A `Text` never contains U+0000.
@safe
public struct Text {
  /// Nil for static text.
  @usableFromInline package let arena: Arena?
  /// Ends with a NUL.
  @usableFromInline package let cString: UnsafePointer<CChar>

  @inlinable
  package init(cString: UnsafePointer<CChar>, in arena: Arena?) {
    self.arena = arena
    self.cString = cString
  }

  /// The empty text.
  public init() {
    self.init(cString: Text.emptyCString, in: nil)
  }

  /// A copy of `string` in `arena`. What follows a U+0000 in it is left out.
  public init(_ string: String, in arena: Arena) {
    self = arena.text(string)
  }

  /// protobuf-c's own empty string, which is how its structs say "not set".
  @usableFromInline static var emptyCString: UnsafePointer<CChar> { protobuf_c_empty() }

  /// Whether it has no characters.
  @inlinable public var isEmpty: Bool {
    defer { extendLifetime(arena) }
    return cString.pointee == 0
  }

  /// Its length in bytes, counted at each call.
  @inlinable public var utf8Count: Int {
    defer { extendLifetime(arena) }
    return Int(strlen(cString))
  }

  /// A Swift copy.
  public var string: String {
    defer { extendLifetime(arena) }
    return String(cString: cString)
  }

  /// Calls `body` with its UTF-8 bytes, without the NUL.
  @inlinable
  public func withUTF8<R, E: Error>(_ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R) throws(E) -> R {
    defer { extendLifetime(arena) }
    return try body(
      UnsafeBufferPointer(start: UnsafeRawPointer(cString).assumingMemoryBound(to: UInt8.self), count: utf8Count))
  }
}

extension Text: Hashable, Comparable, CustomStringConvertible, CustomDebugStringConvertible {
  /// Whether both are the same bytes.
  @inlinable
  public static func == (a: Text, b: Text) -> Bool {
    defer { extendLifetime((a.arena, b.arena)) }
    return a.cString == b.cString || strcmp(a.cString, b.cString) == 0
  }

  /// By bytes, which for UTF-8 is by Unicode scalars.
  @inlinable
  public static func < (a: Text, b: Text) -> Bool {
    defer { extendLifetime((a.arena, b.arena)) }
    return strcmp(a.cString, b.cString) < 0
  }

  /// Whether both are the same bytes.
  public static func == (text: Text, string: String) -> Bool {
    defer { extendLifetime(text.arena) }
    return string.withCString { strcmp($0, text.cString) == 0 } && !string.utf8.contains(0)
  }

  /// Whether they differ in a byte.
  public static func != (text: Text, string: String) -> Bool { !(text == string) }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(UInt8(0xff))
  }

  /// A Swift copy.
  public var description: String { string }

  /// In quotes, with escapes.
  public var debugDescription: String { string.debugDescription }
}

extension Text: ExpressibleByStringLiteral {
  /// Points at the program's constant; nothing is copied.
  @inlinable
  public init(stringLiteral value: StaticString) {
    self.init(cString: UnsafeRawPointer(value.utf8Start).assumingMemoryBound(to: CChar.self), in: nil)
  }
}

extension Arena {
  /// A copy of `string` in this arena. What follows a U+0000 in it is left out.
  public func text(_ string: String) -> Text {
    var string = string
    return string.withUTF8 { text(copying: UnsafeRawBufferPointer($0)) }
  }

  /// A copy of the bytes, which must be valid (see `isUTF8WithoutNUL`).
  package func text(copying bytes: UnsafeRawBufferPointer) -> Text {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return Text() }
    let copy = allocateForProgram(bytes.count + 1)
    memcpy(copy, source, bytes.count)
    copy.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
    return Text(cString: UnsafePointer(copy.assumingMemoryBound(to: CChar.self)), in: self)
  }

  /// The text itself when it lives here, in a kept arena, or is static; else a copy.
  @inlinable
  package func adopt(_ text: Text) -> UnsafePointer<CChar> {
    if text.arena == nil || text.arena === self || text.arena === kept { return text.cString }
    return copy(text)
  }

  @usableFromInline
  func copy(_ text: Text) -> UnsafePointer<CChar> {
    defer { withExtendedLifetime(text) {} }
    let count = text.utf8Count + 1
    let copy = allocateForProgram(count).assumingMemoryBound(to: CChar.self)
    memcpy(copy, text.cString, count)
    return UnsafePointer(copy)
  }
}
