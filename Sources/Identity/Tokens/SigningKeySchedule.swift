internal import Platform

/// When a signing key begins, when the next one takes over, and when nothing that it signed is good any more.
struct SigningKeySchedule: Equatable, Sendable {
  /// A new key is known to every server for so long before it signs: they look more often than that.
  static let announcement: Duration = .seconds(300)
  /// Clocks of servers may differ by so much.
  static let clockSkew: Duration = .seconds(60)

  let signsFrom: Instant
  let signsUntil: Instant
  let verifiesUntil: Instant

  /// The key of a shop that has none: it signs at once.
  static func first(at now: Instant, _ settings: IdentitySettings) -> SigningKeySchedule {
    SigningKeySchedule(from: now, settings)
  }

  /// The key after one that signs until `end`.
  static func next(after end: Instant, at now: Instant, _ settings: IdentitySettings) -> SigningKeySchedule {
    SigningKeySchedule(from: max(end, now + announcement), settings)
  }

  /// Whether it is time to make the next key, when the last one signs until `end`.
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
