internal import Postgres
internal import Sealing

/// An entry of the audit log with the fields that its chain covers.
struct ChainedEntry: Sendable {
  /// The columns that are hashed, as texts, in the order of `audit.canonical`; nil for NULL.
  let columns: [String?]
  let id: String
  let seq: Int64
  /// When it was written; nil for no time that a clock shows.
  let at: Instant?
  let previousHash: [UInt8]
  let hash: [UInt8]
  /// The proof that a server wrote it; nil in entries of earlier releases.
  let mac: [UInt8]?

  /// The correct hash: of the previous hash and of the entry's columns.
  var rightHash: [UInt8] { Digest.sha256(previousHash + CanonicalColumns.bytes(columns)) }

  /// The action.
  var action: String? { columns.count == Self.hashed.count ? columns[Self.actionIndex] : nil }

  /// The columns that a server knew before it wrote the entry.
  func known(_ scope: EntryMAC.Scope) -> [String?] {
    guard columns.count == Self.hashed.count else { return [] }
    return [columns[0]] + columns[Self.actorIndex..<Self.statesIndex]
      + (scope == .statesByServer ? columns[Self.statesIndex...] : [])
  }

  /// The names of ``columns``.
  static let hashed = [
    "id", "chain", "seq", "at_text", "actor_kind", "actor_id", "session_id", "method", "action", "resource_type",
    "resource_id", "request_id", "peer", "before", "after",
  ]
  private static let actorIndex = 4
  private static let actionIndex = 8
  private static let statesIndex = 13
}

extension ChainedEntry {
  /// The selected columns of `audit.entry e`.
  static var selected: Query {
    """
    e.id, e.chain, e.seq, CASE WHEN isfinite(e.at) THEN e.at END AS at,
           to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at_text,
           e.actor_kind, e.actor_id, e.session_id, e.method, e.action, e.resource_type, e.resource_id, e.request_id,
           e.peer, e.before::text AS before, e.after::text AS after, e.previous_hash, e.hash, e.mac
    """
  }

  init(_ row: Row) throws(PostgresError) {
    var columns: [String?] = []
    for name in Self.hashed { columns.append(try row.optionalString(name)) }
    self.columns = columns
    id = try row.string("id")
    seq = try row.int64("seq")
    at = try row.optionalInstant("at")
    previousHash = try row.bytes("previous_hash")
    hash = try row.bytes("hash")
    mac = try row.optionalBytes("mac")
  }
}

/// A position in a chain: the number of entries up to it, and the hash of the last of them.
package struct ChainPosition: Hashable, Sendable {
  /// The position before the first entry.
  package static let start = ChainPosition(length: 0, hash: [UInt8](repeating: 0, count: hashBytes))
  /// Bytes of a hash.
  static let hashBytes = 32

  /// The number of entries that the chain has had.
  package let length: Int64
  /// The last one's hash.
  package let hash: [UInt8]

  /// A position, as recorded in the chain or elsewhere.
  package init(length: Int64, hash: [UInt8]) {
    self.length = length
    self.hash = hash
  }
}

/// The audit log's chains.
enum AuditChains {
  /// Their numbers.
  static let numbers = 0..<64
}
