internal import Platform

/// When a signing key begins to sign, when the next one replaces it, and when its last token has expired.
struct SigningKeySchedule: Equatable, Sendable {
  /// Every server knows a new key for so long before it signs.
  static let announcement: Duration = .seconds(300)
  /// The maximum difference of the clocks of servers.
  static let clockSkew: Duration = .seconds(60)

  let signsFrom: Instant
  let signsUntil: Instant
  let verifiesUntil: Instant

  /// The first key of a shop: it signs at once.
  static func first(at now: Instant, _ settings: IdentitySettings) -> SigningKeySchedule {
    SigningKeySchedule(from: now, settings)
  }

  /// The key after one that signs until `end`.
  static func next(after end: Instant, at now: Instant, _ settings: IdentitySettings) -> SigningKeySchedule {
    SigningKeySchedule(from: max(end, now + announcement), settings)
  }

  /// Whether the next key must be created, when the last one signs until `end`.
  static func isNextDue(_ end: Instant, at now: Instant) -> Bool { end <= now + announcement + announcement }

  private init(from start: Instant, _ settings: IdentitySettings) {
    signsFrom = start
    signsUntil = start + settings.keyLifetime
    verifiesUntil = signsUntil + settings.accessLifetime + Self.clockSkew
  }

  init(signsFrom: Instant, signsUntil: Instant, verifiesUntil: Instant) {
    self.signsFrom = signsFrom
    self.signsUntil = signsUntil
    self.verifiesUntil = verifiesUntil
  }
}
