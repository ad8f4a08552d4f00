internal import Postgres

/// A position of a chain with a server's signature, as stored in `audit.signed_place`.
struct SignedPosition: Sendable {
  /// The meaning of the position.
  enum Kind: String, QueryValue {
    /// Up to it entries may lack a MAC: they were written by an earlier release.
    case boundary
    /// Up to it retention has taken entries away.
    case floor

    var queryBind: QueryBind { .string(rawValue) }
  }

  let kind: Kind
  let chain: Int
  let position: ChainPosition
  /// For a boundary, the time when it was set; for a floor, the time of its entry, by the later of two clocks.
  let at: Instant

  private var bytes: [UInt8] {
    let hash = position.hash.map(String.init).joined(separator: ",")
    return CanonicalColumns.bytes([kind.rawValue, "\(chain)", "\(position.length)", hash, "\(at.microseconds)"])
  }

  /// Whether `signature` is a server's.
  func verdict(of signature: [UInt8], _ keys: AuditKeys) -> AuditKeys.Verdict {
    keys.verdict(of: signature, of: bytes, for: .place)
  }

  /// Writes positions of one kind. Those that are there are replaced, or with `isOnce` left as they are.
  static func write(_ positions: [SignedPosition], _ keys: AuditKeys, isOnce: Bool = false) -> Query {
    let conflict: Query =
      isOnce
      ? "DO NOTHING"
      : """
      (kind, chain) DO UPDATE
              SET length = excluded.length, hash = excluded.hash, at = excluded.at, mac = excluded.mac
      """
    return """
      INSERT INTO audit.signed_place (kind, chain, length, hash, at, mac)
      SELECT *
        FROM unnest(\(positions.map(\.kind.rawValue))::text[], \(positions.map(\.chain))::smallint[],
                    \(positions.map(\.position.length))::bigint[], \(positions.map(\.position.hash))::bytea[],
                    \(positions.map(\.at))::timestamptz[],
                    \(positions.map { keys.signature(of: $0.bytes, for: .place) })::bytea[])
          ON CONFLICT \(conflict)
      """
  }
}

/// All positions in a database whose signatures are valid.
struct SignedPositions: Sendable {
  /// By chain.
  private(set) var boundary: [Int: SignedPosition] = [:]
  /// By chain.
  private(set) var floors: [Int: SignedPosition] = [:]
  /// The flaws of the other positions.
  private(set) var flaws: [AuditFlaw] = []

  /// Whether no boundary was ever set, according to the database.
  var hasNoBoundary: Bool { boundary.isEmpty && flaws.isEmpty }

  /// Reads them.
  nonisolated(nonsending) static func read(
    _ database: some QueryRunner, _ keys: AuditKeys
  ) async throws(PostgresError) -> SignedPositions {
    var found = SignedPositions()
    let rows = try await database.rows(
      """
      SELECT kind, chain, length, hash, CASE WHEN isfinite(at) THEN at END AS at, mac
        FROM audit.signed_place
       ORDER BY kind, chain
      """)
    for row in rows {
      let (kind, chain) = (try row.string("kind"), Int(try row.int64("chain")))
      let position = ChainPosition(length: try row.int64("length"), hash: try row.bytes("hash"))
      guard let known = SignedPosition.Kind(rawValue: kind), let at = try row.optionalInstant("at"),
        AuditChains.numbers.contains(chain)
      else {
        found.flaws.append(.unsigned(chain: chain, what: kind))
        continue
      }
      let signed = SignedPosition(kind: known, chain: chain, position: position, at: at)
      guard signed.verdict(of: try row.bytes("mac"), keys) == .valid else {
        found.flaws.append(.unsigned(chain: chain, what: kind))
        continue
      }
      if known == .boundary { found.boundary[chain] = signed } else { found.floors[chain] = signed }
    }
    return found
  }
}
