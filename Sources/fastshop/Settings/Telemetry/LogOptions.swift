import ArgumentParser

/// The options of the log. Shared by all commands except `call`.
struct LogOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Log level: trace, debug, info, notice, warning, error or critical (info).", valueName: "level"))
  var logLevel: String?

  @Option(help: ArgumentHelp("Log format: logfmt or json (logfmt).", valueName: "format"))
  var logFormat: String?
}
