package import EventLoop
package import Postgres
package import Protobuf
package import RPC

extension EventLoop {
  private static let databaseKey = LoopLocal<Database>()

  /// The loop's own connections. Only on the loop.
  package var database: Database? {
    get { self[Self.databaseKey] }
    set { self[Self.databaseKey] = newValue }
  }
}

extension EventLoopGroup {
  /// Gives every loop connections of its own, which begin to connect.
  package func connect(_ configuration: DatabaseConfiguration) async throws {
    for loop in loops {
      try await Task(executorPreference: loop) {
        loop.database = try Database(loop: loop, configuration: configuration)
      }.value
    }
  }

  /// Waits until every loop that ``connect(_:)`` gave connections can read. A server that starts has no callers yet who
  /// need a quick answer, so that it waits longer than its calls will.
  /// - Throws: ``PostgresError``: `.unavailable` when the database cannot be reached within `patience`.
  package func waitForDatabase(within patience: Duration) async throws {
    let end = EventLoop.preciseNow + patience.nanoseconds
    for loop in loops {
      try await Task(executorPreference: loop) {
        while true {
          do {
            _ = try await loop.database?.rows("SELECT")
            return
          } catch PostgresError.unavailable, PostgresError.connectionLost {
            guard EventLoop.preciseNow < end else { throw PostgresError.unavailable }
            try await loop.sleep(for: Self.pauseBetweenAttempts)
          }
        }
      }.value
    }
  }

  private static var pauseBetweenAttempts: Duration { .milliseconds(20) }

  /// Closes what ``connect(_:)`` opened.
  package func disconnect() async {
    for loop in loops {
      await Task(executorPreference: loop) {
        loop.database?.close()
        loop.database = nil
      }.value
    }
  }
}

extension Call {
  /// The database, with rows landing in the call's own memory.
  package var database: CallDatabase { CallDatabase(call: self) }
}

/// The loop's database for one call.
package struct CallDatabase {
  private let call: Call

  init(call: Call) { self.call = call }

  /// The connections themselves, for one statement that needs no arena.
  package var connections: Database {
    get throws(PostgresError) {
      guard let database = call.loop.database else { throw .unavailable }
      return database
    }
  }

  /// The first row as a message, or nil.
  package func first<M: Message>(
    _ type: M.Type, _ query: Query, access: QueryAccess = .read
  ) async throws(PostgresError) -> M? {
    try await connections.first(type, query, access: access, in: call.arena)
  }

  /// All rows as messages.
  package func all<M: Message>(
    _ type: M.Type, _ query: Query, access: QueryAccess = .read
  ) async throws(PostgresError) -> RepeatedField<M> {
    try await connections.all(type, query, access: access, in: call.arena)
  }

  /// All rows, for the program's own use.
  package func rows(_ query: Query, access: QueryAccess = .read) async throws(PostgresError) -> Rows {
    try await connections.rows(query, access: access)
  }
}
