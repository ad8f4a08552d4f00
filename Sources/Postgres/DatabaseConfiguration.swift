/// The configuration of a ``Database``: its server, its connections, its limits.
public struct DatabaseConfiguration: Sendable {
  /// A libpq connection string or URL: `postgres://user:password@host:5432/name?sslmode=verify-full`. Several hosts,
  /// `postgres://one,two:5433/name`, are servers of one cluster; connections go to the one that is no replica.
  public var url: String
  /// A replica for long reads, in the form of ``url``; of several servers, the first that answers. Nil: they run on the
  /// primary.
  public var replicaURL: String?
  /// Connections per loop that share the reads. A second one takes over while the first waits for a slow query.
  public var readConnections = 2
  /// Connections per loop, at most, that are opened beyond ``readConnections`` while those wait for slow queries.
  public var spareReadConnections = 4
  /// The time after which a spare connection that nobody needs is closed.
  public var spareReadIdleMax: Duration = .seconds(10)
  /// A read that runs longer is cancelled if others wait for its connection and no other connection has time for them.
  public var readHoldMax: Duration = .seconds(2)
  /// Connections per loop, at most, for writes and transactions; opened as they are needed.
  public var writeConnections = 8
  /// Connections per loop, at most, for long reads; opened as they are needed.
  public var longReadConnections = 2
  /// Long reads per loop that may wait for a connection.
  public var longReadsWaitingMax = 100
  /// The time that a long read waits for a connection before it fails with ``PostgresError/overloaded``.
  public var longReadWait: Duration = .seconds(30)
  /// The server ends long reads that run longer.
  public var longReadTimeout: Duration = .seconds(300)
  /// Queries per loop that may be under way or waiting; more fail with ``PostgresError/overloaded``.
  public var queriesMax = 10_000
  /// Bytes of queries per loop that may be under way or waiting; more fail with ``PostgresError/overloaded``.
  public var queryBytesMax = 64 << 20
  /// Writes and transactions per loop that may wait for a connection.
  public var writersWaitingMax = 2_000
  /// The time that a write or a transaction waits for a connection before it fails with ``PostgresError/overloaded``.
  public var writerWait: Duration = .seconds(5)
  /// The time that a query waits while there is no connection at all before it fails with
  /// ``PostgresError/unavailable``.
  public var outageWait: Duration = .milliseconds(500)
  /// The timeout for connecting to one address, unless the URL has a `connect_timeout`.
  public var connectTimeout: Duration = .seconds(2)
  /// The server ends statements that run longer.
  public var statementTimeout: Duration = .seconds(10)
  /// A server that owes an answer for longer counts as unresponsive: longer than a statement may run.
  public var unresponsiveAfter: Duration = .seconds(15)
  /// A server that does not answer a probe for this time counts as unresponsive.
  public var probeUnresponsiveAfter: Duration = .seconds(5)
  /// A connection whose statement cannot be cancelled within this time is closed.
  public var cancelTimeout: Duration = .seconds(3)
  /// The server ends statements that wait longer for a lock.
  public var lockTimeout: Duration = .seconds(5)
  /// The same for reads, which wait only for locked tables, and delay those after them.
  public var readLockTimeout: Duration = .seconds(2)
  /// The server ends connections that stay longer inside a transaction without doing anything.
  public var idleInTransactionTimeout: Duration = .seconds(15)
  /// The connection's name on the server, unless the URL has one.
  public var applicationName = "fastshop"
  /// Statements that are kept prepared on each connection; beyond it those unused for longest go.
  public var preparedStatementsMax = 512

  /// Connections that a loop opens to the primary, at most.
  public var connectionsMax: Int {
    readConnections + spareReadConnections + writeConnections + longReadConnections
  }

  /// The default settings for the server at `url`.
  public init(url: String) { self.url = url }
}
