import CProtobufC

/// The description of a message type: its name and its fields. A pointer to an immortal table, cheap to copy.
@safe
public struct MessageDescriptor: @unchecked Sendable {
  package let layout: UnsafeMutablePointer<MessageLayout>

  /// For generated code: the descriptor around a `ProtobufCMessageDescriptor`, which must live for ever.
  public init(_ descriptor: UnsafeRawPointer) {
    self.init(layout: MessageLayout.of(descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)))
  }

  package init(layout: UnsafeMutablePointer<MessageLayout>) {
    self.layout = layout
  }

  /// The name with its package, such as `google.protobuf.Timestamp`.
  public var fullName: String { String(cString: layout.pointee.c.pointee.name) }

  /// The fields in the order of their numbers.
  package var fields: Fields { Fields(layout: layout) }

  /// The field with this name in the .proto file.
  package func field(named name: String) -> FieldDescriptor? { fields.first { $0.hasName(name) } }

  /// The field with this name in proto3 JSON.
  package func field(jsonName name: String) -> FieldDescriptor? { fields.first { $0.jsonName == name } }

  /// The field with this number.
  package func field(number: UInt32) -> FieldDescriptor? {
    var hint = 0
    return layout.pointee.field(numbered: number, hint: &hint).map { FieldDescriptor(layout: $0) }
  }

  /// A message with all defaults in `arena`. Inlined, so that the reference it holds need not be counted where it is
  /// used at once.
  @inlinable
  package func make(in arena: Arena) -> MessageStorage {
    MessageStorage(arena: arena, pointer: makeStruct(in: arena))
  }

  @usableFromInline
  func makeStruct(in arena: Arena) -> UnsafeMutableRawPointer {
    let pointer = arena.allocateForProgram(layout.pointee.size)
    initialize(pointer)
    return pointer
  }

  /// The same as `make`, but nil when the arena's limit is reached: for messages from external bytes.
  package func makeWithinLimit(in arena: Arena) -> MessageStorage? {
    guard let pointer = arena.allocate(layout.pointee.size) else { return nil }
    initialize(pointer)
    return MessageStorage(arena: arena, pointer: pointer)
  }

  private func initialize(_ pointer: UnsafeMutableRawPointer) {
    let message = pointer.assumingMemoryBound(to: ProtobufCMessage.self)
    if let initialize = layout.pointee.c.pointee.message_init {
      initialize(message)
    } else {
      protobuf_c_message_init(layout.pointee.c, pointer)
    }
  }

  /// A message type's fields, in the order of their numbers.
  package struct Fields: RandomAccessCollection {
    let layout: UnsafeMutablePointer<MessageLayout>
    package var startIndex: Int { 0 }
    package var endIndex: Int { layout.pointee.fields.count }
    package subscript(index: Int) -> FieldDescriptor {
      precondition(index >= 0 && index < endIndex, "no such field")
      return FieldDescriptor(layout: UnsafePointer(layout.pointee.fields.baseAddress.unsafelyUnwrapped + index))
    }
  }
}

extension MessageDescriptor: Hashable {
  /// Whether both are the same type.
  public static func == (a: MessageDescriptor, b: MessageDescriptor) -> Bool { a.layout == b.layout }
  /// By identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(layout) }
}
