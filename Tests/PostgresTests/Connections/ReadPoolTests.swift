import Eventually
import Glibc
import Testing

@testable import EventLoop
@testable import Postgres

extension Request {
  /// A read that is not prepared.
  convenience init(reading query: Query) { self.init(query, statement: nil, mayRepeat: true) }

  /// What it has failed with; before it is over, it counts as lost.
  var error: PostgresError? {
    if case .failure(let error) = result { error } else { nil }
  }
}

/// What becomes of single reads on the connections that they share.
@Suite struct ReadPoolTests {
  @Test func `a read that may not move again keeps none behind it from moving`() async throws {
    try await withDatabase(configure: {
      $0.waitForLong()
      $0.spareReadConnections = 1
    }) { database in
      let reader = database.reads.readers[0]
      try await eventually { reader.isOpen }
      let slow = Request(reading: "SELECT pg_sleep(90)")
      let (stuck, last) = (Request(reading: "SELECT 1 AS one"), Request(reading: "SELECT 2 AS two"))
      stuck.stallMoves = ReadPool.stallMovesMax
      for read in [slow, stuck, last] {
        database.reads.submit(read, to: reader)
        reader.connection?.sync()
      }
      try await eventually { last.isOver }
      #expect(last.error == nil)
      #expect(!slow.isOver && !stuck.isOver)
      slow.cancel()
      try await eventually { stuck.isOver }
      #expect(stuck.error == nil)
    }
  }

  @Test func `a read that times out is not sent again because a cancel was sent before`() async throws {
    try await withDatabase(configure: { $0.statementTimeout = .milliseconds(200) }) { database in
      let reader = database.reads.readers[0]
      try await eventually { reader.isOpen && reader.isQuiet }
      let connection = try #require(reader.connection)
      connection.cancels.begin()
      connection.cancels.end(segments: connection.segmentsSent + 1, at: database.loop.now)
      let read = Request(reading: "SELECT pg_sleep(90)")
      database.reads.submit(read, to: reader)
      try await eventually { read.isOver }
      #expect(read.error == .statementTimeout)
      #expect(read.attempts == 1)
    }
  }

  @Test func `a read whose error only has the code of an ended session is not sent again`() async throws {
    let schema = """
      CREATE FUNCTION fail() RETURNS bigint LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57P01'; END $$
      """
    try await withDatabase(schema: schema) { database in
      let read = Request(reading: "SELECT fail()")
      database.reads.submit(read, to: database.reads.readers[0])
      try await eventually { read.isOver }
      #expect(read.error == .connectionLost)
      #expect(read.attempts == 1)
    }
  }

  @Test func `a read that a connection carries twice moves when that one breaks`() async throws {
    try await withDatabase { database in
      let reader = database.reads.readers[0]
      try await eventually { reader.isOpen }
      let read = Request(reading: "SELECT 1 AS one")
      for _ in 0..<2 { reader.connection?.submitAlone(read) }
      reader.connectAnew()
      try await eventually { read.isOver }
      #expect(read.error == nil)
    }
  }

  @Test func `reads move when their connection breaks while they are sent again`() async throws {
    try await withDatabase { database in
      let reader = database.reads.readers[0]
      try await eventually { reader.isOpen && reader.isQuiet }
      let connection = try #require(reader.connection)
      let failing = Request(reading: "SELECT 1 / 0 AS quotient")
      let others = (0..<8).map { _ in Request(reading: "SELECT 1 AS one") }
      // Known before the end of the segment is: libpq then finds the broken socket when it sends the second one.
      failing.whenEnded { shutdown(connection.watchedDescriptor, Int32(SHUT_RDWR)) }
      for read in [failing] + others { database.reads.submit(read, to: reader) }
      try await eventually { others.allSatisfy(\.isOver) }
      #expect(others.compactMap(\.error).isEmpty)
      #expect(connection.state == .closed)
    }
  }

  @Test func `reads wait for the next connection when the one they waited for breaks at once`() async throws {
    try await withDatabase { database in
      let reader = database.reads.readers[0]
      let value = "no text of Postgres: \0"
      let (first, second) = (Request(reading: "SELECT \(value) AS text"), Request(reading: "SELECT 1 AS one"))
      first.whenEnded { reader.connectAnew() }  // it is not even sent
      for read in [first, second] { database.reads.submit(read, to: reader) }
      try await eventually { first.isOver && second.isOver }
      #expect(first.error != nil && second.error == nil)
      #expect(reader.load == 0 && reader.bytes == 0)
    }
  }
}
