internal import Sealing

/// An entry of the audit log as its chain sees it.
struct ChainedEntry: Sendable {
  /// The columns that are hashed, as texts, in the order of `audit.canonical`; nil for NULL.
  let columns: [String?]
  let id: String
  let seq: Int64
  let previousHash: [UInt8]
  let hash: [UInt8]

  /// What its hash must be: that of the hash before it, and of each column behind its length in bytes (4 bytes, the
  /// highest first; all ones for NULL).
  var rightHash: [UInt8] {
    var bytes = previousHash
    for column in columns {
      let length = column.map { UInt32($0.utf8.count) } ?? .max
      bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
      if let column { bytes += Array(column.utf8) }
    }
    return Digest.sha256(bytes)
  }
}

/// A place in a chain: so many entries, and the hash of the last of them.
package struct ChainPlace: Hashable, Sendable {
  /// How many entries the chain has had.
  package let length: Int64
  /// The last one's hash.
  package let hash: [UInt8]

  /// A place, as the chain or somebody's notes have it.
  package init(length: Int64, hash: [UInt8]) {
    self.length = length
    self.hash = hash
  }
}
