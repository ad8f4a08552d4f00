import ArgumentParser

/// Where the heads of the audit log go. The object store's secret stands in a file.
struct AuditOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How often the heads of the audit log go out when something was audited, in minutes (60).", valueName: "minutes"))
  var auditHeadsMinutes: String?

  @Option(
    help: ArgumentHelp(
      #"Whether the heads of the audit log go to the log: "on" or "off" (on)."#, valueName: "on|off"))
  var auditHeadsLog: String?

  @Option(
    help: ArgumentHelp(
      "File that the heads of the audit log are appended to, best on another machine's disk (none).",
      valueName: "path"))
  var auditHeadsFile: String?
}
