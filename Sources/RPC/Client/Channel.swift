internal import CNGHTTP2
public import EventLoop
internal import Glibc
public import Protobuf
internal import Synchronization

/// A client's way to a server: one connection, made when it is first needed and again when it was lost.
///
/// May be used from any task; its calls run on its loop.
public final class Channel: Sendable {
  let loop: EventLoop
  private let state: LoopBound<ChannelState>

  /// A channel to `address`, over TLS when a client context is given. `authority` is the name that the server is asked
  /// for, by default the address.
  public init(_ address: ListenAddress, tls: TLSContext? = nil, authority: String? = nil, on loop: EventLoop) {
    self.loop = loop
    state = LoopBound(
      ChannelState(loop: loop, address: address, tls: tls, authority: authority ?? Self.authority(of: address)),
      on: loop)
  }

  private static func authority(of address: ListenAddress) -> String {
    if case .unix = address { return "localhost" }
    return address.description
  }

  /// Ends the connection and every call on it.
  public func close() async {
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      loop.onLoop { [state] in
        state.value.close()
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
    let call = start(path, options, only: try request.encoded())
    return try await ClientCallHandle(call: call, loop: loop).onlyResponse()
  }

  /// One request, a stream of responses.
  public func serverStreaming<Request: Message, Response: Message>(
    _ path: String, _ request: Request, _ options: CallOptions = CallOptions()
  ) async throws -> ClientResponseStream<Response> {
    let call = start(path, options, only: try request.encoded())
    return ClientResponseStream(ClientCallHandle(call: call, loop: loop))
  }

  /// A stream of requests, one response.
  public func clientStreaming<Request: Message, Response: Message>(
    _ path: String, _ options: CallOptions = CallOptions()
  ) async throws -> ClientStreamingCall<Request, Response> {
    ClientStreamingCall(ClientCallHandle(call: start(path, options, only: nil), loop: loop))
  }

  /// Streams both ways.
  public func bidirectional<Request: Message, Response: Message>(
    _ path: String, _ options: CallOptions = CallOptions()
  ) async throws -> BidirectionalCall<Request, Response> {
    BidirectionalCall(ClientCallHandle(call: start(path, options, only: nil), loop: loop))
  }

  private func start(_ path: String, _ options: CallOptions, only message: [UInt8]?) -> ClientCall {
    let call = ClientCall(path: path, options: options, loop: loop)
    loop.onLoop { [state] in
      if let message {
        call.send(message)
        call.endSending()
      }
      call.startDeadline()
      state.value.start(call)
    }
    return call
  }
}

/// The loop's side of a channel.
final class ChannelState {
  private let loop: EventLoop
  private let address: ListenAddress
  private let tls: TLSContext?
  private let authority: String
  private var connection: ClientConnection?
  private var isClosed = false

  init(loop: EventLoop, address: ListenAddress, tls: TLSContext?, authority: String) {
    self.loop = loop
    self.address = address
    self.tls = tls
    self.authority = authority
  }

  func start(_ call: ClientCall) {
    if isClosed { return call.end(.failure(RPCError(.cancelled, "the channel is closed")), nil) }
    do {
      let connection = try usableConnection()
      call.start(on: connection, authority: authority, scheme: tls == nil ? "http" : "https")
    } catch {
      call.end(.failure(RPCError(.unavailable, "cannot connect to \(address): \(error)")), nil)
    }
  }

  func close() {
    isClosed = true
    connection?.close()
    connection = nil
  }

  private func usableConnection() throws -> ClientConnection {
    if let connection, connection.takesCalls { return connection }
    let fd = try address.connect()
    let fresh: ClientConnection
    do {
      let session = try tls.map { try TLSSession(context: $0) }
      fresh = ClientConnection(loop: loop, fd: fd, tls: session) { [weak self] gone in
        if self?.connection === gone { self?.connection = nil }
      }
    } catch {
      SocketClosing.close(fd)
      throw error
    }
    connection = fresh
    return fresh
  }
}
