internal import Platform
package import Postgres

extension Transaction {
  /// Writes down an incident. It is told to those who watch if and when the transaction is committed.
  package nonisolated(nonsending) func report(_ incident: SecurityEventReport) async throws(PostgresError) {
    try await execute(SecurityLog.statement(incident))
  }
}

/// The incidents in the database and on their way to who watches.
enum SecurityLog {
  static let topicName = "security.event"

  /// Every security event concerns this, so that those who watch them all can ask for it.
  static let everything = ID("00000000-0000-7000-8000-5ec0417ee4e7") ?? .none

  /// A row as the API's `SecurityEvent`; `e` is security.event.
  static var columns: Query {
    "e.id, e.kind, coalesce(e.user_id::text, '') AS user_id, e.address, e.device, e.detail, e.at AS create_time"
  }

  /// The event is numbered last: nothing may fail once it has its number.
  static func statement(_ incident: SecurityEventReport) -> Query {
    """
    WITH e AS (
      INSERT INTO security.event (kind, user_id, address, device, detail)
      VALUES (\(incident.kind.rawValue), \(incident.user)::uuid, \(incident.address), \(incident.device),
              \(incident.detail))
      RETURNING *
    )
    INSERT INTO platform.event (topic, key, type, subjects, payload)
    SELECT 'security.event', e.id, e.kind, array_remove(ARRAY[e.id, \(everything)::uuid, e.user_id], NULL),
           jsonb_build_object('event', jsonb_build_object(
             'id', e.id, 'kind', 'SECURITY_EVENT_KIND_' || upper(e.kind), 'userId', coalesce(e.user_id::text, ''),
             'address', e.address, 'device', e.device, 'detail', e.detail,
             'createTime', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))
      FROM e
    """
  }
}
