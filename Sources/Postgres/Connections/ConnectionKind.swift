/// The purpose of a connection, from which its session's settings and limits follow.
enum ConnectionKind {
  /// Interactive reads of several callers at once, in a pipeline.
  case reads
  /// A write or a transaction.
  case writes
  /// A report or an export.
  case longReads
  /// Notifications.
  case listening

  /// Whether several callers use it at the same time.
  var isShared: Bool { self == .reads }

  /// Whether the server itself keeps the session from writing: its statements may be sent twice.
  var isReadOnly: Bool { self == .reads || self == .longReads }

  /// Whether it is asked something while it is quiet, to find an unresponsive server before anybody needs it. A
  /// question would hide from the server that a transaction does nothing.
  var isProbed: Bool { self == .reads || self == .listening }
}

extension DatabaseConfiguration {
  /// What a long read has beyond ``longReadTimeout`` until its server counts as unresponsive: as much as other
  /// statements have beyond ``statementTimeout``.
  private var responseSlack: Duration { unresponsiveAfter - statementTimeout }

  /// The time after which the server ends a statement.
  func statementTimeout(of kind: ConnectionKind) -> Duration { kind == .longReads ? longReadTimeout : statementTimeout }

  /// The time for which a server may wait for a lock.
  func lockTimeout(of kind: ConnectionKind) -> Duration {
    kind.isReadOnly ? min(lockTimeout, readLockTimeout) : lockTimeout
  }

  /// The time after which a server that owes an answer counts as unresponsive.
  func unresponsiveAfter(of kind: ConnectionKind) -> Duration {
    switch kind {
    case .reads, .writes: unresponsiveAfter
    case .longReads: longReadTimeout + responseSlack
    case .listening: probeUnresponsiveAfter
    }
  }
}
