import EventLoop
import Eventually
import Testing

@testable import Postgres

/// A cancel that is meant for a read ends whatever the server does on the connection when it arrives.
@Suite struct CancelTests {
  private static let schema = """
    CREATE TABLE t (id bigint);
    CREATE FUNCTION wait() RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock_shared(1);
      EXCEPTION WHEN query_canceled THEN
        RAISE EXCEPTION 'storniere Anweisung wegen Benutzeraufforderung' USING ERRCODE = '57014';
      END $$
    """

  /// Reads that wait while others hold a lock.
  enum Reading: CaseIterable {
    /// It waits already while the server prepares it.
    case beingPrepared
    /// The server does not speak English when it is cancelled.
    case translated

    func run(_ database: Database) async -> PostgresError? {
      await failure {
        switch self {
        case .beingPrepared: _ = try await database.rows("SELECT id FROM t")
        case .translated: _ = try await database.rows("SELECT wait()")
        }
      }
    }
  }

  @Test(arguments: Reading.allCases)
  func `a read that the cancel of another one hits is sent again`(_ reading: Reading) async throws {
    try await withDatabase(schema: Self.schema, configure: { $0.waitForLong() }) { database in
      for _ in 0..<StatementTable.usesBeforePreparing { #expect(await reading.run(database) == nil) }
      let connection = try #require(database.reads.readers.first?.connection)
      let bound = LoopBound(database, on: database.loop)
      let read = try await database.transaction { holder in
        try await holder.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        try await holder.execute("SELECT pg_advisory_xact_lock(1)")
        let read = Task(executorPreference: bound.value.loop) { await reading.run(bound.value) }
        // More often than a read is sent again for other reasons.
        for _ in 0..<2 * Connection.attemptsMax {
          try await waitsForLock(bound.value)
          let sent = connection.segmentsSent
          connection.cancelPresentRead()
          try await eventually { !connection.cancels.isUnderWay && connection.segmentsSent > sent }
        }
        return read
      }
      #expect(await read.value == nil)
      #expect(connection.state == .open)
    }
  }

  @Test func `which segments a cancel may hit`() {
    var cancels = SentCancels()
    #expect(!cancels.mayHit(segment: 0))
    cancels.begin()
    #expect(cancels.mayHit(segment: 7))
    cancels.end(segments: 3, at: 0)
    #expect((0..<5).map { cancels.mayHit(segment: $0) } == [true, true, true, false, false])
    cancels.begin()
    cancels.end(segments: 4, at: 0)
    #expect((2..<5).map { cancels.mayHit(segment: $0) } == [true, true, false])
  }

  @Test func `the answer to a cancel has time to arrive before the next one is sent`() {
    var cancels = SentCancels()
    #expect(cancels.mayBegin(at: 0, patience: 50))
    cancels.begin()
    #expect(!cancels.mayBegin(at: 1_000, patience: 50))
    cancels.end(segments: 1, at: 1_000)
    #expect([1_000, 1_049, 1_050].map { cancels.mayBegin(at: $0, patience: 50) } == [false, false, true])
    cancels.begin()
    #expect(!cancels.mayBegin(at: 2_000, patience: 50))
  }
}
