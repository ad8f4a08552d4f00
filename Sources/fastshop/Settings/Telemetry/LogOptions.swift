import ArgumentParser

/// What is logged, and how. Shared by all commands but `call`.
struct LogOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Log level: trace, debug, info, notice, warning, error or critical (info).", valueName: "level"))
  var logLevel: String?

  @Option(help: ArgumentHelp("Log format: logfmt or json (logfmt).", valueName: "format"))
  var logFormat: String?
}
