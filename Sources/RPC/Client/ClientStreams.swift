internal import EventLoop
public import Protobuf

/// Reaches a call on its loop from any task.
struct ClientCallHandle: Sendable {
  let call: ClientCall
  let loop: EventLoop

  func send(_ message: [UInt8]) async throws {
    try await cancellable {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        loop.onLoop { [call] in
          call.send(message)
          call.waitUntilDrained(continuation)
        }
      }
    }
  }

  func endSending() { loop.onLoop { [call] in call.endSending() } }

  func cancel() { loop.onLoop { [call] in call.cancel() } }

  func next() async throws -> [UInt8]? {
    try await cancellable {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<[UInt8]?, any Error>) in
        loop.onLoop { [call] in call.receive(continuation) }
      }
    }
  }

  /// The call's only response, once its status is known to be OK.
  func onlyResponse<Response: Message>() async throws -> Response {
    guard let bytes = try await next() else { throw RPCError(.internal, "the call ended well, but without a response") }
    if try await next() != nil {
      cancel()
      throw RPCError(.internal, "the call had more than one response")
    }
    return try Self.decode(bytes)
  }

  static func decode<Response: Message>(_ bytes: [UInt8]) throws -> Response {
    do {
      return try Response(decoding: bytes, in: Arena())
    } catch {
      throw RPCError(.internal, "the response is not a valid message: \(error)")
    }
  }

  private func cancellable<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
    try await withTaskCancellationHandler(operation: body) { cancel() }
  }
}

/// The responses of a call, one after another. Ends with ``RPCError`` when the call does not end well.
public struct ClientResponseStream<Response: Message>: AsyncSequence, Sendable {
  /// What a response is.
  public typealias Element = Response

  private let handle: ClientCallHandle

  init(_ handle: ClientCallHandle) { self.handle = handle }

  /// Gives the call up.
  public func cancel() { handle.cancel() }

  /// Takes the responses.
  public func makeAsyncIterator() -> Iterator { Iterator(handle: handle) }

  /// Takes the responses in turn.
  public struct Iterator: AsyncIteratorProtocol {
    let handle: ClientCallHandle

    /// The next response, nil after the last of a call that ended well.
    /// - Throws: ``RPCError``.
    public mutating func next() async throws -> Response? {
      guard let bytes = try await handle.next() else { return nil }
      return try ClientCallHandle.decode(bytes)
    }
  }
}

/// A call with a stream of requests and one response.
public struct ClientStreamingCall<Request: Message, Response: Message>: Sendable {
  private let handle: ClientCallHandle

  init(_ handle: ClientCallHandle) { self.handle = handle }

  /// Sends one request; waits while the server is behind.
  /// - Throws: ``RPCError`` when the call has ended already.
  public func send(_ request: Request) async throws { try await handle.send(try request.encoded()) }

  /// Ends the requests and waits for the response.
  /// - Throws: ``RPCError``.
  public func finish() async throws -> Response {
    handle.endSending()
    return try await handle.onlyResponse()
  }

  /// Gives the call up.
  public func cancel() { handle.cancel() }
}

/// A call with streams both ways.
public struct BidirectionalCall<Request: Message, Response: Message>: Sendable {
  private let handle: ClientCallHandle

  init(_ handle: ClientCallHandle) { self.handle = handle }

  /// Sends one request; waits while the server is behind.
  /// - Throws: ``RPCError`` when the call has ended already.
  public func send(_ request: Request) async throws { try await handle.send(try request.encoded()) }

  /// Says that there are no more requests.
  public func endRequests() { handle.endSending() }

  /// The responses.
  public var responses: ClientResponseStream<Response> { ClientResponseStream(handle) }

  /// Gives the call up.
  public func cancel() { handle.cancel() }
}
