/// The message types that a `google.protobuf.Any` may contain when it is read from text or written as text.
public struct TypeRegistry: Sendable {
  private let types: [String: MessageDescriptor]

  /// A registry of these types; of none by default.
  public init(_ types: [any Message.Type] = []) {
    self.types = Dictionary(
      types.map { ($0.descriptor.fullName, $0.descriptor) }, uniquingKeysWith: { first, _ in first })
  }

  /// The type that a URL such as `type.googleapis.com/google.rpc.RetryInfo` names.
  package func type(url: String) -> MessageDescriptor? {
    guard let slash = url.lastIndex(of: "/") else { return nil }
    return types[String(url[url.index(after: slash)...])]
  }
}
