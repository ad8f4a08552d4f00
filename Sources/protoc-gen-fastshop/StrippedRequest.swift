import CProtobufTypes
import ProtoSchema
import Protobuf

/// A `CodeGeneratorRequest` without what C code does not need, so that a change of it changes no C file: comments,
/// services (which are Swift's alone), and imports for options alone (`fastshop/policy/v1/policy.proto`).
struct StrippedRequest {
  private static let type = MessageDescriptor(google__protobuf__compiler__code_generator_request__type())

  /// `bytes` is the encoded request, and so is the result.
  static func strip(_ bytes: [UInt8]) throws -> [UInt8] {
    let arena = Arena(limit: 1 << 30)
    let message = try bytes.withUnsafeBytes { try type.decode($0, in: arena, limits: .standard) }
    let request = message.pointer.assumingMemoryBound(to: Google__Protobuf__Compiler__CodeGeneratorRequest.self).pointee
    let pointers = (0..<request.n_proto_file).compactMap { request.proto_file[$0] }
    // Reading a file already takes its comments away.
    let files = try pointers.map { try SchemaReader.file($0, in: arena) }
    let extending = Set(files.filter { !$0.extensions.isEmpty }.map(\.name))
    var owners: [String: String] = [:]
    for file in files {
      for name in file.allMessages.map(\.fullName) + file.allEnums.map(\.fullName) { owners[name] = file.name }
    }
    for (pointer, file) in zip(pointers, files) {
      pointer.pointee.n_service = 0
      guard pointer.pointee.n_public_dependency == 0 else { continue }
      let needed = Set(file.usedTypes.compactMap { owners[$0] })
      var kept = 0
      for (index, name) in file.dependencies.enumerated() where needed.contains(name) || !extending.contains(name) {
        pointer.pointee.dependency[kept] = pointer.pointee.dependency[index]
        kept += 1
      }
      pointer.pointee.n_dependency = kept
    }
    var buffer = EncodeBuffer(capacity: 1 << 20)
    try buffer.prepend(message, of: type)
    return buffer.withUnsafeBytes { Array($0) }
  }
}

extension FileSchema {
  /// The full names of the messages and enums that fields and methods have.
  var usedTypes: [String] {
    allMessages.flatMap(\.fields).map(\.typeName).filter { !$0.isEmpty }
      + services.flatMap(\.methods).flatMap { [$0.input, $0.output] }
  }
}
