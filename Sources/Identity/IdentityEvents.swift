internal import Platform
internal import Postgres

/// What the event log tells of sessions that ended, users whose tokens say what is no longer so, and programs. Servers
/// know it from `identity.revocation`; the log makes them look there at once.
struct IdentityEvents {
  /// Is called when there may be something new.
  let heard: @Sendable () -> Void

  /// To be given to the server's hub.
  var observers: [EventObserver] {
    ["identity.session", "identity.user", "identity.program"].map { topic in
      EventObserver(topic: topic, startOver: heard) { [heard] _ in heard() }
    }
  }
}

extension Query {
  /// A statement that logs the end of sessions: `ended` is what lists their `id` and `user_id`.
  static var loggingEndedSessions: Query {
    """
    INSERT INTO platform.event (topic, key, type, subjects, payload)
      SELECT 'identity.session', ended.id, 'ended', ARRAY[ended.id, ended.user_id], '{}'
        FROM ended
      RETURNING seq
    """
  }

  /// A statement that logs that tokens of users are over: `changed` is what lists their `id` and `token_version`.
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
