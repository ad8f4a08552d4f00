public import Protobuf

/// The streaming kind of a method.
public enum MethodKind: Sendable {
  /// One request, one response.
  case unary
  /// A stream of requests, one response.
  case clientStreaming
  /// One request, a stream of responses.
  case serverStreaming
  /// Streams both ways, independent of each other.
  case bidirectional
}

/// A method and its handler. Generated code makes it.
public final class Method: Sendable {
  /// Runs one call: reads its requests and sends its responses. It stays on its caller's executor, which saves every
  /// call two checks of the executor in each layer.
  public typealias Handler = nonisolated(nonsending) @Sendable (Call) async throws -> Void

  /// `/package.Service/Method`.
  public let path: String
  /// Which sides send a stream.
  public let kind: MethodKind
  /// Its place among the methods of its server, from 0: for tables of what is known of each. -1 outside a server.
  public let index: Int
  /// Whether calling it changes nothing (`idempotency_level = NO_SIDE_EFFECTS`), so that browsers may call it by GET.
  public let isSideEffectFree: Bool
  /// The rules for its requests.
  let rules: RequestRules
  /// The outermost gates, passed before ``handler`` is called.
  let gates: FirstGate
  let handler: Handler

  /// A method that is handled by `handler`.
  public convenience init(path: String, kind: MethodKind, isSideEffectFree: Bool = false, handler: @escaping Handler) {
    self.init(
      path: path, kind: kind, isSideEffectFree: isSideEffectFree, index: -1, rules: RequestRules(), gates: nil,
      handler: handler)
  }

  private init(
    path: String, kind: MethodKind, isSideEffectFree: Bool, index: Int, rules: RequestRules, gates: GateChain?,
    handler: @escaping Handler
  ) {
    self.path = path
    self.kind = kind
    self.isSideEffectFree = isSideEffectFree
    self.index = index
    self.rules = rules
    self.gates = FirstGate(gates)
    self.handler = handler
  }

  /// One request, one response.
  public static func unary<Request: Message, Response: Message>(
    _ path: String, isSideEffectFree: Bool = false,
    _ handler: @escaping @Sendable (Request, Call) async throws -> Response
  ) -> Method {
    Method(path: path, kind: .unary, isSideEffectFree: isSideEffectFree) { call in
      call.respond(with: try await handler(try call.onlyRequest(), call))
    }
  }

  /// One request, a stream of responses.
  public static func serverStreaming<Request: Message, Response: Message>(
    _ path: String,
    _ handler: @escaping @Sendable (Request, ResponseStream<Response>, Call) async throws -> Void
  ) -> Method {
    Method(path: path, kind: .serverStreaming) { call in
      try await handler(try call.onlyRequest(), ResponseStream(call), call)
    }
  }

  /// A stream of requests, one response.
  public static func clientStreaming<Request: Message, Response: Message>(
    _ path: String, _ handler: @escaping @Sendable (RequestStream<Request>, Call) async throws -> Response
  ) -> Method {
    Method(path: path, kind: .clientStreaming) { call in
      call.respond(with: try await handler(RequestStream(call), call))
    }
  }

  /// Streams both ways.
  public static func bidirectional<Request: Message, Response: Message>(
    _ path: String,
    _ handler: @escaping @Sendable (RequestStream<Request>, ResponseStream<Response>, Call) async throws -> Void
  ) -> Method {
    Method(path: path, kind: .bidirectional) { call in
      try await handler(RequestStream(call), ResponseStream(call), call)
    }
  }

  /// The method within interceptors, as one of a server's.
  func intercepted(
    by interceptors: [any ServerInterceptor], index: Int = -1, rules: RequestRules = RequestRules()
  ) -> Method {
    var wrapped = handler
    var gates: GateChain?
    // No `reduce`, no `??`: a function that passes through a generic is wrapped once more, at the cost of every call.
    for interceptor in interceptors.reversed() {
      if let gate = interceptor as? any ServerGate {
        gates = .linking(gate, before: gates)
      } else {
        if let passed = gates.take() { wrapped = Self.layer(passed, around: wrapped) }
        wrapped = Self.layer(interceptor, around: wrapped)
      }
    }
    return Method(
      path: path, kind: kind, isSideEffectFree: isSideEffectFree, index: index, rules: rules, gates: gates,
      handler: wrapped)
  }

  private static func layer(_ interceptor: some ServerInterceptor, around next: @escaping Handler) -> Handler {
    { call in try await interceptor.intercept(call, next) }
  }
}

/// Code that runs around every call: before its handler, after it, or instead of it.
///
/// Interceptors run on the call's loop. The first of the list is the outermost.
public protocol ServerInterceptor: Sendable {
  /// Handles `call`, as a rule by calling `next` once. What it throws becomes the call's status.
  nonisolated(nonsending) func intercept(_ call: Call, _ next: Method.Handler) async throws
}
