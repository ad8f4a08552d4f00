/// A .proto file as generated code knows it: for reflection.
public struct FileDescriptor: Sendable, Hashable {
  /// The path by which other files import it, such as `fastshop/catalog/v1/product.proto`.
  public let name: String
  /// The paths of the files that it imports.
  public let dependencies: [String]
  /// The full names of the messages, enums and services that it declares.
  public let symbols: [String]
  /// A `google.protobuf.FileDescriptorProto`, encoded, in base 64.
  public let base64: String

  /// For generated code.
  public init(name: String, dependencies: [String], symbols: [String], base64: StaticString) {
    self.name = name
    self.dependencies = dependencies
    self.symbols = symbols
    self.base64 = "\(base64)"
  }
}
