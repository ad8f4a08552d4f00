/// A .proto file as generated code knows it: for reflection.
public struct FileDescriptor: Sendable, Hashable {
  /// The path by which other files import it, such as `fastshop/catalog/v1/product.proto`.
  public let name: String
  /// The paths of the files that it imports.
  public let dependencies: [String]
  /// The full names of the messages, enums and services that it declares.
  public let symbols: [String]
  /// The extensions that it declares.
  public let extensions: [Extension]
  /// A `google.protobuf.FileDescriptorProto`, encoded, in base 64.
  public let base64: String

  /// A field that a file adds to another's message.
  public struct Extension: Sendable, Hashable {
    /// The full name of the message.
    public let extendee: String
    /// The field's number.
    public let number: Int32

    /// For generated code.
    public init(extendee: String, number: Int32) {
      self.extendee = extendee
      self.number = number
    }
  }

  /// For generated code.
  public init(
    name: String, dependencies: [String], symbols: [String], extensions: [Extension] = [], base64: StaticString
  ) {
    self.name = name
    self.dependencies = dependencies
    self.symbols = symbols
    self.extensions = extensions
    self.base64 = "\(base64)"
  }

  /// The `google.protobuf.FileDescriptorProto`, encoded.
  package var encoded: [UInt8] { Base64.decode(base64) ?? [] }
}
