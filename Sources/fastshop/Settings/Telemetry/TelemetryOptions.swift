import ArgumentParser

/// What `serve` tells about itself. Kept as text, as the other options are.
struct TelemetryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      #"Whether to answer GET /metrics, for Prometheus: "on" or "off" (on)."#, valueName: "on|off"))
  var metrics: String?

  @Option(
    help: ArgumentHelp(
      "Where to answer GET /metrics instead of beside the calls: addresses in the forms of --listen (none).",
      valueName: "address"))
  var metricsListen: String?

  @Option(
    help: ArgumentHelp(
      "Whom to answer: addresses in the words of --trusted-proxies (this machine and private networks).",
      valueName: "addresses"))
  var metricsAddresses: String?

  @Option(
    help: ArgumentHelp("For how long an answer is given again, in seconds, 0 for never (1).", valueName: "seconds"))
  var metricsCacheSeconds: String?

  @Option(help: ArgumentHelp("What this server is called in logs, metrics and spans (the host's name)."))
  var node: String?

  @Option(
    help: ArgumentHelp(
      "The collector that spans are sent to, as OTLP over HTTP, such as http://127.0.0.1:4318. Without it, none are.",
      valueName: "url"))
  var otlpEndpoint: String?

  @Option(
    help: ArgumentHelp("Which share of the traces that begin here is recorded, from 0 to 1 (1).", valueName: "ratio"))
  var traceRatio: String?

  @Option(
    help: ArgumentHelp(
      "Which share of the calls that end well is logged, from 0 to 1, or \"off\" for no line of any call (off).",
      valueName: "ratio"))
  var accessLog: String?

  @Option(help: ArgumentHelp("The level of the access log's lines (info).", valueName: "level"))
  var accessLogLevel: String?
}
