internal import RPC

/// Sends two keys of the caller's metadata back: one before the messages, one behind them, however the call ends.
struct MetadataEcho: ServerInterceptor {
  private static let leading = "x-grpc-test-echo-initial"
  private static let trailing = "x-grpc-test-echo-trailing-bin"

  func intercept(_ call: Call, _ next: Method.Handler) async throws {
    for text in call.metadata.values(Self.leading) { call.headers.add(Self.leading, text) }
    for bytes in call.metadata.bytes(Self.trailing) { call.trailers.add(Self.trailing, bytes: bytes) }
    try await next(call)
  }
}
