import ProtoSchema

/// The Swift names of all messages and enums: always qualified with their module (`CatalogAPI::Product`). So no name of
/// a .proto file can shadow a name of Swift, Protobuf, RPC or another domain, or be shadowed by it.
struct NameTable {
  /// The path of a type inside its module (`Tree.Leaf`), by its full name in the .proto files.
  private var paths: [String: String] = [:]
  private var modules: [String: String] = [:]
  private var messages: [String: MessageSchema] = [:]

  /// `Self` always means the surrounding type. The compiler (Swift 6.3) also looks up inherited types without their
  /// module, when it infers `Sendable`. The macros of Swift Testing use `Void` without its module.
  private static let refused: Set<String> = ["ProtobufEnum", "RPCService", "Self", "Void"]

  /// The well-known types whose names their users would confuse with Swift's.
  private static let wellKnown = [
    "google.protobuf.Any": "ProtobufAny", "google.protobuf.Duration": "ProtobufDuration",
  ]

  init(_ files: [FileSchema], generating: Set<String>, options: GeneratorOptions) throws {
    for file in files where file.isProto3 {
      let prefix = options.prefixes[file.package] ?? ""
      let module = generating.contains(file.name) ? options.module : options.modules[file.package]
      for message in file.messages { add(message, scope: "", prefix: prefix, options) }
      for type in file.enums { paths[type.fullName] = name(type.fullName, prefix + type.name, options) }
      for fullName in file.allMessages.map(\.fullName) + file.allEnums.map(\.fullName) { modules[fullName] = module }
    }
    try checkDeclarations(of: files.filter { generating.contains($0.name) && $0.isProto3 }, options)
  }

  /// The Swift name of a message or enum, with its module; dots for nested ones.
  func swiftName(_ fullName: String) throws -> String { "\(try module(fullName))::\(try path(fullName))" }

  /// The Swift module that has a message or enum.
  func module(_ fullName: String) throws -> String {
    _ = try path(fullName)
    guard let module = modules[fullName] else {
      throw GeneratorError("\(fullName) is in no known Swift module: give module=PACKAGE:NAME")
    }
    return module
  }

  /// The Swift name at the place of the declaration, without what it is nested in.
  func localName(_ fullName: String) throws -> String {
    let path = try path(fullName)
    return path.split(separator: ".").last.map(String.init) ?? path
  }

  /// The message with this full name.
  func message(_ fullName: String) throws -> MessageSchema {
    guard let message = messages[fullName] else { throw GeneratorError("\(fullName) is not declared in these files") }
    return message
  }

  /// The name of the Swift enum for a oneof: different from the types that are nested in the message.
  func oneofName(_ oneof: OneofSchema, in message: MessageSchema) -> String {
    let name = SwiftNaming.type(oneof.name)
    let isTaken = (message.messages.map(\.name) + message.enums.map(\.name)).contains(name)
    return SwiftNaming.escapedType(isTaken ? "Oneof" + name : name)
  }

  private func path(_ fullName: String) throws -> String {
    guard let path = paths[fullName] else { throw GeneratorError("\(fullName) is not declared in these files") }
    return path
  }

  private mutating func add(
    _ message: MessageSchema, scope: String, prefix: String, _ options: GeneratorOptions
  ) {
    let path = scope + name(message.fullName, prefix + message.name, options)
    paths[message.fullName] = path
    messages[message.fullName] = message
    for nested in message.messages { add(nested, scope: path + ".", prefix: "", options) }
    for type in message.enums { paths[type.fullName] = path + "." + name(type.fullName, type.name, options) }
  }

  private func name(_ fullName: String, _ usual: String, _ options: GeneratorOptions) -> String {
    SwiftNaming.escapedType(options.renamed[fullName] ?? NameTable.wellKnown[fullName] ?? usual)
  }

  private func refuse(_ name: String, for fullName: String) throws {
    guard NameTable.refused.contains(name) else { return }
    throw GeneratorError("\(fullName) cannot be \(name) in Swift: give rename=\(fullName):NAME")
  }

  /// - Throws: which two things of these files would have one name in Swift.
  private func checkDeclarations(of files: [FileSchema], _ options: GeneratorOptions) throws {
    var declared: [String: String] = [:]
    func declare(_ name: String, for fullName: String) throws {
      try refuse(name, for: fullName)
      if let other = declared.updateValue(fullName, forKey: name) {
        throw GeneratorError("\(fullName) and \(other) would both be \(name) in Swift: give rename=\(fullName):NAME")
      }
    }
    for file in files {
      for fullName in file.allMessages.map(\.fullName) + file.allEnums.map(\.fullName) {
        try refuse(try localName(fullName), for: fullName)
      }
      for fullName in file.messages.map(\.fullName) + file.enums.map(\.fullName) {
        try declare(try path(fullName), for: fullName)
      }
      for service in file.services {
        let name = ServiceNaming(service, prefix: options.prefixes[file.package] ?? "")
        try declare(name.protocolName, for: service.fullName)
        try declare(name.client, for: service.fullName)
      }
    }
  }
}
