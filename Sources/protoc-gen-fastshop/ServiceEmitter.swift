import ProtoSchema

/// Writes a service's protocol, its table of methods and its client.
struct ServiceEmitter {
  let file: FileSchema
  let names: NameTable
  let options: GeneratorOptions

  func emit(_ service: ServiceSchema, to text: inout SourceText) throws {
    try emitProtocol(service, to: &text)
    text.line()
    try emitMethods(service, to: &text)
    text.line()
    try emitDescriptor(service, to: &text)
    text.line()
    try emitClient(service, to: &text)
  }

  private func name(_ service: ServiceSchema) -> ServiceNaming {
    ServiceNaming(service, prefix: options.prefixes[file.package] ?? "")
  }

  private func path(_ method: MethodSchema, _ service: ServiceSchema) -> String {
    "\"/\(service.fullName)/\(method.name)\""
  }

  private func emitProtocol(_ service: ServiceSchema, to text: inout SourceText) throws {
    text.documentation(service.comment, otherwise: "The service `\(service.fullName)`.")
    try text.block("\(options.access) protocol \(name(service).protocolName): RPC::RPCService {") { text in
      for method in service.methods {
        let request = try names.swiftName(method.input)
        let response = try names.swiftName(method.output)
        // The request of a stream of responses goes when its handler has read it, long before the stream ends.
        let owned = method.serverStreams ? "consuming " : ""
        let input =
          method.clientStreams ? "_ requests: RPC::RequestStream<\(request)>" : "_ request: \(owned)\(request)"
        let output = method.serverStreams ? ", _ responses: RPC::ResponseStream<\(response)>" : ""
        let result = method.serverStreams ? "" : " -> \(response)"
        text.documentation(method.comment)
        text.line("func \(SwiftNaming.method(method.name))(\(input)\(output), _ call: RPC::Call) async throws\(result)")
      }
    }
  }

  private func emitMethods(_ service: ServiceSchema, to text: inout SourceText) throws {
    text.block("extension \(options.module)::\(name(service).protocolName) {") { text in
      text.line("/// What `\(service.fullName)` is.")
      text.line("\(options.access) var serviceDescriptor: RPC::ServiceDescriptor { \(name(service).descriptor) }")
      text.line()
      text.line("/// The methods, bound to this implementation.")
      text.block("\(options.access) var methods: [RPC::Method] {") { text in
        text.block("[", closing: "]") { text in
          for method in service.methods {
            emitEntry(method, of: service, to: &text)
          }
        }
      }
    }
  }

  private func emitEntry(_ method: MethodSchema, of service: ServiceSchema, to text: inout SourceText) {
    let function = "self.\(SwiftNaming.method(method.name))"
    if method.clientStreams { return text.line(".\(method.kind)(\(path(method, service)), \(function)),") }
    if method.serverStreams {
      // Not `Method.serverStreaming`, whose closure would hold the request as long as the stream lasts.
      return text.block("RPC::Method(path: \(path(method, service)), kind: .serverStreaming) { call in", closing: "},")
      {
        $0.line("try await \(function)(call.onlyRequest(), RPC::ResponseStream(call), call)")
      }
    }
    // Not `Method.unary`, which knows the messages' types as parameters only: what lies between its generic function
    // and this one costs every call two more functions that may wait.
    let isSafe = method.isSideEffectFree ? ", isSideEffectFree: true" : ""
    text.block("RPC::Method(path: \(path(method, service)), kind: .unary\(isSafe)) { call in", closing: "},") { text in
      text.line("try await call.respond(with: \(function)(call.onlyRequest(), call))")
    }
  }

  private func emitDescriptor(_ service: ServiceSchema, to text: inout SourceText) throws {
    text.line("/// What `\(service.fullName)` is, for reflection.")
    try text.block(
      "\(options.access) let \(name(service).descriptor) = RPC::ServiceDescriptor(", closing: ")"
    ) { text in
      text.line("fullName: \"\(service.fullName)\", file: \(FileEmitter.constant(file)),")
      try text.block("methods: [", closing: "],") { text in
        for method in service.methods {
          try text.block(".init(", closing: "),") { text in
            text.line("name: \"\(method.name)\", path: \(path(method, service)), kind: .\(method.kind),")
            text.line("input: \(try names.swiftName(method.input)).self,")
            text.line("output: \(try names.swiftName(method.output)).self,")
            text.line("comment: \(SourceText.literal(method.comment))")
          }
        }
      }
      text.line("comment: \(SourceText.literal(service.comment))")
    }
  }

  private func emitClient(_ service: ServiceSchema, to text: inout SourceText) throws {
    let access = options.access
    text.line("/// Calls `\(service.fullName)`.")
    try text.block("\(access) struct \(name(service).client): Swift::Sendable {") { text in
      text.line("/// Where the calls go.")
      text.line("\(access) let channel: RPC::Channel")
      text.line()
      text.line("/// A client that calls through `channel`.")
      text.line("\(access) init(_ channel: RPC::Channel) { self.channel = channel }")
      for method in service.methods {
        text.line()
        try emitCall(method, of: service, to: &text)
      }
    }
  }

  private func emitCall(_ method: MethodSchema, of service: ServiceSchema, to text: inout SourceText) throws {
    let request = try names.swiftName(method.input)
    let response = try names.swiftName(method.output)
    let argument = method.clientStreams ? "" : "_ request: \(request), "
    let passed = method.clientStreams ? "" : "request, "
    let result =
      switch (method.clientStreams, method.serverStreams) {
      case (false, false): response
      case (false, true): "RPC::ClientResponseStream<\(response)>"
      case (true, false): "RPC::ClientStreamingCall<\(request), \(response)>"
      case (true, true): "RPC::BidirectionalCall<\(request), \(response)>"
      }
    text.documentation(method.comment)
    text.line("\(options.access) func \(SwiftNaming.method(method.name))(")
    text.line("  \(argument)options: RPC::CallOptions = RPC::CallOptions()")
    text.block(") async throws -> \(result) {") { text in
      text.line("try await self.channel.\(method.kind)(\(path(method, service)), \(passed)options)")
    }
  }
}

extension MethodSchema {
  /// The name of the case of `MethodKind` and of the functions of `Method` and `Channel`.
  var kind: String {
    switch (clientStreams, serverStreams) {
    case (false, false): "unary"
    case (false, true): "serverStreaming"
    case (true, false): "clientStreaming"
    case (true, true): "bidirectional"
    }
  }
}
