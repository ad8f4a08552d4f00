import CProtobufC
import CProtobufTypes
import Glibc
import ProtoSchema
import Protobuf

/// The plugin for protoc: reads a `CodeGeneratorRequest` from standard input, through protobuf-c, and writes a
/// `CodeGeneratorResponse` to standard output; or, with the argument `strip`, the request without what C does not need.
@main
enum ProtocGenFastshop {
  /// Features of `CodeGeneratorResponse`: `optional` in proto3 files is understood.
  private static let proto3Optional: UInt64 = 1

  static func main() {
    do {
      let request = try readAll()
      try write(try CommandLine.arguments.contains("strip") ? StrippedRequest.strip(request) : respond(to: request))
    } catch {
      let message = Array("protoc-gen-fastshop: \(error)\n".utf8)
      _ = Glibc.write(STDERR_FILENO, message, message.count)
      exit(1)
    }
  }

  private static func respond(to request: [UInt8]) throws -> [UInt8] {
    let arena = Arena(limit: 1 << 30)
    let type = MessageDescriptor(google__protobuf__compiler__code_generator_response__type())
    let response = type.make(in: arena)
    try slot("supported_features", of: type, response).set(proto3Optional)
    do {
      for file in try generate(request, in: arena) {
        guard let field = type.field(named: "file"), let entry = response.append(field)?.messageForWriting(),
          let fileType = field.message
        else { throw GeneratorError("the response has no files") }
        try slot("name", of: fileType, entry).set(arena.text(file.name))
        try slot("content", of: fileType, entry).set(arena.text(file.content))
      }
    } catch let error as GeneratorError {
      try slot("error", of: type, response).set(arena.text(error.message))
    }
    var buffer = EncodeBuffer(capacity: 1 << 20)
    try buffer.prepend(response, of: type)
    return buffer.withUnsafeBytes { Array($0) }
  }

  private static func generate(_ bytes: [UInt8], in arena: Arena) throws -> [(name: String, content: String)] {
    let type = MessageDescriptor(google__protobuf__compiler__code_generator_request__type())
    let request = try bytes.withUnsafeBytes { try type.decode($0, in: arena, limits: .standard) }
      .pointer.assumingMemoryBound(to: Google__Protobuf__Compiler__CodeGeneratorRequest.self).pointee
    var files: [FileSchema] = []
    for index in 0..<request.n_proto_file {
      guard let file = request.proto_file[index] else { continue }
      files.append(try SchemaReader.file(file, in: arena))
    }
    return try Generator(
      options: try GeneratorOptions(request.parameter.map { String(cString: $0) } ?? ""), files: files,
      toGenerate: (0..<request.n_file_to_generate).compactMap {
        request.file_to_generate[$0].map { String(cString: $0) }
      }
    ).run()
  }

  private static func slot(_ name: String, of type: MessageDescriptor, _ message: MessageStorage) throws -> ValueSlot {
    guard let field = type.field(named: name) else { throw GeneratorError("\(type.fullName) has no field \(name)") }
    return message.slotForWriting(field)
  }

  private static func readAll() throws -> [UInt8] {
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(STDIN_FILENO, &chunk, chunk.count)
      guard count >= 0 else { throw GeneratorError("cannot read the request: errno \(errno)") }
      guard count > 0 else { return result }
      result += chunk[..<count]
    }
  }

  private static func write(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      guard count > 0 else { throw GeneratorError("cannot write the response: errno \(errno)") }
      rest = rest.dropFirst(count)
    }
  }
}
