internal import EventLoop

/// The settings of a session, sent first on every connection.
struct SessionSettings {
  var statementTimeoutMs: Int64
  var lockTimeoutMs: Int64
  var idleInTransactionTimeoutMs: Int64
  /// Reads are kept from writing by the server itself: they may share a transaction and be sent twice.
  var readOnly: Bool
  /// Statements are planned once, for any values. Those of transactions go by keys: a plan for the values of each call
  /// costs more than it saves. Postgres would make one whenever there is an array, whose elements it counts.
  var plansOnce: Bool
  /// Postgres may compile the plans of long reads. Where a search may match a million rows, it expects more work than
  /// there is, and to compile a plan of some milliseconds takes hundreds.
  var compilesPlans: Bool

  init(_ configuration: DatabaseConfiguration, for kind: ConnectionKind) {
    statementTimeoutMs = configuration.statementTimeout(of: kind).nanoseconds / 1_000_000
    lockTimeoutMs = configuration.lockTimeout(of: kind).nanoseconds / 1_000_000
    idleInTransactionTimeoutMs = configuration.idleInTransactionTimeout.nanoseconds / 1_000_000
    readOnly = kind.isReadOnly
    plansOnce = kind == .writes
    compilesPlans = kind == .longReads
  }

  /// One statement that sets them all; the texts that rows are read from depend on the last four.
  var query: Query {
    """
    SELECT set_config('statement_timeout', \(String(statementTimeoutMs)), false),
           set_config('lock_timeout', \(String(lockTimeoutMs)), false),
           set_config('idle_in_transaction_session_timeout', \(String(idleInTransactionTimeoutMs)), false),
           CASE WHEN \(readOnly)::boolean THEN set_config('default_transaction_read_only', 'on', false) END,
           CASE WHEN \(plansOnce)::boolean THEN set_config('plan_cache_mode', 'force_generic_plan', false) END,
           CASE WHEN NOT \(compilesPlans)::boolean THEN set_config('jit', 'off', false) END,
           set_config('timezone', 'UTC', false),
           set_config('datestyle', 'ISO, YMD', false),
           set_config('intervalstyle', 'iso_8601', false),
           set_config('bytea_output', 'hex', false)
    """
  }
}
