internal import Platform

/// Tokens that were verified on this loop, so that a signature is computed once and not for every call. Bounded: when
/// there are too many, those go that were not used of late. Confined to its loop.
final class VerifiedTokens {
  /// What is known of a token.
  struct Entry {
    let caller: Caller
    let version: Int64
    let issuedAt: Instant
    let expiresAt: Instant
  }

  /// Entries of each of the two halves.
  static let halfMax = 8_192

  private var young: [String: Entry] = [:]
  private var old: [String: Entry] = [:]

  /// The entry of a token that was verified before.
  func find(_ token: String) -> Entry? {
    if let entry = young[token] { return entry }
    guard let entry = old[token] else { return nil }
    keep(entry, for: token)
    return entry
  }

  /// Remembers a token.
  func keep(_ entry: Entry, for token: String) {
    if young.count >= Self.halfMax {
      old = young
      young = [:]
    }
    young[token] = entry
  }
}
