public import Protobuf

/// A service as reflection and the command line see it.
public struct ServiceDescriptor: Sendable {
  /// One method of a service.
  public struct Method: Sendable {
    /// The method's name within its service.
    public let name: String
    /// `/package.Service/Method`.
    public let path: String
    /// Which sides send a stream.
    public let kind: MethodKind
    /// The type of its requests.
    public let input: any Message.Type
    /// The type of its responses.
    public let output: any Message.Type
    /// The comment in its .proto file.
    public let comment: String

    /// Describes a method.
    public init(
      name: String, path: String, kind: MethodKind, input: any Message.Type, output: any Message.Type,
      comment: String = ""
    ) {
      self.name = name
      self.path = path
      self.kind = kind
      self.input = input
      self.output = output
      self.comment = comment
    }
  }

  /// `package.Service`.
  public let fullName: String
  /// The file that declares it.
  public let file: FileDescriptor
  /// Its methods, in the file's order.
  public let methods: [Method]
  /// The comment in its .proto file.
  public let comment: String

  /// Describes a service.
  public init(fullName: String, file: FileDescriptor, methods: [Method], comment: String = "") {
    self.fullName = fullName
    self.file = file
    self.methods = methods
    self.comment = comment
  }
}

/// A service that a server can offer. Generated protocols refine it and list the functions to implement.
public protocol RPCService: Sendable {
  /// The service's descriptor.
  var serviceDescriptor: ServiceDescriptor { get }
  /// Its methods, bound to this implementation.
  var methods: [Method] { get }
}
