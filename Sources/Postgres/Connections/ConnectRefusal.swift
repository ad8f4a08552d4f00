/// The reason why a connection failed, where a retry is useless: a wrong password, a database that does not exist, an
/// untrusted certificate.
struct ConnectRefusal: Equatable {
  /// For the log: the server's sentence, or libpq's.
  let reason: String

  /// Codes that the server refuses a session with, for good (PostgreSQL's appendix A): all of class 28, invalid
  /// authorization; no such database; no right to connect.
  private static let sqlstates = ["28", "3D000", "42501", "42704"]
  /// libpq's own messages, which have no codes. They are in English, because the process has no locale.
  private static let phrases = [
    "no password supplied", "certificate", "SSL was required", "GSSAPI encryption required", "invalid sslmode",
    "authentication method", "invalid port number", "invalid channel_binding", "channel binding required",
    "requirepeer", "definition of service", "invalid connection option", "private key file",
    "invalid target_session_attrs", "could not match",
  ]

  /// - Parameter message: what libpq says of the failed attempt, with codes.
  init?(message: String) {
    let code = Self.code(in: message)
    guard code.map({ code in Self.sqlstates.contains { code.hasPrefix($0) } }) ?? Self.isOurs(message) else {
      return nil
    }
    reason = Self.withoutCodes(message)
  }

  private static func isOurs(_ message: String) -> Bool { phrases.contains { message.contains($0) } }

  /// `28P01` of `FATAL:  28P01: password authentication failed …`.
  private static func code(in message: String) -> String? {
    message.firstMatch(of: #/: +((?=[A-Z]*[0-9])[0-9A-Z]{5}): /#).map { String($0.1) }
  }

  /// The message in one line, as it would be without codes.
  static func withoutCodes(_ message: String) -> String {
    message.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }.joined(separator: " ")
      .replacing(#/: +(?=[A-Z]*[0-9])[0-9A-Z]{5}: /#, with: ": ")
  }
}
