/// The current state of one loop's connections.
public struct DatabaseStatistics: Sendable, Equatable {
  /// Connections to the primary that are open, of all classes together.
  public var connectionsOpen = 0
  /// Queries under way or waiting on the connections for reading.
  public var readsWaiting = 0
  /// Connections that a writer has for itself.
  public var writersInUse = 0
  /// Connections that wait for a writer.
  public var writersIdle = 0
  /// Writers that wait for a connection.
  public var writersWaiting = 0
  /// Connections that a long read has for itself.
  public var longReadsInUse = 0
  /// Long reads that wait for a connection.
  public var longReadsWaiting = 0
  /// Reads, since the loop began, that were sent again elsewhere because their connection had to wait for a slow one.
  public var readsMoved = 0
  /// Reads, since the loop began, that were cancelled on the server: abandoned ones, and slow ones that held up others.
  public var readsCancelled = 0
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
    var statistics = DatabaseStatistics()
    statistics.connectionsOpen = source.openCount
    for source in sources {
      statistics.connectionsOpened += source.openedCount
      statistics.connectionsFailed += source.failedCount
      statistics.transactionsRetried += source.retriedCount
    }
    statistics.writersIdle = writers.idleCount
    statistics.writersInUse = writers.usedCount
    statistics.writersWaiting = writers.waitingCount
    for pool in longReadPools {
      statistics.longReadsInUse += pool.usedCount
      statistics.longReadsWaiting += pool.waitingCount
    }
    statistics.readsWaiting = reads.load
    statistics.readsMoved = reads.movedCount
    statistics.readsCancelled = reads.cancelledCount
    statistics.statements = Int(clamping: sources.reduce(0) { $0 + $1.statements.uses })
    return statistics
  }
}
