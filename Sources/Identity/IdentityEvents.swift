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

extension Query {
  /// A statement that logs ended sessions. `ended` is the relation that lists their `id` and `user_id`.
  static var loggingEndedSessions: Query {
    """
    INSERT INTO platform.event (topic, key, type, subjects, payload)
      SELECT 'identity.session', ended.id, 'ended', ARRAY[ended.id, ended.user_id], '{}'
        FROM ended
      RETURNING seq
    """
  }

  /// A statement that logs that the access tokens of users are revoked. `changed` is the relation that lists the `id`
  /// and `token_version` of the users.
  static var loggingChangedUsers: Query {
    """
    INSERT INTO platform.event (topic, key, type, subjects, payload)
      SELECT 'identity.user', changed.id, 'changed', ARRAY[changed.id],
             jsonb_build_object('version', changed.token_version)
        FROM changed
      RETURNING seq
    """
  }
}
