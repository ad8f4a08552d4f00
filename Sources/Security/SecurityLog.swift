package import Platform
internal import Postgres

extension Work {
  /// Stores a security event at the end of the work. Subscribers get it when the work is committed.
  package func report(_ event: SecurityEventReport) { atCommit(SecurityLog.kind, event) }
}

/// The security events in the database and in the event log.
enum SecurityLog {
  static let topicName = "security.event"

  /// The subject of every security event, for subscribers to all events.
  static let everything = ID("00000000-0000-7000-8000-5ec0417ee4e7") ?? .none

  /// The columns of the API's `SecurityEvent`; `e` is security.event.
  static var columns: Query {
    """
    e.id, \(kindName) AS kind, coalesce(e.user_id::text, '') AS user_id, e.address, e.device, e.detail,
           e.at AS create_time
    """
  }

  /// The kind as the API names it, in lower case. The database calls a failed sign-in `login_failed`.
  private static var kindName: Query { "CASE e.kind WHEN 'login_failed' THEN 'sign_in_failed' ELSE e.kind END" }

  /// The JSON of a logged event. Older servers wrote a former name of a failed sign-in.
  static func json(of payload: String) -> String {
    payload.replacing("\"SECURITY_EVENT_KIND_LOGIN_FAILED\"", with: "\"SECURITY_EVENT_KIND_SIGN_IN_FAILED\"")
  }

  /// One statement for all security events of a work. They get their numbers last: nothing may fail after that.
  fileprivate static let kind = BufferedKind<SecurityEventReport>(.events) { events in
    """
    WITH e AS (
      INSERT INTO security.event (kind, user_id, address, device, detail)
      SELECT r.kind, r.user_id, r.address, r.device, r.detail
        FROM unnest(\(events.map(\.kind.rawValue))::text[], \(events.map(\.user))::uuid[],
                    \(events.map(\.address))::text[], \(events.map(\.device))::text[],
                    \(events.map(\.detail))::text[])
             WITH ORDINALITY r (kind, user_id, address, device, detail, place)
       ORDER BY r.place
      RETURNING *
    )
    INSERT INTO platform.event (topic, key, type, subjects, payload)
    SELECT 'security.event', e.id, e.kind, array_remove(ARRAY[e.id, \(everything)::uuid, e.user_id], NULL),
           jsonb_build_object('event', jsonb_build_object(
             'id', e.id, 'kind', 'SECURITY_EVENT_KIND_' || upper(\(kindName)),
             'userId', coalesce(e.user_id::text, ''),
             'address', e.address, 'device', e.device, 'detail', e.detail,
             'createTime', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))
      FROM e
    """
  }
}
