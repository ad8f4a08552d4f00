package import Postgres
internal import Sealing

/// The ends of all chains of the audit log at one moment, to be stored where the database's owners cannot write. The
/// record is signed, so a change of it is detected.
package struct AuditHeads: Sendable, Equatable {
  /// When it was made, by the clock of the server.
  package let time: Instant
  /// The ends of the chains, by number.
  package let ends: [ChainPosition]
  /// The number of entries that retention has removed, by chain.
  package let floors: [Int64]
  /// Whether the boundary of entries without a MAC was set.
  package let hasBoundary: Bool
  /// The interval of records while the log changes; 0 for those of `fastshop audit verify`.
  package var intervalSeconds: UInt32 = 0
  /// The digest of the record before it in its file; nil for a file's first one, and for records sent elsewhere.
  package var previous: [UInt8]?

  /// The prefix by which a record is found in any line of text.
  package static let prefix = "fastshop-audit-heads-1."
  private static let format: UInt8 = 1
  private static let noDigest = [UInt8](repeating: 0, count: ChainPosition.hashBytes)
  private static let byteCount =
    1 + 8 + 4 + 1 + ChainPosition.hashBytes + AuditChains.numbers.count * (16 + ChainPosition.hashBytes)
    + AuditKeys.signatureBytes
  /// The length of a record after its prefix.
  package static let textBytes = (byteCount * 4 + 2) / 3

  /// The chains' ends as the database has them now; nil unless it has all of them.
  package nonisolated(nonsending) static func read(
    _ database: some QueryRunner, at now: Instant
  ) async throws(PostgresError) -> AuditHeads? {
    let rows = try await database.rows(
      """
      SELECT number, length, hash, floor_length,
             EXISTS (SELECT FROM audit.signed_place p WHERE p.kind = 'boundary') AS has_boundary
        FROM audit.chain
       ORDER BY number
      """)
    guard rows.count == AuditChains.numbers.count else { return nil }
    var (ends, floors): ([ChainPosition], [Int64]) = ([], [])
    for row in rows {
      ends.append(ChainPosition(length: try row.int64("length"), hash: try row.bytes("hash")))
      floors.append(try row.int64("floor_length"))
    }
    return AuditHeads(time: now, ends: ends, floors: floors, hasBoundary: try rows[0].bool("has_boundary"))
  }

  /// Heads of chains that were verified.
  package init(time: Instant, ends: [ChainPosition], floors: [Int64], hasBoundary: Bool) {
    self.time = time
    self.ends = ends
    self.floors = floors
    self.hasBoundary = hasBoundary
  }

  /// Whether both say the same, whenever they were made.
  package func hasSameContent(as other: AuditHeads?) -> Bool {
    other.map { ends == $0.ends && floors == $0.floors && hasBoundary == $0.hasBoundary } ?? false
  }

  /// Whether no chain has ever had an entry.
  package var isEmpty: Bool { ends.allSatisfy { $0.length == 0 } }

  /// By what the next record of a file names this one.
  package var digest: [UInt8] { Digest.sha256(unsigned) }

  /// One word that says all of it, with a signature.
  package func text(signedBy keys: AuditKeys) -> String {
    let bytes = unsigned
    return Self.prefix + Base64URL.encode(bytes + keys.signature(of: bytes, for: .heads))
  }

  private var unsigned: [UInt8] {
    var bytes = [Self.format]
    bytes += Self.bytes(of: time.microseconds) + Self.bytes(of: intervalSeconds) + [hasBoundary ? 1 : 0]
    bytes += previous ?? Self.noDigest
    for (end, floor) in zip(ends, floors) {
      bytes += Self.bytes(of: end.length) + Self.bytes(of: floor) + end.hash
    }
    return bytes
  }

  private static func bytes(of value: some FixedWidthInteger) -> [UInt8] {
    stride(from: value.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// The record of a word that ``text(signedBy:)`` wrote; nil when it was changed, or is another database's.
  package init?(_ text: some StringProtocol, signedBy keys: AuditKeys) {
    guard text.hasPrefix(Self.prefix), let all = Base64URL.decode(String(text.dropFirst(Self.prefix.count))),
      all.count == Self.byteCount
    else { return nil }
    let bytes = Array(all.dropLast(AuditKeys.signatureBytes))
    let signature = Array(all.suffix(AuditKeys.signatureBytes))
    guard bytes[0] == Self.format, keys.verdict(of: signature, of: bytes, for: .heads) == .valid else { return nil }
    var rest = bytes.dropFirst()
    func take(_ count: Int) -> ArraySlice<UInt8> {
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }
    func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Integer {
      take(Integer.bitWidth / 8).reduce(0) { $0 << 8 | Integer(truncatingIfNeeded: $1) }
    }
    time = Instant(clamping: integer(Int64.self))
    intervalSeconds = integer(UInt32.self)
    hasBoundary = integer(UInt8.self) != 0
    let previous = Array(take(ChainPosition.hashBytes))
    self.previous = previous == Self.noDigest ? nil : previous
    var (ends, floors): ([ChainPosition], [Int64]) = ([], [])
    for _ in AuditChains.numbers {
      let (length, floor) = (integer(Int64.self), integer(Int64.self))
      ends.append(ChainPosition(length: length, hash: Array(take(ChainPosition.hashBytes))))
      floors.append(floor)
    }
    (self.ends, self.floors) = (ends, floors)
  }
}
