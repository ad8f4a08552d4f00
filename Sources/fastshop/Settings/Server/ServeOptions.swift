import ArgumentParser

/// The options of `serve`. Kept as text: the environment may set them as well, and both are checked in one place.
struct ServeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Where to listen in clear text, or "off" (127.0.0.1:8080): HOST:PORT, [IPV6]:PORT or unix:PATH; repeatable. \
      0.0.0.0 means all IPv4 addresses, [::] all IPv6 and IPv4 addresses, port 0 a free port.
      """,
      valueName: "address"))
  var listen: [String] = []

  @Option(
    help: ArgumentHelp(
      #"Where to listen with TLS, in the form of --listen, or "off" (127.0.0.1:8443)."#, valueName: "address"))
  var tlsListen: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      Origins whose web pages may call: https://shop.example, http://localhost:* for all ports of this machine, \
      comma-separated, or * for all (none).
      """,
      valueName: "origins"))
  var allowedOrigins: String?

  @Option(help: ArgumentHelp("Number of event loops, each a thread (one per core).", valueName: "count"))
  var loops: String?

  @Option(
    help: ArgumentHelp(
      "Events that each loop buffers for subscribers; a subscriber further behind gets the state again (8192).",
      valueName: "count"))
  var eventsKept: String?

  @Option(
    help: ArgumentHelp(
      "The language in which products, categories and shops are written (en); others are translations.",
      valueName: "tag"))
  var language: String?

  @Option(help: ArgumentHelp("The currency of the prices of products, by ISO 4217 (EUR).", valueName: "code"))
  var currency: String?

  @Option(
    help: ArgumentHelp(
      "The VIES service that knows tax numbers of the European Union. Without one, they count as not checked.",
      valueName: "url"))
  var viesURL: String?

  @Option(
    help: ArgumentHelp(
      #"Whether to serve channelz, which shows all clients' addresses to admins: "on" or "off" (off)."#,
      valueName: "on|off"))
  var channelz: String?

  @Option(
    help: ArgumentHelp(
      #"Whether to serve in a worker process that is restarted when it dies: "on" or "off" (on)."#,
      valueName: "on|off"))
  var supervisor: String?

  @Option(
    help: ArgumentHelp(
      """
      How long an event loop may make no progress before the worker is replaced, in seconds, or "off" (30).
      """,
      valueName: "seconds|off"))
  var hangSeconds: String?

  @Option(
    help: ArgumentHelp("How long a stop waits for open calls, in seconds (10).", valueName: "seconds"))
  var drainSeconds: String?

  @Option(
    help: ArgumentHelp(
      "How long to serve with health NOT_SERVING before a stop begins, in seconds (0).",
      valueName: "seconds"))
  var lameDuckSeconds: String?
}
