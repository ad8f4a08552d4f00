import ArgumentParser

/// How callers' connections come, live and leave.
struct ConnectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      #"How connections come to the loops: "turn" deals them out, "kernel" gives each loop a socket (turn)."#,
      valueName: "way"))
  var spreadConnections: String?

  @Option(help: ArgumentHelp("Permissions of Unix sockets, as octal digits (660).", valueName: "mode"))
  var socketMode: String?

  @Option(help: ArgumentHelp(#"Connections that one address may have, or "off" for any number (2000)."#))
  var connectionsPerAddress: String?

  @Option(help: ArgumentHelp(#"Calls and streams that one address may have open, or "off" for any number (5000)."#))
  var callsPerAddress: String?

  @Option(help: ArgumentHelp(#"Seconds without a call before a connection is closed, or "off" (300)."#))
  var idleSeconds: String?

  @Option(help: ArgumentHelp(#"A connection's greatest age in seconds, give or take 10 %, or "off" (off)."#))
  var ageSeconds: String?

  @Option(help: ArgumentHelp(#"Seconds that calls may go on after that, or "off" for as long as they like (off)."#))
  var ageGraceSeconds: String?

  @Option(
    help: ArgumentHelp(
      #"Seconds that a call may last whose caller names no deadline, but for streams, or "off" (60)."#))
  var unaryCallSeconds: String?

  @Option(help: ArgumentHelp("Seconds of a caller's silence before it is asked whether it is there (7200)."))
  var keepaliveSeconds: String?

  @Option(help: ArgumentHelp("Seconds that its answer may take (20)."))
  var keepaliveTimeoutSeconds: String?

  @Option(help: ArgumentHelp("Callers may send keepalive PINGs this many seconds apart, no closer (300)."))
  var pingSeconds: String?

  @Option(help: ArgumentHelp("Whether they may do so also without a call: true or false (false)."))
  var pingsWithoutCalls: String?
}
