/// The destinations of the audit log's heads, and the interval: validated.
struct AuditSettings: Equatable, Sendable {
  private static let minutesUsual = 60
  private static let minutesMax = 1_440

  /// The interval in which they are sent while the log changes.
  let minutes: Int
  /// Whether they go to the log.
  let isLogged: Bool
  /// The file that they are appended to.
  let file: String?
  /// The object store that they are put into.
  let store: ObjectStoreSettings?

  init(_ options: AuditOptions, environment: [String: String]) throws(SettingError) {
    let source = SettingSource(environment: environment)
    minutes =
      try source.value(
        flag: "--audit-heads-minutes", options.auditHeadsMinutes, variable: "FASTSHOP_AUDIT_HEADS_MINUTES",
        wanted: "a whole number from 1 to \(Self.minutesMax)"
      ) { Int($0).flatMap { (1...Self.minutesMax).contains($0) ? $0 : nil } } ?? Self.minutesUsual
    isLogged =
      try source.isOn(
        flag: "--audit-heads-log", options.auditHeadsLog, variable: "FASTSHOP_AUDIT_HEADS_LOG") ?? true
    store = try ObjectStoreSettings(source)
    file = try source.value(
      flag: "--audit-heads-file", options.auditHeadsFile, variable: "FASTSHOP_AUDIT_HEADS_FILE",
      wanted: "a path such as /secure/audit-heads.jsonl"
    ) { $0.isEmpty || $0 == "-" || $0.contains("\0") ? nil : $0 }
  }
}
