import CProtobufC

/// A view of a protobuf message in an arena. A copy of a view is the same message.
public protocol Message: FieldValue, CustomStringConvertible, SendableMetatype {
  /// The message's type.
  static var descriptor: MessageDescriptor { get }
  /// The memory of the message.
  var storage: MessageStorage { get }
  /// A view of the message at `storage`, which must be of this type.
  init(storage: MessageStorage)
}

extension Message {
  /// A message with all defaults in `arena`.
  @inlinable
  public init(in arena: Arena) {
    self.init(storage: Self.descriptor.make(in: arena))
  }

  /// The message that `bytes` encode, made in `arena`; nothing points at `bytes` afterwards.
  ///
  /// Everything is checked before memory is taken: nesting, counts, UTF-8, no U+0000 in strings; and afterwards, that
  /// every `Timestamp` and `Duration` is in its range. Unknown fields are kept unless `limits` says otherwise.
  public init(
    decoding bytes: UnsafeRawBufferPointer, in arena: Arena, limits: DecodeLimits = .standard
  ) throws(DecodeError) {
    self.init(storage: try Self.descriptor.decode(bytes, in: arena, limits: limits))
  }

  /// The same as `init(decoding:in:limits:)` for an array.
  public init(decoding bytes: [UInt8], in arena: Arena, limits: DecodeLimits = .standard) throws(DecodeError) {
    let storage: Result<MessageStorage, DecodeError> = bytes.withUnsafeBytes { bytes in
      do throws(DecodeError) {
        return .success(try Self.descriptor.decode(bytes, in: arena, limits: limits))
      } catch {
        return .failure(error)
      }
    }
    self.init(storage: try storage.get())
  }

  /// Puts the message's encoding in front of what `buffer` holds. Unknown fields are kept.
  public func encode(into buffer: inout EncodeBuffer) throws(EncodeError) {
    try buffer.prepend(storage, of: Self.descriptor)
  }

  /// The message's encoding.
  public func encoded() throws(EncodeError) -> [UInt8] {
    var buffer = EncodeBuffer(capacity: 1024)
    try encode(into: &buffer)
    return buffer.withUnsafeBytes { Array($0) }
  }

  /// A deep copy in `arena`.
  public func copy(in arena: Arena) -> Self {
    Self(storage: storage.copy(of: Self.descriptor, in: arena, depth: 0))
  }
}

extension Message {
  /// A pointer's size.
  @inlinable public static var fieldStride: Int { 8 }

  /// The message that the pointer at `address` points at; one with all defaults where there is none.
  @inlinable
  public static func load(from address: UnsafeMutableRawPointer, in arena: Arena) -> Self {
    guard let pointer = address.load(as: UnsafeMutableRawPointer?.self) else { return Self(in: arena) }
    return Self(storage: MessageStorage(arena: arena, pointer: pointer))
  }

  /// Makes the pointer at `address` point at the message, or at a copy in `arena` when it lives neither there nor in
  /// an arena that `arena` keeps.
  @inlinable
  public func store(to address: UnsafeMutableRawPointer, in arena: Arena) {
    let isReachable = storage.arena === arena || storage.arena === arena.kept
    let own = isReachable ? self : copy(in: arena)
    address.storeBytes(of: own.storage.pointer, as: UnsafeMutableRawPointer.self)
  }
}

extension MessageDescriptor {
  /// The message that `bytes` encode, made in `arena`.
  package func decode(
    _ bytes: UnsafeRawBufferPointer, in arena: Arena, limits: DecodeLimits
  ) throws(DecodeError) -> MessageStorage {
    let hasUnknownFields = try WireValidator.check(bytes, of: layout, limits: limits)
    if hasUnknownFields && !limits.keepsUnknownFields { return try decodeKnown(bytes, in: arena) }
    return try unpack(bytes, in: arena)
  }

  /// Decodes bytes that have been checked.
  private func unpack(_ bytes: UnsafeRawBufferPointer, in arena: Arena) throws(DecodeError) -> MessageStorage {
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard let made = protobuf_c_message_unpack(layout.pointee.c, arena.cAllocator, bytes.count, start) else {
      throw .arenaLimit(bytes: arena.limit)
    }
    try TimeRangeCheck.check(UnsafeRawPointer(made), of: layout)
    return MessageStorage(arena: arena, pointer: UnsafeMutableRawPointer(made))
  }

  /// The same as ``unpack(_:in:)`` without unknown fields: protobuf-c keeps them, so it unpacks into other memory, and
  /// known fields are copied from there. Unknown fields are rare.
  @inline(never)
  private func decodeKnown(_ bytes: UnsafeRawBufferPointer, in arena: Arena) throws(DecodeError) -> MessageStorage {
    let passing = Arena(limit: arena.limit)
    return try unpack(bytes, in: passing).copy(of: self, in: arena, depth: 0, keepsUnknownFields: false)
  }
}
