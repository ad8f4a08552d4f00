internal import Protobuf

/// Implements `grpc.reflection` on an index of .proto files, in version 1 or 1alpha.
///
/// The two versions differ on the wire only in their names, so both are read and written as version 1.
struct ReflectionHandlers: RPCService {
  let serviceDescriptor: ServiceDescriptor
  let index: DescriptorIndex
  /// Full names, in the order in which they are listed.
  let services: [String]

  var methods: [Method] {
    serviceDescriptor.methods.map { method in
      .bidirectional(method.path) { requests, responses, call in
        call.isEndless = true  // tools keep their conversation open
        try await converse(requests, responses)
      }
    }
  }

  private func converse(
    _ requests: RequestStream<ServerReflectionRequest>, _ responses: ResponseStream<ServerReflectionResponse>
  ) async throws {
    var requests = requests
    while let request = try await requests.next() {
      let response = ServerReflectionResponse(in: responses.arena)
      response.validHost = request.host
      response.originalRequest = request
      response.messageResponse = answer(request.messageRequest, in: responses.arena)
      try await responses.send(response)
    }
  }

  private func answer(
    _ question: ServerReflectionRequest.MessageRequest?, in arena: Arena
  ) -> ServerReflectionResponse.MessageResponse {
    switch question {
    case .listServices: .listServicesResponse(list(in: arena))
    case .fileByFilename(let name):
      found(index.file(named: name.string), "file \"\(EchoedText.cut(name.string))\"", in: arena)
    case .fileContainingSymbol(let symbol):
      found(index.file(declaring: symbol.string), "symbol \"\(EchoedText.cut(symbol.string))\"", in: arena)
    case .fileContainingExtension(let wanted):
      found(
        index.file(extending: wanted.containingType.string, with: wanted.extensionNumber),
        "extension \(wanted.extensionNumber) of \"\(EchoedText.cut(wanted.containingType.string))\"", in: arena)
    case .allExtensionNumbersOfType(let type): extensions(of: type, in: arena)
    case nil: failure(.invalidArgument, "the request has no query", in: arena)
    }
  }

  private func list(in arena: Arena) -> ListServiceResponse {
    let list = ListServiceResponse(in: arena)
    for service in services { list.service.appendNew().name = arena.text(service) }
    return list
  }

  private func found(
    _ file: FileDescriptor?, _ what: String, in arena: Arena
  ) -> ServerReflectionResponse.MessageResponse {
    guard let file else { return failure(.notFound, "this server has no \(what)", in: arena) }
    let response = FileDescriptorResponse(in: arena)
    for file in index.closure(of: file) {
      response.fileDescriptorProto.append(arena.bytes(Base64.decode(file.base64) ?? []))
    }
    return .fileDescriptorResponse(response)
  }

  private func extensions(of type: Text, in arena: Arena) -> ServerReflectionResponse.MessageResponse {
    guard index.file(declaring: type.string) != nil else {
      return found(nil, "type \"\(EchoedText.cut(type.string))\"", in: arena)
    }
    let response = ExtensionNumberResponse(in: arena)
    response.baseTypeName = type
    for number in index.extensionNumbers(of: type.string) { response.extensionNumber.append(number) }
    return .allExtensionNumbersResponse(response)
  }

  private func failure(
    _ code: StatusCode, _ message: String, in arena: Arena
  ) -> ServerReflectionResponse.MessageResponse {
    let response = ErrorResponse(in: arena)
    response.errorCode = code.rawValue
    response.errorMessage = arena.text(message)
    return .errorResponse(response)
  }
}
