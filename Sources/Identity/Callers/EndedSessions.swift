internal import Platform

/// The sessions and token versions that were revoked within the lifetime of an access token. Confined to its loop.
///
/// An entry is useless when every token that it concerns has expired. There are two pages, and the older one is
/// dropped.
final class EndedSessions {
  private struct Page {
    var sessions: Set<ID> = []
    var versions: [ID: Int64] = [:]
  }

  /// When the clock is set back by more than this, the pages turn at once: otherwise they would grow.
  private static let setBackMax: Duration = .seconds(86_400)

  private let keep: Duration
  private var young = Page()
  private var old = Page()
  private var turnsAt: Instant

  /// Keeps entries for `keep` at least.
  init(keep: Duration, now: Instant) {
    self.keep = keep
    turnsAt = now + keep
  }

  /// A session has ended.
  func ended(_ session: ID, at now: Instant) {
    turn(at: now)
    young.sessions.insert(session)
  }

  /// Access tokens of the user with a lower version are revoked.
  func changed(_ user: ID, version: Int64, at now: Instant) {
    turn(at: now)
    young.versions[user] = max(version, young.versions[user] ?? version)
  }

  /// Why a token is revoked; nil when it is not. A user whose sessions all ended has another version, too.
  func revocation(session: ID, user: ID, version: Int64) -> AuthenticationError? {
    if young.sessions.contains(session) || old.sessions.contains(session) { return .ended }
    return version < max(young.versions[user] ?? .min, old.versions[user] ?? .min) ? .outdated : nil
  }

  /// After a large step back of the clock, older tokens are refused as issued in the future, so their entries may be
  /// dropped.
  private func turn(at now: Instant) {
    guard now >= turnsAt || now + keep + Self.setBackMax < turnsAt else { return }
    old = young
    young = Page()
    turnsAt = now + keep
  }
}
