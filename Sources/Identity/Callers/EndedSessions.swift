internal import Platform

/// What has happened to sessions and users since the access tokens that are still about were made. Confined to its
/// loop.
///
/// A token outlives what is noted here by no more than its lifetime, so what is older than that is forgotten: there are
/// two lists, and the older one goes.
final class EndedSessions {
  private struct Page {
    var sessions: Set<ID> = []
    var versions: [ID: Int64] = [:]
  }

  /// A clock that is set back by more makes the notes turn as though their time had come: else they would grow.
  private static let setBackMax: Duration = .seconds(86_400)

  private let keep: Duration
  private var young = Page()
  private var old = Page()
  private var turnsAt: Instant

  /// Notes are kept for `keep` at least.
  init(keep: Duration, now: Instant) {
    self.keep = keep
    turnsAt = now + keep
  }

  /// A session has ended.
  func ended(_ session: ID, at now: Instant) {
    turn(at: now)
    young.sessions.insert(session)
  }

  /// Tokens of the user with a lower version are over.
  func changed(_ user: ID, version: Int64, at now: Instant) {
    turn(at: now)
    young.versions[user] = max(version, young.versions[user] ?? version)
  }

  /// Whether a token is over before its time.
  func concerns(session: ID, user: ID, version: Int64) -> Bool {
    if young.sessions.contains(session) || old.sessions.contains(session) { return true }
    return version < max(young.versions[user] ?? .min, old.versions[user] ?? .min)
  }

  /// After the clock was set back far, tokens of before are from the future, and refused as such: their notes may go.
  private func turn(at now: Instant) {
    guard now >= turnsAt || now + keep + Self.setBackMax < turnsAt else { return }
    old = young
    young = Page()
    turnsAt = now + keep
  }
}
