public import Protobuf

/// The server that a stream reads from.
public enum StreamServer: Sendable {
  /// The primary: the stream sees all that was committed before it.
  case primary
  /// The replica where there is one, which may lack the newest changes; else the primary.
  case replica
}

/// The rows of a query of any size, one by one. See ``Database/stream(_:from:within:)``.
public struct RowStream: AsyncSequence {
  /// The type of an element.
  public typealias Element = Row
  /// What ends a stream before its last row.
  public typealias Failure = PostgresError

  private let database: Database
  private let query: Query
  private let server: StreamServer
  private let limit: Duration

  init(_ database: Database, _ query: Query, from server: StreamServer, within limit: Duration) {
    self.database = database
    self.query = query
    self.server = server
    self.limit = limit
  }

  /// Begins the query anew.
  public func makeAsyncIterator() -> Iterator {
    Iterator(cursor: RowCursor(database, query, from: server, within: limit))
  }

  fileprivate var statement: Statement { database.source.statements.statement(for: query) }

  /// Takes the rows in turn.
  public struct Iterator: AsyncIteratorProtocol {
    let cursor: RowCursor

    /// The next row; nil after the last one. Only on the database's loop.
    public mutating func next() async throws(PostgresError) -> Row? { try await next(isolation: #isolation) }

    /// The next row; nil after the last one. Only on the database's loop.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws(PostgresError) -> Row? {
      try await cursor.next().map { Row(result: $0, index: 0) }
    }
  }
}

extension Database {
  /// The time that a stream of rows may take, unless its caller says otherwise.
  public static let streamLimit: Duration = .seconds(600)

  /// The rows of a query of any size, one by one: `for try await row in database.stream(query, from: .replica)`.
  ///
  /// The rows are those of one snapshot. The stream takes one of the connections for long reads to itself, and the
  /// server sends rows no faster than they are taken: memory does not grow with their number. A caller that stops
  /// taking rows ends the query.
  /// - Parameters:
  ///   - server: the server to read from.
  ///   - limit: the time for the whole stream, that between taking two rows included; then it fails with
  ///     ``PostgresError/statementTimeout``, and its connection is free for others, even while nobody takes rows.
  public func stream(
    _ query: Query, from server: StreamServer, within limit: Duration = Database.streamLimit
  ) -> RowStream {
    RowStream(self, query, from: server, within: limit)
  }

  /// The connections for long reads from `server`.
  func longReads(from server: StreamServer) -> ConnectionPool { server == .primary ? primaryLongReads : longReads }
}

/// The rows of a query of any size as messages, one by one. See ``Database/stream(_:_:from:within:)``.
public struct MessageStream<Element: Message>: AsyncSequence {
  /// What ends a stream before its last message.
  public typealias Failure = PostgresError

  private let rows: RowStream

  init(_ rows: RowStream) { self.rows = rows }

  /// Begins the query anew.
  public func makeAsyncIterator() -> Iterator {
    Iterator(cursor: rows.makeAsyncIterator().cursor, statement: rows.statement)
  }

  /// Takes the messages in turn.
  public struct Iterator: AsyncIteratorProtocol {
    let cursor: RowCursor
    let statement: Statement
    private var arena = Arena()

    init(cursor: RowCursor, statement: Statement) {
      self.cursor = cursor
      self.statement = statement
    }

    /// The next message, in memory of its own, which is used again unless a view of it is kept; nil after the last one.
    /// Only on the database's loop.
    public mutating func next() async throws(PostgresError) -> Element? { try await next(isolation: #isolation) }

    /// The next message, in memory of its own, which is used again unless a view of it is kept; nil after the last one.
    /// Only on the database's loop.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws(PostgresError) -> Element? {
      guard let row = try await cursor.next() else { return nil }
      if isKnownUniquelyReferenced(&arena) { arena.reset() } else { arena = Arena() }
      let answer = QueryResult(result: row, statement: statement)
      return Element(storage: try answer.messages(of: Element.descriptor, in: arena).message(0))
    }
  }
}

extension Database {
  /// The rows of a query of any size as messages, by the rules of `first`: otherwise like
  /// ``stream(_:from:within:)``.
  public func stream<M: Message>(
    _ type: M.Type, _ query: Query, from server: StreamServer, within limit: Duration = Database.streamLimit
  ) -> MessageStream<M> {
    MessageStream(stream(query, from: server, within: limit))
  }
}
