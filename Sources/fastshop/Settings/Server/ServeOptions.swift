import ArgumentParser

/// How `serve` serves. Kept as text: the environment may say it as well, and both are checked in one place.
struct ServeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Where to listen in clear text, or "off" (127.0.0.1:8080): HOST:PORT, [IPV6]:PORT or unix:PATH; may be given \
      several times. 0.0.0.0 stands for all IPv4 addresses, [::] for all of both kinds, port 0 for a free one.
      """,
      valueName: "address"))
  var listen: [String] = []

  @Option(
    help: ArgumentHelp(
      #"Where to listen with TLS, in the same forms, or "off" (127.0.0.1:8443)."#, valueName: "address"))
  var tlsListen: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      Web pages of which origins may call: https://shop.example, http://localhost:* for all ports of this machine, \
      several with commas between, or * for all (none).
      """,
      valueName: "origins"))
  var allowedOrigins: String?

  @Option(help: ArgumentHelp("Event loops, each a thread (one per core).", valueName: "count"))
  var loops: String?

  @Option(
    help: ArgumentHelp(
      "Events that each loop keeps for its subscribers; who is further behind gets the state anew (8192).",
      valueName: "count"))
  var eventsKept: String?

  @Option(
    help: ArgumentHelp(
      #"Whether to serve channelz, which shows every caller's address to all who ask: "on" or "off" (off)."#,
      valueName: "on|off"))
  var channelz: String?

  @Option(
    help: ArgumentHelp(
      #"Whether another process serves, which is started again when it dies: "on" or "off" (on)."#,
      valueName: "on|off"))
  var supervisor: String?

  @Option(
    help: ArgumentHelp(
      """
      How long an event loop may make no progress until the process that serves is replaced, in seconds, or "off" (30).
      """,
      valueName: "seconds|off"))
  var hangSeconds: String?

  @Option(
    help: ArgumentHelp("How long a stop waits for calls in flight, in seconds (10).", valueName: "seconds"))
  var drainSeconds: String?

  @Option(
    help: ArgumentHelp(
      "How long a stop goes on serving, with health NOT_SERVING, before it tells callers to leave, in seconds (0).",
      valueName: "seconds"))
  var lameDuckSeconds: String?
}
