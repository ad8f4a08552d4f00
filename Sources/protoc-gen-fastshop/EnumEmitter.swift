import ProtoSchema

/// Writes the Swift enum for an enum of a .proto file.
struct EnumEmitter {
  let names: NameTable
  let options: GeneratorOptions

  func emit(_ type: EnumSchema, to text: inout SourceText) throws {
    let access = options.access
    let inlinable = access == "public" ? "@inlinable public" : access
    var cases: [(name: String, number: Int32, comment: String)] = []
    for value in type.values where !cases.contains(where: { $0.number == value.number }) {
      cases.append((SwiftNaming.enumCase(value.name, of: type.name), value.number, value.comment))
    }
    text.documentation(type.comment, otherwise: "The enum `\(type.fullName)`.")
    let name = try names.swiftName(type.fullName)
    text.block("\(access) enum \(try names.localName(type.fullName)): Protobuf::ProtobufEnum {") { text in
      for value in cases {
        text.documentation(value.comment)
        text.line("case \(value.name)")
      }
      text.line("/// A value that this program does not know.")
      text.line("case unrecognized(Swift::Int32)")
      text.line()
      text.line("/// All values that this program knows.")
      text.line("\(access) static let knownCases: [\(name)] = [\(cases.map { "." + $0.name }.joined(separator: ", "))]")
      text.line()
      text.block("\(inlinable) init(rawValue: Swift::Int32) {") { text in
        text.line("switch rawValue {")
        for value in cases { text.line("case \(value.number): self = .\(value.name)") }
        text.line("default: self = .unrecognized(rawValue)")
        text.line("}")
      }
      text.line()
      text.block("\(inlinable) var rawValue: Swift::Int32 {") { text in
        text.line("switch self {")
        for value in cases { text.line("case .\(value.name): \(value.number)") }
        text.line("case .unrecognized(let value): value")
        text.line("}")
      }
    }
  }
}
