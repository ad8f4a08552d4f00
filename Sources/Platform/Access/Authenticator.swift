package import RPC

/// Authenticates a caller by what the call carries: an access token, an API key, the connection's certificate.
///
/// It runs on the call's loop before all other work of the call. It makes no query and takes no lock that others hold
/// for long.
package protocol Authenticator: Sendable {
  /// The caller; ``Caller/anonymous`` when the call has no credentials.
  /// - Throws: the error of the credentials.
  func authenticate(_ call: Call) throws(AuthenticationError) -> Caller
  /// The program that has an API key. On the call's loop, as above.
  /// - Throws: what is wrong with the key.
  func program(withKey key: String, _ call: Call) throws(AuthenticationError) -> Caller
}

extension Authenticator {
  /// Nobody: for what knows no keys.
  package func program(withKey key: String, _ call: Call) throws(AuthenticationError) -> Caller {
    throw .invalid(reason: "no such key")
  }
}

/// The fault of a call's credentials.
///
/// The cases tell forged, unknown and malformed credentials apart for us alone. The caller gets one answer for all.
package enum AuthenticationError: Error, Equatable, Sendable {
  /// The server did not issue them, as far as the caller learns; `reason` is for the log.
  case invalid(reason: String)
  /// They were good until a while ago: get new ones.
  case expired
  /// Their session was ended, or their account disabled.
  case ended
  /// The rights of their account have changed since they were issued, and their session goes on: exchange them.
  case outdated
  /// They cannot be judged at the moment: this server was stopped, and must read first what it has missed.
  case undecided
}
