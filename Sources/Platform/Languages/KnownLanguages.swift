internal import EventLoop
internal import Postgres

/// Which languages the shop has translations in, as a loop knows it: so the requests of a caller who accepts others
/// need no statement for them. A language that is new to the whole shop is seen by other loops after some seconds.
final class KnownLanguages {
  private static let entriesMax = 256
  private static let lifetime: Duration = .seconds(5)

  private struct Entry {
    let isPresent: Bool
    let until: Int64
  }

  private let loop: EventLoop
  private var entries: [LanguageTag: Entry] = [:]

  init(loop: EventLoop) { self.loop = loop }

  /// Those of the languages that there are translations in.
  func present(among wanted: Set<LanguageTag>, _ database: Database) async throws -> Set<LanguageTag> {
    let now = loop.now
    let known = wanted.filter { entries[$0].map { $0.until > now } ?? false }
    var present = known.filter { entries[$0]?.isPresent ?? false }
    let unknown = wanted.subtracting(known)
    if unknown.isEmpty { return present }
    let rows = try await database.rows(
      """
      SELECT l.tag
        FROM unnest(\(unknown.map(\.text))::text[]) AS l (tag)
       WHERE EXISTS (SELECT FROM platform.translation x WHERE x.locale = l.tag)
      """)
    let found = try Set(rows.map { try $0.string("tag") })
    for tag in unknown {
      note(tag, isPresent: found.contains(tag.text))
      if found.contains(tag.text) { present.insert(tag) }
    }
    return present
  }

  /// Notes what is known of a language from now on.
  func note(_ tag: LanguageTag, isPresent: Bool) {
    if entries.count >= Self.entriesMax { entries.removeAll() }
    entries[tag] = Entry(isPresent: isPresent, until: loop.now + Self.lifetime.nanoseconds)
  }
}

extension EventLoop {
  private static let languagesKey = LoopLocal<KnownLanguages>()

  /// The languages that the loop knows. Only on the loop.
  var knownLanguages: KnownLanguages {
    if let known = self[Self.languagesKey] { return known }
    let made = KnownLanguages(loop: self)
    self[Self.languagesKey] = made
    return made
  }
}
