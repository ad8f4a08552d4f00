internal import Platform
internal import Postgres

/// The events about ended sessions, revoked access tokens and changed client credentials. Servers read them from
/// `identity.revocation`; an event makes them read at once.
struct IdentityEvents {
  /// Called when there may be something new.
  let heard: @Sendable () -> Void

  /// The observers, for the hub of the server.
  var observers: [EventObserver] {
    ["identity.session", "identity.user", "identity.program"].map { topic in
      EventObserver(topic: topic, startOver: heard) { [heard] _ in heard() }
    }
  }
}

extension Work {
  /// Logs ended sessions of a user: the rows have their `id`.
  func publishEnded(_ sessions: Rows, of user: ID) throws(PostgresError) {
    for session in sessions {
      publish(NewEvent("identity.session", "ended", of: try session.id("id"), subjects: [user]))
    }
  }

  /// Logs that the access tokens of a user below a version are revoked.
  func publishChanged(_ user: ID, version: Int64) {
    publish(NewEvent("identity.user", "changed", of: user, json: "{\"version\": \(version)}"))
  }

  /// Logs that the access tokens of all users of a role are revoked.
  func publishChangedUsers(ofRole name: String) { atCommit(IdentityEvents.usersOfRole, name) }
}

extension IdentityEvents {
  /// A row is the name of a role.
  fileprivate static let usersOfRole = BufferedKind<String>(.events) { roles in
    """
    INSERT INTO platform.event (topic, key, type, subjects, payload)
    SELECT 'identity.user', u.id, 'changed', ARRAY[u.id], jsonb_build_object('version', u.token_version)
      FROM identity.user u
     WHERE u.role = ANY (\(roles)::text[])
    """
  }
}
