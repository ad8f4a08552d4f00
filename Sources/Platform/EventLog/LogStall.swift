internal import Logging
internal import Postgres

/// The open transaction that the event log waits for.
struct LogBlocker: Equatable {
  /// The Postgres process that serves it; 0 for a prepared transaction without one.
  let pid: Int64
  let application: String
  let role: String
  let address: String
  let state: String
  /// The name of a prepared transaction; empty for others.
  let prepared: String
  /// When the transaction began, if we may know.
  let since: String

  init(_ row: Row) throws(PostgresError) {
    pid = try row.int64("pid")
    application = try row.string("application")
    role = try row.string("role")
    address = try row.string("address")
    state = try row.string("state")
    prepared = try row.string("prepared")
    since = try row.optionalString("since") ?? ""
  }

  /// The fields for the log. The statement is not among them, because it may hold personal data.
  var metadata: Logger.Metadata {
    let all = [
      "pid": pid == 0 ? "" : "\(pid)", "application_name": application, "role": role, "client": address,
      "state": state, "prepared_transaction": prepared, "since": since,
    ]
    return all.filter { !$0.value.isEmpty }.mapValues { "\($0)" }
  }
}

/// Decides when to report a log that does not move: while a number is missing, all events after it wait.
struct LogStallAlarm {
  /// A report about the stall.
  enum Report: Equatable {
    case warning, error
    /// It moves again.
    case over
  }

  /// Commits take milliseconds, so nothing waits for this long by itself.
  static let warningAfter: Duration = .seconds(5)
  static let errorAfter: Duration = .seconds(30)
  static let errorInterval: Duration = .seconds(60)

  private var next = warningAfter
  private var isWarned = false

  /// - Parameter age: for how long the log has been waiting; nil when it is not.
  mutating func report(_ age: Duration?) -> Report? {
    guard let age else {
      defer { self = LogStallAlarm() }
      return isWarned ? .over : nil
    }
    guard age >= next else { return nil }
    let isError = isWarned && age >= Self.errorAfter
    next = isError ? age + Self.errorInterval : Self.errorAfter
    isWarned = true
    return isError ? .error : .warning
  }
}
