/// Something done around every call of a channel: before it, after it, or instead of it. The client's counterpart of
/// ``ServerInterceptor``, for all four kinds of calls.
///
/// Interceptors run on the channel's loop, the first of the list outermost.
public protocol ClientInterceptor: Sendable {
  /// Makes `call`, as a rule by calling `next` once; that returns when the call has ended well, with its streams, and
  /// throws what it failed with. What the interceptor throws is what the caller sees.
  ///
  /// - Before `next`, ``ClientCall/options`` may be changed, such as the metadata that the call carries.
  /// - After it, ``ClientCall/headers`` and ``ClientCall/trailers`` are there.
  /// - `next` may be called again after a failure: see ``ClientCall/isRepeatable``.
  /// - Without `next`, ``ClientCall/answer(with:)`` gives the caller its responses.
  func intercept(_ call: ClientCall, _ next: ClientCall.Handler) async throws
}

extension [any ClientInterceptor] {
  /// All of them around a call's run.
  var chain: ClientCall.Handler {
    let run: ClientCall.Handler = { call in try await call.run() }
    return reversed().reduce(run) { next, interceptor in
      { call in try await interceptor.intercept(call, next) }
    }
  }
}
