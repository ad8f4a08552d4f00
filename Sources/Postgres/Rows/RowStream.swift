public import Protobuf

/// The rows of a query of any size, one by one. See ``Database/stream(_:within:)``.
public struct RowStream: AsyncSequence {
  /// The type of an element.
  public typealias Element = Row
  /// What ends a stream before its last row.
  public typealias Failure = PostgresError

  private let database: Database
  private let query: Query
  private let limit: Duration

  init(_ database: Database, _ query: Query, within limit: Duration) {
    self.database = database
    self.query = query
    self.limit = limit
  }

  /// Begins the query anew.
  public func makeAsyncIterator() -> Iterator { Iterator(cursor: RowCursor(database, query, within: limit)) }

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

  /// The rows of a query of any size, one by one: `for try await row in database.stream(query)`.
  ///
  /// The rows are those of one snapshot. The stream has a connection to itself, and the server sends rows no faster
  /// than they are taken: memory does not grow with their number. A caller that stops taking rows ends the query.
  /// - Parameter limit: the time for the whole stream, that between taking two rows included; then it fails with
  ///   ``PostgresError/statementTimeout``.
  public func stream(_ query: Query, within limit: Duration = Database.streamLimit) -> RowStream {
    RowStream(self, query, within: limit)
  }
}

/// The rows of a query of any size as messages, one by one. See ``Database/stream(_:_:within:)``.
public struct MessageStream<Element: Message>: AsyncSequence {
  /// What ends a stream before its last message.
  public typealias Failure = PostgresError

  private let database: Database
  private let query: Query
  private let limit: Duration

  init(_ database: Database, _ query: Query, within limit: Duration) {
    self.database = database
    self.query = query
    self.limit = limit
  }

  /// Begins the query anew.
  public func makeAsyncIterator() -> Iterator {
    Iterator(
      cursor: RowCursor(database, query, within: limit), statement: database.source.statements.statement(for: query))
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
  /// The rows of a query of any size as messages, by the rules of `first`: otherwise like ``stream(_:within:)``.
  public func stream<M: Message>(
    _ type: M.Type, _ query: Query, within limit: Duration = Database.streamLimit
  ) -> MessageStream<M> {
    MessageStream(self, query, within: limit)
  }
}
