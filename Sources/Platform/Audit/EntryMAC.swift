internal import Sealing

/// The MAC that proves that a server wrote an entry of the audit log.
///
/// Each entry has a key of its own. The key is derived from the server's key and from what the server knows of the
/// entry: its id with the time in it, who does what to which resource, and the states where the server has them. The
/// server gives the key to the database for one statement. The database computes the HMAC of the entry's hash with it
/// and forgets it. So the MAC covers the whole entry and its position in the chain. An attacker who gets a key can
/// change only what the database itself supplies: the states that it computes, the time, the position.
enum EntryMAC {
  /// The fields of an entry that the server supplies.
  enum Scope: UInt8 {
    /// All but the states before and after, which the statement computes.
    case statesByDatabase = 0
    /// The states as well.
    case statesByServer = 1
  }

  private static let format: UInt8 = 1
  private static let headerBytes = 2 + KeyID.byteCount
  private static let byteCount = headerBytes + AuditKeys.hmacBytes
  /// The block of SHA-256, to which HMAC pads its key.
  private static let blockBytes = 64
  private static let innerPad: UInt8 = 0x36
  private static let outerPad: UInt8 = 0x5C

  /// The value for INSERT: the trigger `audit.append` replaces the two padded keys by the HMAC.
  /// - Parameter columns: the columns that the server knows.
  static func draft(_ columns: [String?], _ scope: Scope, _ keys: AuditKeys) -> [UInt8] {
    let key = entryKey(columns, scope, keys.currentKey(for: .entry))
    let padded = key + [UInt8](repeating: 0, count: blockBytes - key.count)
    return [format, scope.rawValue] + keys.current.bytes + padded.map { $0 ^ innerPad } + padded.map { $0 ^ outerPad }
  }

  /// Whether `entry` is what a server wrote.
  static func verdict(of mac: [UInt8], of entry: ChainedEntry, _ keys: AuditKeys) -> AuditKeys.Verdict {
    guard mac.count == byteCount, mac[0] == format, let scope = Scope(rawValue: mac[1]),
      let id = KeyID(checking: mac[2..<headerBytes])
    else { return .invalid }
    guard let key = keys.key(id, for: .entry) else { return .unknownKey(id) }
    let right = Digest.hmacSHA256(entry.hash, key: entryKey(entry.known(scope), scope, key))
    return Digest.areEqual(Array(mac.suffix(AuditKeys.hmacBytes)), right) ? .valid : .invalid
  }

  private static func entryKey(_ columns: [String?], _ scope: Scope, _ key: [UInt8]) -> [UInt8] {
    Digest.hmacSHA256([scope.rawValue] + CanonicalColumns.bytes(columns), key: key)
  }
}

/// The encoding of columns for hashing: each column follows its length in bytes (4 bytes, big-endian; all ones for
/// NULL).
enum CanonicalColumns {
  static func bytes(_ columns: [String?]) -> [UInt8] {
    var bytes: [UInt8] = []
    for column in columns {
      let length = column.map { UInt32(clamping: $0.utf8.count) } ?? .max
      bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
      if let column { bytes += Array(column.utf8) }
    }
    return bytes
  }
}
