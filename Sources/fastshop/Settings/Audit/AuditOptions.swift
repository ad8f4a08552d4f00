import ArgumentParser

/// The targets of the audit log's heads. The object store's secret is in a file.
struct AuditOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How often to export heads of the audit log if there are new entries, in minutes (60).", valueName: "minutes"))
  var auditHeadsMinutes: String?

  @Option(
    help: ArgumentHelp(
      #"Whether to write the heads of the audit log to the log: "on" or "off" (on)."#, valueName: "on|off"))
  var auditHeadsLog: String?

  @Option(
    help: ArgumentHelp(
      "File to append the heads of the audit log to, preferably on another machine's disk (none).",
      valueName: "path"))
  var auditHeadsFile: String?
}
