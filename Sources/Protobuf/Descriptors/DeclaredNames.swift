/// The names that a .proto file declares within its messages and enums, besides those of the types: for reflection.
enum DeclaredNames {
  // Numbers of fields in descriptor.proto.
  private static let fileMessages = 4
  private static let fileEnums = 5
  private static let name = 1
  private static let messageFields = 2
  private static let messageMessages = 3
  private static let messageEnums = 4
  private static let messageOneofs = 8
  private static let enumValues = 2

  static func all(in file: [UInt8]) -> [String] {
    let package = EncodedFields.text(DeclaredMethod.filePackage, of: file[...])
    return EncodedFields.messages(fileMessages, of: file[...]).flatMap { members(of: $0, in: package) }
      + values(of: EncodedFields.messages(fileEnums, of: file[...]), in: package)
  }

  private static func members(of message: ArraySlice<UInt8>, in scope: String) -> [String] {
    let own = joined(scope, EncodedFields.text(name, of: message))
    let named = [messageFields, messageOneofs].flatMap { EncodedFields.messages($0, of: message) }
    return named.map { joined(own, EncodedFields.text(name, of: $0)) }
      + EncodedFields.messages(messageMessages, of: message).flatMap { members(of: $0, in: own) }
      + values(of: EncodedFields.messages(messageEnums, of: message), in: own)
  }

  /// The values of an enum are in the scope that contains the enum, as in C++: `package.VALUE`.
  private static func values(of enums: [ArraySlice<UInt8>], in scope: String) -> [String] {
    enums.flatMap { EncodedFields.messages(enumValues, of: $0) }.map { joined(scope, EncodedFields.text(name, of: $0)) }
  }

  private static func joined(_ scope: String, _ name: String) -> String { scope.isEmpty ? name : "\(scope).\(name)" }
}

extension FileDescriptor {
  /// The full names of the fields, the oneofs and the enums' values that it declares.
  package var memberNames: [String] { DeclaredNames.all(in: encoded) }
}
