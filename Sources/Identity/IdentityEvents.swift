internal import EventLoop
internal import Platform
internal import Postgres

/// What every server must hear at once, through the event log: sessions that ended, users whose tokens say what is no
/// longer so.
struct IdentityEvents {
  static let sessionTopic = "identity.session"
  static let userTopic = "identity.user"
  static let programTopic = "identity.program"

  let directories: CallerDirectories
  /// Is called when programs must be read again.
  let programsChanged: @Sendable () -> Void
  /// Is called when everything must be read again.
  let startOver: @Sendable () -> Void

  /// To be given to the server's hub.
  var observers: [EventObserver] {
    [
      EventObserver(topic: Self.sessionTopic, startOver: startOver) { [directories] event in
        guard let session = event.mark.subjects.first else { return }
        let now = Instant.now
        directories.tell { $0.sessionEnded(session, at: now) }
      },
      EventObserver(topic: Self.programTopic) { [programsChanged] _ in programsChanged() },
      EventObserver(topic: Self.userTopic) { [directories, programsChanged] event in
        programsChanged()  // it may be somebody's whose programs end, or may do less
        guard let user = event.mark.subjects.first, let version = Self.version(in: event.payload) else { return }
        let now = Instant.now
        directories.tell { $0.userChanged(user, version: version, at: now) }
      },
    ]
  }

  /// What has happened shortly before this server began to hear the log.
  func recall(_ database: Database, since: Instant) async throws(PostgresError) {
    let now = Instant.now
    for row in try await database.rows("SELECT s.id FROM identity.session s WHERE s.ended_at >= \(since)") {
      let session = try row.id("id")
      directories.tell { $0.sessionEnded(session, at: now) }
    }
    let users = try await database.rows(
      "SELECT u.id, u.token_version FROM identity.user u WHERE u.updated_at >= \(since) AND u.token_version > 1")
    for row in users {
      let (user, version) = (try row.id("id"), try row.int64("token_version"))
      directories.tell { $0.userChanged(user, version: version, at: now) }
    }
  }

  /// The only number in `{"version": 7}`.
  private static func version(in payload: String) -> Int64? { Int64(payload.filter(\.isNumber)) }
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
