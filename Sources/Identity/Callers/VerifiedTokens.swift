internal import Platform

/// A bounded cache of the tokens that this loop verified, so a signature is not verified for every call. It evicts the
/// tokens that were not used recently. Confined to its loop.
final class VerifiedTokens {
  /// The verified claims of a token.
  struct Entry {
    let caller: Caller
    let version: Int64
    let issuedAt: Instant
    let expiresAt: Instant
  }

  /// The maximum number of entries of each of the two halves.
  static let halfMax = 8_192

  private var young: [String: Entry] = [:]
  private var old: [String: Entry] = [:]

  /// The entry of a verified token.
  func find(_ token: String) -> Entry? {
    if let entry = young[token] { return entry }
    guard let entry = old[token] else { return nil }
    keep(entry, for: token)
    return entry
  }

  /// Adds a token.
  func keep(_ entry: Entry, for token: String) {
    if young.count >= Self.halfMax {
      old = young
      young = [:]
    }
    young[token] = entry
  }
}
