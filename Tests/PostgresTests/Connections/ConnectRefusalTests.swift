import Testing

@testable import Postgres

@Suite struct ConnectRefusalTests {
  private static let place = #"connection to server on socket "/tmp/.s.PGSQL.5432" failed: "#

  @Test(arguments: [
    (
      "FATAL:  28P01: password authentication failed for user \"a\"\nLOCATION:  auth_failed, auth.c:326",
      "FATAL: password authentication failed for user \"a\""
    ),
    ("FATAL:  3D000: database \"b\" does not exist", "FATAL: database \"b\" does not exist"),
    ("FATAL:  28000: role \"c\" does not exist", "FATAL: role \"c\" does not exist"),
    ("SCHWERWIEGEND:  28000: so nicht", "SCHWERWIEGEND: so nicht"),
    ("fe_sendauth: no password supplied", "fe_sendauth: no password supplied"),
    ("server does not support SSL, but SSL was required", "server does not support SSL, but SSL was required"),
    ("SSL error: certificate verify failed", "SSL error: certificate verify failed"),
  ])
  func `a server that lets nobody in will not do so later`(message: String, reason: String) {
    #expect(ConnectRefusal(message: Self.place + message)?.reason == Self.place + reason)
  }

  @Test(arguments: [
    "Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?",
    "No such file or directory", "FATAL:  57P03: the database system is starting up",
    "FATAL:  53300: sorry, too many clients already", "server closed the connection unexpectedly",
    "could not translate host name \"db\" to address: Temporary failure in name resolution", "timeout expired", "",
  ])
  func `a server that is away, or busy, may be there later`(message: String) {
    #expect(ConnectRefusal(message: Self.place + message) == nil)
    #expect(!ConnectRefusal.withoutCodes(message).contains("57P03"))
  }
}
