internal import EventLoop
public import Protobuf

/// Controls a call on its loop from any task. The call is cancelled when the last reference to it is dropped.
final class CallHandle: Sendable {
  private let call: ClientCall

  init(_ call: ClientCall) { self.call = call }

  deinit { call.loop.onLoop { [call] in call.cancel() } }

  func send(_ message: [UInt8]) async throws {
    try await cancellable {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        call.loop.onLoop { [call] in
          call.send(message)
          call.waitForRoom(continuation)
        }
      }
    }
  }

  func endRequests() { call.loop.onLoop { [call] in call.endRequests() } }

  func cancel() { call.loop.onLoop { [call] in call.cancel() } }

  func next() async throws -> [UInt8]? {
    try await cancellable {
      try await withCheckedThrowingContinuation { continuation in
        call.loop.onLoop { [call] in call.receive(.next(continuation)) }
      }
    }
  }

  /// The call's only response, once its status is known to be OK.
  func onlyResponse() async throws -> [UInt8] {
    try await cancellable {
      try await withCheckedThrowingContinuation { continuation in
        call.loop.onLoop { [call] in call.receive(.only(continuation)) }
      }
    }
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

/// The responses of a call, in order. Ends with ``RPCError`` when the call fails.
///
/// The call is cancelled when the last reference to the stream and its iterators is dropped.
public struct ClientResponseStream<Response: Message>: AsyncSequence, Sendable {
  /// The type of a response.
  public typealias Element = Response

  private let handle: CallHandle

  init(_ handle: CallHandle) { self.handle = handle }

  /// Gives the call up.
  public func cancel() { handle.cancel() }

  /// Takes the responses.
  public func makeAsyncIterator() -> Iterator { Iterator(handle: handle) }

  /// Takes the responses in turn.
  public struct Iterator: AsyncIteratorProtocol {
    let handle: CallHandle

    /// The next response, nil after the last of a call that ended well.
    /// - Throws: ``RPCError``.
    public mutating func next() async throws -> Response? {
      guard let bytes = try await handle.next() else { return nil }
      return try CallHandle.decode(bytes)
    }
  }
}

/// A call with a stream of requests and one response.
public struct ClientStreamingCall<Request: Message, Response: Message>: Sendable {
  private let handle: CallHandle

  init(_ handle: CallHandle) { self.handle = handle }

  /// Sends one request; waits while the server is behind.
  /// - Throws: ``RPCError`` when the call has ended already.
  public func send(_ request: Request) async throws { try await handle.send(try request.encoded()) }

  /// Ends the requests and waits for the response.
  /// - Throws: ``RPCError``.
  public func finish() async throws -> Response {
    handle.endRequests()
    return try CallHandle.decode(try await handle.onlyResponse())
  }

  /// Gives the call up.
  public func cancel() { handle.cancel() }
}

/// A call with streams both ways.
public struct BidirectionalCall<Request: Message, Response: Message>: Sendable {
  private let handle: CallHandle

  init(_ handle: CallHandle) { self.handle = handle }

  /// Sends one request; waits while the server is behind.
  /// - Throws: ``RPCError`` when the call has ended already.
  public func send(_ request: Request) async throws { try await handle.send(try request.encoded()) }

  /// Ends the stream of requests.
  public func endRequests() { handle.endRequests() }

  /// The responses.
  public var responses: ClientResponseStream<Response> { ClientResponseStream(handle) }

  /// Gives the call up.
  public func cancel() { handle.cancel() }
}
