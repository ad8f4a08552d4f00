package import CProtobufC
import Glibc

/// One field of a message type. A pointer to an immortal table, cheap to copy.
package struct FieldDescriptor: @unchecked Sendable {
  package let layout: UnsafePointer<FieldLayout>

  /// The name in the .proto file.
  package var name: String { String(cString: layout.pointee.c.pointee.name) }
  /// The name in the .proto file, without a copy; it lives for ever.
  package var cName: UnsafePointer<CChar> { layout.pointee.c.pointee.name }
  /// The name in proto3 JSON: protoc's lowerCamelCase of `name` (our generator refuses others).
  package var jsonName: String { FieldLayout.camelCase(name, upperFirst: false) }
  package var number: UInt32 { layout.pointee.number }
  package var type: FieldType { layout.pointee.type }
  package var presence: FieldPresence { layout.pointee.presence }
  /// Repeated, which maps are too.
  package var isRepeated: Bool { layout.pointee.presence == .repeated }
  package var isMap: Bool { layout.pointee.isMap }
  /// The offset of the oneof's case in the struct; the same for all members of a oneof. Nil outside of oneofs.
  package var oneofOffset: Int? { presence == .oneof ? layout.pointee.quantifierOffset : nil }

  /// The type of the field's messages; the entry type for maps.
  package var message: MessageDescriptor? { layout.pointee.message.map { MessageDescriptor(layout: $0) } }

  /// The type of the field's enum values.
  package var enumeration: EnumDescriptor? {
    guard type == .enumeration, let descriptor = layout.pointee.c.pointee.descriptor else { return nil }
    return EnumDescriptor(c: descriptor.assumingMemoryBound(to: ProtobufCEnumDescriptor.self))
  }

  /// For maps: the entry's key and value.
  package var mapEntry: (key: FieldDescriptor, value: FieldDescriptor)? {
    guard isMap, let entry = message else { return nil }
    return (entry.fields[0], entry.fields[1])
  }

  package func hasName(_ name: String) -> Bool { name.withCString { strcmp($0, cName) == 0 } }
}

extension FieldDescriptor: Hashable {
  package static func == (a: FieldDescriptor, b: FieldDescriptor) -> Bool { a.layout == b.layout }
  package func hash(into hasher: inout Hasher) { hasher.combine(layout) }
}

/// An enum type.
package struct EnumDescriptor: @unchecked Sendable {
  package let c: UnsafePointer<ProtobufCEnumDescriptor>

  package var fullName: String { String(cString: c.pointee.name) }

  /// The name of a value; nil when it has none. Of several names for one value, one.
  package func name(of value: Int32) -> String? {
    protobuf_c_enum_descriptor_get_value(c, value).map { String(cString: $0.pointee.name) }
  }

  /// The value with this name.
  package func value(named name: String) -> Int32? {
    protobuf_c_enum_descriptor_get_value_by_name(c, name).map { $0.pointee.value }
  }
}
