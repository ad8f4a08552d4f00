internal import EventLoop
internal import Postgres

/// Reads new events from the log, in order and without gaps. Confined to its loop.
final class EventReader {
  /// The next step after a look.
  enum Next {
    /// There is more.
    case readOn
    /// A number is missing that may still appear.
    case waitForNumbers
    /// Everything has been read.
    case waitForNews
  }

  /// A number that is missing for this many looks gets a fence.
  private static let looksBeforeFence = 3

  private let database: Database
  private let log: UInt32
  private var watermark: LogWatermark
  private var looksAtGap = 0
  /// Since when, by the monotonic clock, it has been waiting for a number; nil when it is not.
  private(set) var waitsSinceNs: Int64?

  /// The events that it reads again although they were visible when it began.
  private var visibleBefore: EventCursor.VisibleEvents?

  /// Begins where nothing is missing.
  init(_ database: Database) async throws(PostgresError) {
    self.database = database
    let ends = try await LogQueries.ends(database)
    let start = try await LogQueries.start(ends, database)
    log = ends.log
    watermark = LogWatermark(seq: start.seq)
    visibleBefore = start.visible
  }

  /// Whether the event was visible before the reader began.
  func isOld(_ header: EventHeader) -> Bool { visibleBefore?.contains(header) ?? false }

  /// It does not wait for a number while the log cannot be read.
  func readFailed() { waitsSinceNs = nil }

  /// The position up to which it has read.
  var cursor: EventCursor { EventCursor(log: log, seq: watermark.seq) }

  /// Reads a page.
  /// - Throws: ``EventLogError/replaced`` when it is not the log any more that it has read so far; `PostgresError`.
  func read() async throws -> (events: [LoggedEvent], next: Next) {
    let ends = try await LogQueries.ends(database)
    if ends.log != log || ends.last < watermark.seq { throw EventLogError.replaced }
    if ends.last <= watermark.seq {
      (waitsSinceNs, visibleBefore) = (nil, nil)
      return ([], .waitForNews)
    }
    if watermark.waitsForWriters { watermark.see(try await LogQueries.writers(database)) }
    let found = try await LogQueries.page(after: watermark.seq, upTo: ends.last, database)
    let isComplete = found.count < LogQueries.pageMax
    let before = watermark.seq
    let admitted = watermark.admit(found.map(\.header.seq), isComplete: isComplete)
    let events = Array(found.prefix(admitted))
    if watermark.seq > before {
      looksAtGap = 0
      waitsSinceNs = nil
      return (events, .readOn)
    }
    looksAtGap &+= 1
    if waitsSinceNs == nil { waitsSinceNs = EventLoop.preciseNow }
    if looksAtGap >= Self.looksBeforeFence, watermark.needsFence(upTo: ends.last) {
      watermark.setFence(upTo: ends.last, writers: try await LogQueries.writers(database))
    }
    return (events, .waitForNumbers)
  }
}
