/// The current state of one loop's connections.
public struct DatabaseStatistics: Sendable, Equatable {
  /// Connections that are open, for reading and writing together.
  public var connectionsOpen = 0
  /// Queries under way or waiting on the connections for reading.
  public var readsWaiting = 0
  /// Connections that a writer has for itself.
  public var writersInUse = 0
  /// Connections that wait for a writer.
  public var writersIdle = 0
  /// Writers that wait for a connection.
  public var writersWaiting = 0
  /// Connections that were opened since the loop began: those after the first few are reconnections.
  public var connectionsOpened = 0
  /// Attempts to connect that failed.
  public var connectionsFailed = 0
  /// The statements since the loop began, including BEGIN, COMMIT and ROLLBACK.
  public var statements = 0
  /// Transactions, and changes of one statement, that were tried again: after a deadlock, a serialization failure or a
  /// change of the schema.
  public var transactionsRetried = 0
}

extension Database {
  /// The statistics of the connections. Only on the loop.
  public var statistics: DatabaseStatistics {
    var statistics = writers.statistics
    statistics.connectionsOpen = source.openCount
    statistics.connectionsOpened = source.openedCount
    statistics.connectionsFailed = source.failedCount
    statistics.readsWaiting = readsWaiting
    statistics.statements = Int(clamping: source.statements.uses)
    statistics.transactionsRetried = source.retriedCount
    return statistics
  }
}
