internal import CProtobufTypes
internal import Protobuf

/// The files of a `google.protobuf.FileDescriptorSet`, as `protoc --descriptor_set_out` writes it. Comments are there
/// only with `--include_source_info`.
package struct DescriptorSet {
  /// More memory than this is not spent on reading a set, in bytes.
  private static let memoryMax = 1 << 28

  /// The files in the order of the set: a file follows those that it imports.
  package let files: [FileSchema]

  /// - Throws: why `bytes` are no descriptor set, or what of it is not supported.
  package init(_ bytes: [UInt8]) throws {
    let arena = Arena(limit: Self.memoryMax)
    let type = MessageDescriptor(google__protobuf__file_descriptor_set__type())
    let set = try bytes.withUnsafeBytes { try type.decode($0, in: arena, limits: .standard) }
      .pointer.assumingMemoryBound(to: Google__Protobuf__FileDescriptorSet.self).pointee
    files = try (0..<set.n_file).compactMap { index in
      try set.file[index].map { try SchemaReader.file($0, in: arena) }
    }
  }
}
