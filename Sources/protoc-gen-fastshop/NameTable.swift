import ProtoSchema

/// What every message and enum is called in Swift.
struct NameTable {
  private var names: [String: String] = [:]
  private var messages: [String: MessageSchema] = [:]

  /// Names that views and the standard library need for themselves.
  private static let taken: Set<String> = [
    "Any", "Arena", "Array", "Bool", "Bytes", "Call", "Character", "Data", "Dictionary", "Double", "Duration", "Error",
    "Float", "Int", "Int32", "Int64", "MapField", "Message", "MessageDescriptor", "MessageStorage", "Method", "Never",
    "Optional", "Protocol", "RepeatedField", "Result", "Self", "Set", "String", "Task", "Text", "Type", "UInt32",
    "UInt64", "Void",
  ]

  /// The well-known types whose names Swift needs for itself.
  private static let wellKnown = [
    "google.protobuf.Any": "ProtobufAny", "google.protobuf.Duration": "ProtobufDuration",
  ]

  init(_ files: [FileSchema], generating: Set<String>, options: GeneratorOptions) throws {
    var declared: [String: String] = [:]
    for file in files where file.isProto3 {
      let prefix = options.prefixes[file.package] ?? ""
      for message in file.messages { add(message, scope: "", prefix: prefix, options) }
      for type in file.enums { names[type.fullName] = name(type.fullName, prefix + type.name, options) }
      guard generating.contains(file.name) else { continue }
      for fullName in file.messages.map(\.fullName) + file.enums.map(\.fullName) {
        guard let name = names[fullName] else { continue }
        if let other = declared[name] {
          throw GeneratorError("\(fullName) and \(other) would both be \(name) in Swift: give rename=\(fullName):NAME")
        }
        guard !NameTable.taken.contains(name) else {
          throw GeneratorError("\(fullName) cannot be \(name) in Swift: give rename=\(fullName):NAME")
        }
        declared[name] = fullName
      }
    }
    qualifyShadowed(declared: Set(declared.keys), module: options.module)
  }

  /// The Swift name of a message or enum; dots for nested ones.
  func swiftName(_ fullName: String) throws -> String {
    guard let name = names[fullName] else { throw GeneratorError("\(fullName) is not declared in these files") }
    return name
  }

  /// The Swift name at the place of the declaration, without what it is nested in.
  func localName(_ fullName: String) throws -> String {
    let name = try swiftName(fullName)
    return name.split(separator: ".").last.map(String.init) ?? name
  }

  /// The message with this full name.
  func message(_ fullName: String) throws -> MessageSchema {
    guard let message = messages[fullName] else { throw GeneratorError("\(fullName) is not declared in these files") }
    return message
  }

  /// What the Swift enum for a oneof is called: not like any type, which it would hide from its message.
  func oneofName(_ oneof: OneofSchema) -> String {
    let name = SwiftNaming.type(oneof.name)
    let isTaken =
      NameTable.taken.contains(name)
      || names.values.contains { $0 == name || $0.split(separator: ".").contains { $0 == name } }
    return isTaken ? "Oneof" + name : name
  }

  private mutating func add(
    _ message: MessageSchema, scope: String, prefix: String, _ options: GeneratorOptions
  ) {
    let name = scope + self.name(message.fullName, prefix + message.name, options)
    names[message.fullName] = name
    messages[message.fullName] = message
    for nested in message.messages { add(nested, scope: name + ".", prefix: "", options) }
    for type in message.enums { names[type.fullName] = name + "." + self.name(type.fullName, type.name, options) }
  }

  private func name(_ fullName: String, _ usual: String, _ options: GeneratorOptions) -> String {
    options.renamed[fullName] ?? NameTable.wellKnown[fullName] ?? usual
  }

  /// A nested type hides a top-level one of the same name: the latter is then named with its module.
  private mutating func qualifyShadowed(declared: Set<String>, module: String) {
    let nested = Set(names.values.flatMap { $0.split(separator: ".").dropFirst().map(String.init) })
    for (fullName, name) in names where nested.contains(String(name.prefix { $0 != "." })) {
      if declared.contains(String(name.prefix { $0 != "." })) { names[fullName] = module + "." + name }
    }
  }
}
