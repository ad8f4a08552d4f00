import ArgumentParser

/// The options of callers' connections.
struct ConnectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      #"How connections are assigned to loops: "turn" for round-robin, "kernel" for a socket per loop (turn)."#,
      valueName: "way"))
  var spreadConnections: String?

  @Option(help: ArgumentHelp("Permissions of Unix sockets, in octal (660).", valueName: "mode"))
  var socketMode: String?

  @Option(help: ArgumentHelp(#"Maximum connections per IP address, or "off" (2000)."#))
  var connectionsPerAddress: String?

  @Option(help: ArgumentHelp(#"Maximum open calls and streams per IP address, or "off" (5000)."#))
  var callsPerAddress: String?

  @Option(help: ArgumentHelp(#"Seconds without a call after which a connection is closed, or "off" (300)."#))
  var idleSeconds: String?

  @Option(help: ArgumentHelp(#"Maximum age of a connection in seconds, plus or minus 10 %, or "off" (off)."#))
  var ageSeconds: String?

  @Option(help: ArgumentHelp(#"Seconds that open calls may last after --age-seconds, or "off" for no limit (off)."#))
  var ageGraceSeconds: String?

  @Option(help: ArgumentHelp("Seconds of inactivity after which the server sends a keepalive PING (7200)."))
  var keepaliveSeconds: String?

  @Option(help: ArgumentHelp("Seconds to wait for the answer to a keepalive PING (20)."))
  var keepaliveTimeoutSeconds: String?

  @Option(help: ArgumentHelp("Minimum seconds between keepalive PINGs of a client (300)."))
  var pingSeconds: String?

  @Option(help: ArgumentHelp("Whether clients may send keepalive PINGs without an open call: true or false (false)."))
  var pingsWithoutCalls: String?
}
