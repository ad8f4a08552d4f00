/// The reason why a mail was not accepted.
///
/// No case holds the user, the password or the content.
public enum SMTPError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The mail cannot be sent as it is.
  case invalidMessage(String)
  /// The server's name is unknown, or no process listens there.
  case unreachable(String)
  /// TLS failed, or the server offers none.
  case insecure(String)
  /// The server does not believe that we are who we say.
  case notAuthenticated(code: Int)
  /// The server said no, with its code and the last line it said.
  case refused(code: Int, line: String)
  /// The connection was lost, or what came was not SMTP. The mail may or may not have been taken.
  case broken(String)
  /// The server did not answer in time. The mail may or may not have been taken.
  case timedOut
  /// The maximum number of mails waits already.
  case overloaded
  /// The task that asked was cancelled.
  case cancelled
  /// The client was closed.
  case closed

  /// A sentence for a log.
  public var description: String {
    switch self {
    case .invalidMessage(let reason): "the mail cannot be sent: \(reason)"
    case .unreachable(let reason): "the mail server cannot be reached: \(reason)"
    case .insecure(let reason): "TLS with the mail server failed: \(reason)"
    case .notAuthenticated(let code): "the mail server rejected the user or password (\(code))"
    case .refused(let code, let line): "the mail server refused it: \(line.isEmpty ? "\(code)" : line)"
    case .broken(let reason): "the connection to the mail server was lost: \(reason)"
    case .timedOut: "the mail server did not answer in time"
    case .overloaded: "too many mails wait for the mail server"
    case .cancelled: "the mail was cancelled"
    case .closed: "the client is closed"
    }
  }

  /// Whether the same mail will be refused however often it is sent. What an operator can mend, such as a wrong
  /// password, is none of the mail's own faults.
  public var isPermanent: Bool {
    switch self {
    case .invalidMessage: true
    case .refused(let code, _): (500...599).contains(code) && !Self.codesOfOurOwn.contains(code)
    default: false
    }
  }

  /// Refusals of us rather than of the mail: not welcome here, commands that the server does not know, authentication.
  private static let codesOfOurOwn: Set<Int> = [500, 501, 502, 503, 504, 521, 530, 534, 535, 538]
}
