public import EventLoop
public import Protobuf

/// A client's channel to a server. It connects when calls need a connection, and reconnects after a loss.
///
/// Usable from any task. Its calls run on its loop.
public final class Channel: Sendable {
  let loop: EventLoop
  private let state: ChannelState
  private let chain: ClientCall.Handler?

  /// A channel to the first of `addresses` that can be reached, over TLS when a client context is given. `authority` is
  /// the server name to request, by default the first address.
  public init(
    _ addresses: [ListenAddress], tls: TLSContext? = nil, authority: String? = nil,
    options: ChannelOptions = ChannelOptions(), on loop: EventLoop
  ) {
    precondition(!addresses.isEmpty, "a channel needs an address")
    self.loop = loop
    chain = options.interceptors.isEmpty ? nil : options.interceptors.chain
    state = ChannelState(
      loop: loop, addresses: addresses, tls: tls, authority: authority ?? Self.authority(of: addresses[0]),
      options: options)
  }

  /// A channel to one address.
  public convenience init(
    _ address: ListenAddress, tls: TLSContext? = nil, authority: String? = nil,
    options: ChannelOptions = ChannelOptions(), on loop: EventLoop
  ) {
    self.init([address], tls: tls, authority: authority, options: options, on: loop)
  }

  private static func authority(of address: ListenAddress) -> String {
    if case .unix = address { return "localhost" }
    return address.description
  }

  /// Ends the connections and every call on them.
  public func close() async {
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      loop.onLoop { [state] in
        state.close()
        done.resume()
      }
    }
  }

  // MARK: The four kinds of calls

  /// One request, one response.
  /// - Throws: ``RPCError``.
  public func unary<Request: Message, Response: Message>(
    _ path: String, _ request: Request, _ options: CallOptions = CallOptions()
  ) async throws -> Response {
    let call = make(path, .unary, options, only: try request.encoded())
    return try CallHandle.decode(try await onlyResponse(of: call))
  }

  /// One request, a stream of responses.
  public func serverStreaming<Request: Message, Response: Message>(
    _ path: String, _ request: Request, _ options: CallOptions = CallOptions()
  ) async throws -> ClientResponseStream<Response> {
    ClientResponseStream(begin(make(path, .serverStreaming, options, only: try request.encoded())))
  }

  /// A stream of requests, one response.
  public func clientStreaming<Request: Message, Response: Message>(
    _ path: String, _ options: CallOptions = CallOptions()
  ) async throws -> ClientStreamingCall<Request, Response> {
    ClientStreamingCall(begin(make(path, .clientStreaming, options, only: nil)))
  }

  /// Streams both ways.
  public func bidirectional<Request: Message, Response: Message>(
    _ path: String, _ options: CallOptions = CallOptions()
  ) async throws -> BidirectionalCall<Request, Response> {
    BidirectionalCall(begin(make(path, .bidirectional, options, only: nil)))
  }

  // MARK: Their beginning

  private func make(_ path: String, _ kind: MethodKind, _ options: CallOptions, only message: [UInt8]?) -> ClientCall {
    let call = ClientCall(path: path, kind: kind, options: options, channel: state)
    if let message {
      call.send(message)
      call.endRequests()
    }
    return call
  }

  private func begin(_ call: ClientCall) -> CallHandle {
    guard let chain else {
      loop.onLoop { call.begin() }
      return CallHandle(call)
    }
    // In the caller's task, so that its task-local values are there for the interceptors.
    let task = Task(executorPreference: loop) { await call.pass(through: chain) }
    loop.onLoop { call.passes(in: task) }
    return CallHandle(call)
  }

  private func onlyResponse(of call: ClientCall) async throws -> [UInt8] {
    if chain != nil { return try await begin(call).onlyResponse() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        loop.onLoop {
          call.begin()
          call.receive(.only(continuation))
        }
      }
    } onCancel: {
      loop.onLoop { call.cancel() }
    }
  }
}
