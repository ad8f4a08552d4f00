internal import Platform
package import Postgres

extension Transaction {
  /// Stores a security event. Subscribers get it when the transaction is committed.
  package nonisolated(nonsending) func report(_ event: SecurityEventReport) async throws(PostgresError) {
    try await execute(SecurityLog.statement(event))
  }
}

/// The security events in the database and in the event log.
enum SecurityLog {
  static let topicName = "security.event"

  /// The subject of every security event, for subscribers to all events.
  static let everything = ID("00000000-0000-7000-8000-5ec0417ee4e7") ?? .none

  /// The columns of the API's `SecurityEvent`; `e` is security.event.
  static var columns: Query {
    """
    e.id, \(kind) AS kind, coalesce(e.user_id::text, '') AS user_id, e.address, e.device, e.detail, e.at AS create_time
    """
  }

  /// The kind as the API names it, in lower case. The database calls a failed sign-in `login_failed`.
  private static var kind: Query { "CASE e.kind WHEN 'login_failed' THEN 'sign_in_failed' ELSE e.kind END" }

  /// The JSON of a logged event. Older servers wrote a former name of a failed sign-in.
  static func json(of payload: String) -> String {
    payload.replacing("\"SECURITY_EVENT_KIND_LOGIN_FAILED\"", with: "\"SECURITY_EVENT_KIND_SIGN_IN_FAILED\"")
  }

  /// The event gets its number last: nothing may fail after that.
  static func statement(_ event: SecurityEventReport) -> Query {
    """
    WITH e AS (
      INSERT INTO security.event (kind, user_id, address, device, detail)
      VALUES (\(event.kind.rawValue), \(event.user)::uuid, \(event.address), \(event.device),
              \(event.detail))
      RETURNING *
    )
    INSERT INTO platform.event (topic, key, type, subjects, payload)
    SELECT 'security.event', e.id, e.kind, array_remove(ARRAY[e.id, \(everything)::uuid, e.user_id], NULL),
           jsonb_build_object('event', jsonb_build_object(
             'id', e.id, 'kind', 'SECURITY_EVENT_KIND_' || upper(\(kind)),
             'userId', coalesce(e.user_id::text, ''),
             'address', e.address, 'device', e.device, 'detail', e.detail,
             'createTime', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))
      FROM e
    """
  }
}
