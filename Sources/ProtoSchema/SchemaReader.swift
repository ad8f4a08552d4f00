package import CProtobufTypes
package import Protobuf

/// Turns the compiler's descriptors, which are protobuf-c structs, into values.
package struct SchemaReader {
  private let package: String
  private let comments: SourceComments

  /// Reads one file. The struct is left without its comments.
  package static func file(_ pointer: UnsafeMutablePointer<Google__Protobuf__FileDescriptorProto>, in arena: Arena)
    throws
    -> FileSchema
  {
    let file = pointer.pointee
    let package = string(file.package)
    let reader = SchemaReader(package: package, comments: SourceComments(file.source_code_info?.pointee))
    let messages = try each(file.n_message_type, file.message_type).enumerated().map {
      try reader.message($1, scope: package, path: [4, Int32($0)])
    }
    let enums = each(file.n_enum_type, file.enum_type).enumerated().map {
      reader.enumeration($1, scope: package, path: [5, Int32($0)])
    }
    let services = each(file.n_service, file.service).enumerated().map {
      reader.service($1, path: [6, Int32($0)])
    }
    let extensions = each(file.n_extension, file.extension).map {
      ExtensionSchema(
        fullName: join(package, string($0.name)), extendee: String(string($0.extendee).drop { $0 == "." }),
        number: $0.number)
    }
    pointer.pointee.source_code_info = nil
    var buffer = EncodeBuffer(capacity: 4096)
    try buffer.prepend(
      MessageStorage(arena: arena, pointer: pointer),
      of: MessageDescriptor(google__protobuf__file_descriptor_proto__type()))
    return FileSchema(
      name: string(file.name), package: package,
      dependencies: (0..<file.n_dependency).map { string(file.dependency[$0]) },
      isProto3: string(file.syntax) == "proto3",
      messages: messages, enums: enums, services: services, extensions: extensions,
      encoded: buffer.withUnsafeBytes { Array($0) })
  }

  private func message(_ message: Google__Protobuf__DescriptorProto, scope: String, path: [Int32]) throws
    -> MessageSchema
  {
    let name = Self.string(message.name)
    let fullName = Self.join(scope, name)
    let fields = try Self.each(message.n_field, message.field).enumerated().map {
      try field($1, of: fullName, path: path + [2, Int32($0)])
    }
    let optionalOneofs = Set(
      Self.each(message.n_field, message.field).filter { $0.proto3_optional != 0 }.map(\.oneof_index))
    return MessageSchema(
      name: name, fullName: fullName, comment: comments[path], fields: fields,
      oneofs: Self.each(message.n_oneof_decl, message.oneof_decl).enumerated().map {
        OneofSchema(
          name: Self.string($1.name), comment: comments[path + [8, Int32($0)]],
          isSynthetic: optionalOneofs.contains(Int32($0)))
      },
      messages: try Self.each(message.n_nested_type, message.nested_type).enumerated().map {
        try self.message($1, scope: fullName, path: path + [3, Int32($0)])
      },
      enums: Self.each(message.n_enum_type, message.enum_type).enumerated().map {
        enumeration($1, scope: fullName, path: path + [4, Int32($0)])
      },
      isMapEntry: message.options?.pointee.map_entry ?? 0 != 0)
  }

  private func field(_ field: Google__Protobuf__FieldDescriptorProto, of message: String, path: [Int32]) throws
    -> FieldSchema
  {
    guard let type = ProtoType(rawValue: UInt32(field.type.rawValue)),
      let label = FieldSchema.Label(rawValue: UInt32(field.label.rawValue)), type != .group
    else { throw GeneratorError("\(message).\(Self.string(field.name)): groups are not supported") }
    return FieldSchema(
      name: Self.string(field.name), jsonName: Self.string(field.json_name), number: field.number, label: label,
      type: type, typeName: String(Self.string(field.type_name).drop { $0 == "." }),
      oneof: field.has_oneof_index != 0 ? Int(field.oneof_index) : nil, comment: comments[path])
  }

  private func enumeration(_ type: Google__Protobuf__EnumDescriptorProto, scope: String, path: [Int32]) -> EnumSchema {
    EnumSchema(
      name: Self.string(type.name), fullName: Self.join(scope, Self.string(type.name)), comment: comments[path],
      values: Self.each(type.n_value, type.value).enumerated().map {
        (name: Self.string($1.name), number: $1.number, comment: comments[path + [2, Int32($0)]])
      })
  }

  private func service(_ service: Google__Protobuf__ServiceDescriptorProto, path: [Int32]) -> ServiceSchema {
    ServiceSchema(
      name: Self.string(service.name), fullName: Self.join(package, Self.string(service.name)),
      comment: comments[path],
      methods: Self.each(service.n_method, service.method).enumerated().map {
        MethodSchema(
          name: Self.string($1.name), comment: comments[path + [2, Int32($0)]],
          input: String(Self.string($1.input_type).drop { $0 == "." }),
          output: String(Self.string($1.output_type).drop { $0 == "." }),
          clientStreams: $1.client_streaming != 0, serverStreams: $1.server_streaming != 0,
          isSideEffectFree: $1.options.map { Self.isSideEffectFree($0.pointee) } ?? false)
      })
  }

  private static func isSideEffectFree(_ options: Google__Protobuf__MethodOptions) -> Bool {
    options.has_idempotency_level != 0
      && options.idempotency_level == GOOGLE__PROTOBUF__METHOD_OPTIONS__IDEMPOTENCY_LEVEL__NO_SIDE_EFFECTS
  }

  private static func string(_ start: UnsafePointer<CChar>?) -> String { start.map { String(cString: $0) } ?? "" }

  private static func join(_ scope: String, _ name: String) -> String { scope.isEmpty ? name : scope + "." + name }

  private static func each<Element>(
    _ count: Int, _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Element>?>?
  ) -> [Element] {
    (0..<count).compactMap { pointers?[$0]?.pointee }
  }
}
