internal import EventLoop
package import Metrics
package import Postgres
package import Protobuf
package import RPC
internal import Synchronization

/// Encoded messages, by the versions of the rows that they were made from. The loops of a server share it.
///
/// It cannot be stale: a reader asks Postgres which versions a call shows, and takes from here the messages of these
/// versions alone. What a message is made from must therefore be in its version. When the cache is full, messages that
/// were not used lately make way, part by part (the CLOCK algorithm of Corbató, 1968).
package final class MessageCache<Element: Message>: Sendable {
  private struct Entry {
    let version: String
    let message: EncodedMessage<Element>
    var isUsed = false

    var bytes: Int { version.utf8.count + message.byteCount + MessageCacheSize.entryBytes }
  }

  /// A part of the cache, with a bound of its own.
  private final class Shard: Sendable { let state = Mutex(State()) }

  private struct State {
    /// The places of the entries.
    var places: [String: Int] = [:]
    var entries: [Entry?] = []
    var freePlaces: [Int] = []
    /// The place at which the search for an entry that makes way goes on.
    var hand = 0
    var statistics = MessageCacheStatistics()
  }

  /// The bytes that a shard may have; together they have as many as the cache may.
  private let shardBytesMax: Int
  private let shards: [Shard]

  /// An empty cache of at most `bytesMax` bytes.
  package init(bytesMax: Int = MessageCacheSize.bytesUsual) {
    let count = min(max(bytesMax / MessageCacheSize.shardBytesMin, 1), MessageCacheSize.shardsMax)
    shardBytesMax = bytesMax / count
    shards = (0..<count).map { _ in Shard() }
  }

  /// The number of parts that loops may use at the same time.
  var shardCount: Int { shards.count }

  /// What happened so far, and what there is.
  package var statistics: MessageCacheStatistics {
    var sum = MessageCacheStatistics()
    for shard in shards { sum.add(shard.state.withLock { $0.statistics }) }
    return sum
  }

  private func shard(of version: String) -> Shard {
    shards[Int(UInt(bitPattern: version.hashValue) % UInt(shards.count))]
  }

  /// The messages of `versions`, in their order; nil when one of them is missing.
  package func messages(of versions: [String]) -> [EncodedMessage<Element>]? {
    var found: [EncodedMessage<Element>] = []
    found.reserveCapacity(versions.count)
    for version in versions {
      let message: EncodedMessage<Element>? = shard(of: version).state.withLock { state in
        guard let place = state.places[version], let message = state.entries[place]?.message else {
          state.statistics.misses &+= 1
          return nil
        }
        state.entries[place]?.isUsed = true
        state.statistics.hits &+= 1
        return message
      }
      if let message { found.append(message) }
    }
    return found.count == versions.count ? found : nil
  }

  /// Keeps the messages of `versions`, as far as there is room.
  package func keep(_ messages: [EncodedMessage<Element>], of versions: [String]) {
    for (version, message) in zip(versions, messages) {
      let entry = Entry(version: version, message: message)
      guard entry.bytes <= shardBytesMax else { continue }
      shard(of: version).state.withLock { state in
        if state.places[version] != nil { return }
        while state.statistics.bytes > shardBytesMax - entry.bytes { Self.makeRoom(in: &state) }
        Self.add(entry, to: &state)
      }
    }
  }

  private static func add(_ entry: Entry, to state: inout State) {
    state.statistics.bytes += entry.bytes
    state.statistics.messages += 1
    if let place = state.freePlaces.popLast() {
      state.entries[place] = entry
      state.places[entry.version] = place
    } else {
      state.places[entry.version] = state.entries.count
      state.entries.append(entry)
    }
  }

  /// Removes the next entry that was not used since the hand was there last.
  private static func makeRoom(in state: inout State) {
    while true {
      if state.hand >= state.entries.count { state.hand = 0 }
      let place = state.hand
      state.hand += 1
      guard let entry = state.entries[place] else { continue }
      if entry.isUsed {
        state.entries[place]?.isUsed = false
        continue
      }
      state.entries[place] = nil
      state.freePlaces.append(place)
      state.places[entry.version] = nil
      state.statistics.bytes -= entry.bytes
      state.statistics.messages -= 1
      return
    }
  }
}

/// What happened so far, and what there is.
package struct MessageCacheStatistics: Equatable, Sendable {
  /// Messages that were found.
  package fileprivate(set) var hits = 0
  /// Messages that were not.
  package fileprivate(set) var misses = 0
  /// Messages that are kept.
  package fileprivate(set) var messages = 0
  /// The bytes that they take, about.
  package fileprivate(set) var bytes = 0

  fileprivate mutating func add(_ other: MessageCacheStatistics) {
    hits &+= other.hits
    misses &+= other.misses
    messages += other.messages
    bytes += other.bytes
  }
}

/// The sizes of caches.
package enum MessageCacheSize {
  /// The bytes of the messages and their versions that a server keeps.
  package static let bytesUsual = 64 << 20
  /// Loops seldom meet at one of so many parts.
  static let shardsMax = 16
  /// The size of a part, at least; no larger message need be kept.
  static let shardBytesMin = 4 << 20
  /// The bytes that an entry takes besides its message and its version, about.
  fileprivate static let entryBytes = 128
}

extension MessageCache {
  /// The first `size` rows of a query as encoded messages, and when it has more, the keys of the last of them.
  /// - Parameters:
  ///   - versions: the query with the version, named ``MessageVersion/column``, and the keys alone.
  ///   - whole: the same query with the columns of the message before them.
  package nonisolated(nonsending) func page(
    versions: Query, whole: @autoclosure () -> Query, size: Int, keys: [String] = [], _ call: Call
  ) async throws -> (elements: [EncodedMessage<Element>], last: [String]?) {
    let (elements, rows) = try await read(versions, whole, size, keys, call)
    return (elements, try rows.last)
  }

  /// All rows of a query that has at most `count`, as encoded messages, each with what the query has in `column`, whose
  /// name begins with `page_key.`.
  package nonisolated(nonsending) func all(
    versions: Query, whole: @autoclosure () -> Query, atMost count: Int, naming column: String, _ call: Call
  ) async throws -> (elements: [EncodedMessage<Element>], names: [String]) {
    let (elements, rows) = try await read(versions, whole, count, [], call)
    return (elements, try rows.texts(column))
  }

  private nonisolated(nonsending) func read(
    _ versions: Query, _ whole: () -> Query, _ size: Int, _ keys: [String], _ call: Call
  ) async throws -> (elements: [EncodedMessage<Element>], rows: PagedRows) {
    let column = MessageVersion.column
    let database = try call.database.connections
    let named = try await database.page(versions, size: size, keys: keys)
    if let known = messages(of: try named.texts(column)) { return (known, named) }
    let rows = try await database.page(whole(), size: size, keys: keys)
    let read = try rows.messages(Element.self, in: call.arena).map { try EncodedMessage($0) }
    keep(read, of: try rows.texts(column))
    return (read, rows)
  }

  /// Reports the metrics, of messages of a `kind`, to `registry` from now on.
  package func report(to registry: MetricsRegistry, kind: String) {
    registry.collect { [self] loop, samples in
      guard loop.index == 0 else { return }  // metrics of the whole process are reported once
      let statistics = self.statistics
      samples.add(statistics.hits, to: CacheMetrics.hits, [kind])
      samples.add(statistics.misses, to: CacheMetrics.misses, [kind])
      samples.add(statistics.messages, to: CacheMetrics.messages, [kind])
      samples.add(statistics.bytes, to: CacheMetrics.bytes, [kind])
    }
  }
}

private enum CacheMetrics {
  static let hits = family("hits", "Messages that were taken from the cache.", .counter)
  static let misses = family("misses", "Messages that the cache did not have.", .counter)
  static let messages = family("messages", "Messages in the cache.", .gauge)
  static let bytes = family("bytes", "Bytes that the messages in the cache take.", .gauge)

  private static func family(_ name: String, _ help: String, _ kind: MetricFamily.Kind) -> MetricFamily {
    MetricFamily("fastshop_message_cache_\(name)", help: help, kind: kind, labels: ["kind"])
  }
}
