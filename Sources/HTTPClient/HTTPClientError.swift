/// The reason why there is no response.
///
/// No case holds the URL or a field, which may be secret.
public enum HTTPClientError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The request cannot be sent as it is.
  case invalidRequest(String)
  /// The server's name is unknown, or no process listens there.
  case unreachable(String)
  /// TLS failed, as when the certificate is not to be trusted.
  case insecure(String)
  /// The connection was lost, or what came was not HTTP.
  case broken(String)
  /// The request's time is over.
  case timedOut
  /// The response is larger than the request allows, in bytes.
  case tooLarge(limit: Int)
  /// The maximum number of requests is in progress.
  case overloaded(limit: Int)
  /// The task that asked was cancelled.
  case cancelled
  /// The client was closed.
  case closed

  /// A sentence for a log.
  public var description: String {
    switch self {
    case .invalidRequest(let reason): "the request cannot be sent: \(reason)"
    case .unreachable(let reason): "the server cannot be reached: \(reason)"
    case .insecure(let reason): "TLS failed: \(reason)"
    case .broken(let reason): "the connection was lost: \(reason)"
    case .timedOut: "the server did not answer in time"
    case .tooLarge(let limit): "the response is larger than the limit of \(limit) bytes"
    case .overloaded(let limit): "\(limit) requests are already in progress"
    case .cancelled: "the request was cancelled"
    case .closed: "the client is closed"
    }
  }

  /// Whether the same request may succeed a moment later.
  public var isTransient: Bool {
    switch self {
    case .unreachable, .broken, .timedOut, .overloaded: true
    case .invalidRequest, .insecure, .tooLarge, .cancelled, .closed: false
    }
  }
}
