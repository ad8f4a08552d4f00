import ProtoSchema

/// Generates the files for a request of protoc.
struct Generator {
  let options: GeneratorOptions
  let files: [FileSchema]
  let toGenerate: [String]

  /// The files to write: paths and contents.
  func run() throws -> [(name: String, content: String)] {
    let chosen = files.filter { toGenerate.contains($0.name) }
    for file in chosen { try check(file) }
    let lists = ListEmitter(options: options)
    switch options.output {
    case .c:
      let emitter = CModuleEmitter(options: options)
      return [
        ("include/module.modulemap", emitter.moduleMap()),
        ("include/\(options.cModule).h", emitter.header(chosen)),
        ("\(options.cModule).c", emitter.source(chosen)),
      ]
    case .swift:
      for file in chosen where !file.isProto3 && !options.bare.contains(file.name) {
        throw GeneratorError("\(file.name): only proto3 files have Swift views")
      }
      let names = try NameTable(files, generating: Set(toGenerate), options: options)
      let emitter = FileEmitter(names: names, options: options)
      return try chosen.map { (SwiftNaming.file($0.name) + ".swift", try emitter.swift($0)) }
        + [(options.files.prefix(1).uppercased() + options.files.dropFirst() + ".swift", lists.list(chosen))]
    case .list:
      return [(options.module + ".swift", try lists.concatenation(chosen))]
    }
  }

  /// JSON names and maps are known at run time by protoc's rules alone: what departs from them is refused.
  private func check(_ file: FileSchema) throws {
    guard file.isProto3 else { return }
    for message in file.allMessages {
      for field in message.fields {
        let place = "\(message.fullName).\(field.name)"
        guard field.jsonName == SwiftNaming.jsonName(field.name) else {
          throw GeneratorError("\(place): json_name must be the usual one, \(SwiftNaming.jsonName(field.name))")
        }
        guard field.type == .message, field.label == .repeated, !isMap(field, in: message) else { continue }
        let entry = SwiftNaming.mapEntry(field.name)
        guard field.typeName != "\(message.fullName).\(entry)" else {
          throw GeneratorError("\(place): a repeated \(entry) that is no map looks like one; call it otherwise")
        }
      }
    }
  }

  private func isMap(_ field: FieldSchema, in message: MessageSchema) -> Bool {
    message.messages.contains { $0.isMapEntry && $0.fullName == field.typeName }
  }
}
