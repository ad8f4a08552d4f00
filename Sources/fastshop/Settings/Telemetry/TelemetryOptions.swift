import ArgumentParser

/// The options of metrics, traces and logs of `serve`. Kept as text, like the other options.
struct TelemetryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      #"Whether to serve GET /metrics for Prometheus: "on" or "off" (on)."#, valueName: "on|off"))
  var metrics: String?

  @Option(
    help: ArgumentHelp(
      "Separate address for GET /metrics, in the form of --listen (none).",
      valueName: "address"))
  var metricsListen: String?

  @Option(
    help: ArgumentHelp(
      "Addresses that may read the metrics, in the form of --trusted-proxies (this machine and private networks).",
      valueName: "addresses"))
  var metricsAddresses: String?

  @Option(
    help: ArgumentHelp("How long a metrics page is cached, in seconds; 0 for not at all (1).", valueName: "seconds"))
  var metricsCacheSeconds: String?

  @Option(help: ArgumentHelp("Name of this server in logs, metrics and spans (the host name)."))
  var node: String?

  @Option(
    help: ArgumentHelp(
      "OTLP/HTTP collector for spans, such as http://127.0.0.1:4318 (none).",
      valueName: "url"))
  var otlpEndpoint: String?

  @Option(
    help: ArgumentHelp("Share of the traces that start here to record, from 0 to 1 (1).", valueName: "ratio"))
  var traceRatio: String?

  @Option(
    help: ArgumentHelp(
      "Share of successful calls to log, from 0 to 1, or \"off\" for no access log (off).",
      valueName: "ratio"))
  var accessLog: String?

  @Option(help: ArgumentHelp("Level of access log lines (info).", valueName: "level"))
  var accessLogLevel: String?
}
