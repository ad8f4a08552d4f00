internal import CNGHTTP2

/// Writes the response to a plain HTTP request piece by piece. For its handler alone, on the loop of the connection.
public final class HTTPResponseWriter: @unchecked Sendable {
  private let call: Call
  /// Bytes of the body that are still owed; nil before the head.
  private var owed: Int?

  init(_ call: Call) { self.call = call }

  /// Sends the head. Once, before the body.
  /// - Parameter length: the bytes of the body, all of which are written then. Of a response to HEAD none is.
  /// - Returns: whether the body is wanted: not of a response to HEAD, and not when the caller is gone.
  public func begin(status: Int, headers: Metadata, length: Int) -> Bool {
    guard let plain = call.dialect as? PlainHTTP, owed == nil, !call.isCancelled else { return false }
    let isWanted = length > 0 && !plain.isHeadOnly
    owed = isWanted ? length : 0
    call.submit(plain.head(status: status, headers, length: length), endsStream: !isWanted)
    call.wakeSender()
    return isWanted
  }

  /// Sends a piece of the body. Waits while the reader is behind by more than ``RPCLimits/responseBufferBytes``.
  /// - Throws: `CancellationError` when the caller is gone; RESOURCE_EXHAUSTED for too many unread responses.
  public func write(_ bytes: [UInt8]) async throws {
    if call.isCancelled { throw CancellationError() }
    guard let owed, bytes.count <= owed else { throw RPCError(.internal, "more was written than was announced") }
    guard call.origin.takesResponse(bytes.count) else {
      throw RPCError(.resourceExhausted, "too many unread responses of this connection, its address or the server")
    }
    self.owed = owed - bytes.count
    call.outgoing.append(bytes)
    call.wakeSender()
    let limit = call.server.limits.responseBufferBytes
    if call.outgoing.count > limit { try await call.waitUntilUnsent(bytesMax: limit / 2) }
  }

  /// Calls the handler. A body that ends before its announced length cannot be told from a whole one, so the stream is
  /// reset then.
  func run(_ handler: HTTPRoute.StreamHandler, _ request: HTTPRequest) async throws {
    do {
      try await handler(request, self)
      // A handler may return early when the caller is gone: that is no fault of the route.
      if owed != 0 && call.isCancelled { throw CancellationError() }
      if owed == nil { throw RPCError(.internal, "the route has not answered") }
      if owed != 0 { throw RPCError(.internal, "less was written than was announced") }
    } catch {
      if let owed, owed > 0 { call.reset(NGHTTP2_INTERNAL_ERROR) }
      throw error
    }
  }
}
