/// The types of fields and of elements of repeated fields: numbers, `Bool`, `Text`, `Bytes`, enums and messages. The
/// requirements are for generated code and the runtime; do not call them.
public protocol FieldValue {
  /// Bytes that a value takes in a struct or an array.
  static var fieldStride: Int { get }
  /// Reads the value at `address`, which lives in `arena`.
  static func load(from address: UnsafeMutableRawPointer, in arena: Arena) -> Self
  /// Writes the value at `address`, which lives in `arena`.
  func store(to address: UnsafeMutableRawPointer, in arena: Arena)
}

/// The numbers that protobuf-c stores as they are.
public protocol FieldNumber: FieldValue, BitwiseCopyable {}

extension FieldNumber {
  /// Bytes that a value takes.
  @inlinable public static var fieldStride: Int { MemoryLayout<Self>.stride }

  /// Reads the value at `address`.
  @inlinable
  public static func load(from address: UnsafeMutableRawPointer, in arena: Arena) -> Self {
    address.load(as: Self.self)
  }

  /// Writes the value at `address`.
  @inlinable
  public func store(to address: UnsafeMutableRawPointer, in arena: Arena) {
    address.storeBytes(of: self, as: Self.self)
  }
}

extension Int32: FieldNumber {}
extension Int64: FieldNumber {}
extension UInt32: FieldNumber {}
extension UInt64: FieldNumber {}
extension Float: FieldNumber {}
extension Double: FieldNumber {}

extension Bool: FieldValue {
  /// Bytes that a value takes.
  @inlinable public static var fieldStride: Int { 4 }

  /// Reads the value at `address`.
  @inlinable
  public static func load(from address: UnsafeMutableRawPointer, in arena: Arena) -> Bool {
    address.load(as: Int32.self) != 0
  }

  /// Writes the value at `address`.
  @inlinable
  public func store(to address: UnsafeMutableRawPointer, in arena: Arena) {
    address.storeBytes(of: self ? 1 : 0, as: Int32.self)
  }
}

extension Text: FieldValue {
  /// Bytes that a value takes.
  @inlinable public static var fieldStride: Int { 8 }

  /// Reads the value at `address`.
  @inlinable
  public static func load(from address: UnsafeMutableRawPointer, in arena: Arena) -> Text {
    guard let start = address.load(as: UnsafePointer<CChar>?.self) else { return Text() }
    return Text(cString: start, in: arena)
  }

  /// Writes the value at `address`.
  @inlinable
  public func store(to address: UnsafeMutableRawPointer, in arena: Arena) {
    address.storeBytes(of: arena.adopt(self), as: UnsafePointer<CChar>.self)
  }
}

extension Bytes: FieldValue {
  /// Bytes that a value takes.
  @inlinable public static var fieldStride: Int { 16 }

  /// Reads the value at `address`.
  @inlinable
  public static func load(from address: UnsafeMutableRawPointer, in arena: Arena) -> Bytes {
    Bytes(
      start: (address + 8).load(as: UnsafeRawPointer?.self), count: address.load(as: Int.self), in: arena)
  }

  /// Writes the value at `address`.
  @inlinable
  public func store(to address: UnsafeMutableRawPointer, in arena: Arena) {
    address.storeBytes(of: count, as: Int.self)
    (address + 8).storeBytes(of: arena.adopt(self), as: UnsafeRawPointer?.self)
  }
}

/// An enum of the .proto files. Values that the program does not know are kept, as `unrecognized`.
public protocol ProtobufEnum: FieldValue, Hashable, Sendable {
  /// The case for a value on the wire.
  init(rawValue: Int32)
  /// The value on the wire.
  var rawValue: Int32 { get }
}

extension ProtobufEnum {
  /// Bytes that a value takes.
  @inlinable public static var fieldStride: Int { 4 }

  /// Reads the value at `address`.
  @inlinable
  public static func load(from address: UnsafeMutableRawPointer, in arena: Arena) -> Self {
    Self(rawValue: address.load(as: Int32.self))
  }

  /// Writes the value at `address`.
  @inlinable
  public func store(to address: UnsafeMutableRawPointer, in arena: Arena) {
    address.storeBytes(of: rawValue, as: Int32.self)
  }

  /// Whether both are the same value on the wire.
  public static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue }
  /// Hashes the value on the wire.
  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
