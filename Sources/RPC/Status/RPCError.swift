/// The status of a failed call. A server's handler throws it; a client's call throws it.
///
/// All of it is sent to the caller. It must not hold what the caller must not see (SQL, addresses, causes).
public struct RPCError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure. Never `.ok`.
  public var code: StatusCode
  /// A sentence for the developer who made the call.
  public var message: String
  /// Details that programs can use.
  public var details: [ErrorDetail]
  /// Further trailing metadata.
  public var trailers: Metadata

  /// An error with a code, a sentence, and details for programs.
  public init(_ code: StatusCode, _ message: String, details: [ErrorDetail] = [], trailers: Metadata = [:]) {
    self.code = code
    self.message = message
    self.details = details
    self.trailers = trailers
  }

  /// The code's name and the sentence.
  public var description: String { "\(code.name): \(message)" }
}

extension RPCError {
  /// The reason of its `google.rpc.ErrorInfo`; nil when it has none.
  package var reason: String? {
    for case .errorInfo(let reason, ErrorDomain.name, _) in details { return reason }
    return nil
  }
}

/// An error of a module that maps itself to a status. No other code maps errors to statuses.
public protocol RPCErrorConvertible: Error {
  /// The error for the caller.
  var rpcError: RPCError { get }
}

extension RPCError {
  /// The error for the caller after a handler threw `error`. An error that is not meant for callers becomes INTERNAL
  /// without details.
  package init(thrown error: any Error) {
    switch error {
    case let error as RPCError: self = error
    case let error as any RPCErrorConvertible: self = error.rpcError
    case is CancellationError: self.init(.cancelled, "the call was cancelled")
    default: self.init(.internal, "the server failed to answer this call")
    }
  }
}
